package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/settings"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/certificates"
	"github.com/hanconv/hanconv/server/gateway"
	"github.com/hanconv/hanconv/server/telemetry"
)

// observation is what operators are told of a server.
type observation struct {
	log     *slog.Logger
	calls   *telemetry.CallLog // nil for none
	metrics *telemetry.Metrics
	traces  *telemetry.Traces // nil for none
}

func newObservation(con console, t settings.Telemetry) (*observation, error) {
	o := &observation{log: newLog(con, t), metrics: telemetry.NewMetrics(buildVersion())}
	if t.LogCalls != settings.LogNone {
		o.calls = telemetry.NewCallLog(o.log, t.LogCalls == settings.LogFailed)
	}
	if t.TraceEndpoint == "" && os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return o, nil
	}
	traces, err := telemetry.NewTraces(context.Background(), telemetry.TraceConfig{
		Endpoint: t.TraceEndpoint, Ratio: t.TraceRatio, Version: buildVersion(), Log: o.log,
	})
	o.traces = traces
	return o, err
}

func newLog(con console, t settings.Telemetry) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(t.LogLevel)) // the settings have checked it
	opts := &slog.HandlerOptions{Level: level}
	if t.LogFormat == settings.LogJSON {
		return slog.New(slog.NewJSONHandler(con.err, opts))
	}
	return slog.New(slog.NewTextHandler(con.err, opts))
}

func (o *observation) options(t settings.Telemetry) []server.Option {
	opts := []server.Option{server.WithLogger(o.log)}
	if len(t.MetricsAddresses) > 0 {
		opts = append(opts, server.WithObserver(o.metrics))
	}
	if o.calls != nil {
		opts = append(opts, server.WithObserver(o.calls))
	}
	if o.traces != nil {
		opts = append(opts, server.WithStatsHandler(o.traces.Handler()))
	}
	return opts
}

// watch shows the state of s; keeper is nil without TLS.
func (o *observation) watch(s *server.Server, keeper *certificates.Keeper) {
	o.metrics.WatchReadiness(s.Ready)
	o.metrics.WatchLoad(s.Load)
	o.metrics.WatchConnections(s.Connections)
	if keeper != nil {
		o.metrics.WatchCertificate(keeper.Expires)
	}
}

func (o *observation) exchange(x gateway.Exchange) {
	o.metrics.HTTPEnded(x)
	if o.calls != nil {
		o.calls.HTTPEnded(x)
	}
}

// end sends what is left of the traces, unless the collector takes too long.
func (o *observation) end() error {
	if o.traces == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return o.traces.Shutdown(ctx)
}
