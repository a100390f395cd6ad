package telemetry

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc/filters"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc/stats"
)

// TraceConfig says where traces go.
type TraceConfig struct {
	// Endpoint is the URL of a collector that takes OTLP over gRPC: "http://127.0.0.1:4317", or https for TLS. Empty leaves
	// it to OTEL_EXPORTER_OTLP_ENDPOINT and its like.
	Endpoint string
	// Ratio is the share of calls that is traced where the client has not decided, from 0 to 1.
	Ratio float64
	// Version is the program's.
	Version string
	// Log is where failures to send go; slog.Default if nil.
	Log *slog.Logger
}

// Traces sends a span for each call to a collector. Calls of the health service have none.
type Traces struct {
	provider *trace.TracerProvider
	handler  stats.Handler
}

// NewTraces begins to send. The connection to the collector is made later on, and made again when it breaks; as long as
// there is none, spans are kept in bounded number and then dropped, without holding up calls.
func NewTraces(ctx context.Context, c TraceConfig) (*Traces, error) {
	var opts []otlptracegrpc.Option
	if c.Endpoint != "" {
		opts = append(opts, otlptracegrpc.WithEndpointURL(c.Endpoint))
	}
	exporter, err := otlptracegrpc.New(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	what, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "hanconv"), attribute.String("service.version", c.Version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv(),
	)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		cmp.Or(c.Log, slog.Default()).Warn("traces", "error", err)
	}))
	provider := trace.NewTracerProvider(
		trace.WithBatcher(exporter), trace.WithResource(what),
		trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(c.Ratio))),
	)
	return &Traces{provider, otelgrpc.NewServerHandler(
		otelgrpc.WithTracerProvider(provider),
		otelgrpc.WithMeterProvider(noop.NewMeterProvider()),
		otelgrpc.WithPropagators(propagation.TraceContext{}),
		otelgrpc.WithFilter(filters.Not(filters.HealthCheck())),
	)}, nil
}

// Handler is for server.WithStatsHandler.
func (t *Traces) Handler() stats.Handler { return t.handler }

// Shutdown sends what is left, as far as ctx allows.
func (t *Traces) Shutdown(ctx context.Context) error { return t.provider.Shutdown(ctx) }
