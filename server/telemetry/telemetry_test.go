package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/gateway"
	"github.com/hanconv/hanconv/server/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves gRPC until the test ends.
func start(t *testing.T, opts ...server.Option) (*server.Server, *grpc.ClientConn) {
	t.Helper()
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.New(opts...)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(s.Shutdown(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	return s, conn
}

// lines is a log that tests can read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// find waits for a line with all the parts.
func (l *lines) find(t *testing.T, parts ...string) map[string]any {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
	next:
		for line := range strings.Lines(l.String()) {
			for _, p := range parts {
				if !strings.Contains(line, p) {
					continue next
				}
			}
			var v map[string]any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			return v
		}
	}
	t.Fatalf("no line with %q in\n%s", parts, l)
	return nil
}

const secret = "秘密鼠标"

// calls makes calls of many kinds, all of which hold the secret wherever a client can put one.
func calls(t *testing.T, conn *grpc.ClientConn) {
	t.Helper()
	c := pb.NewConversionServiceClient(conn)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-request-id", "ticket-7", "authorization", "Bearer s3cr3t-token")
	options := &pb.ConversionOptions{Profile: "s2twp"}
	_, err := c.Convert(ctx, &pb.ConvertRequest{Options: options, Content: &pb.ConvertRequest_Text{Text: secret}})
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []*pb.ConvertRequest{
		{Options: &pb.ConversionOptions{Profile: secret}},
		{Options: &pb.ConversionOptions{SourceLanguage: secret, TargetLanguage: "zh-TW"}},
		{Options: options, Content: &pb.ConvertRequest_Text{Text: strings.Repeat(secret, 1000)}},
	} {
		if _, err := c.Convert(ctx, request); err == nil {
			t.Fatalf("%v was taken", request)
		}
	}
	_ = conn.Invoke(ctx, "/hanconv.v1.ConversionService/"+secret, &pb.ConvertRequest{}, &pb.ConvertResponse{})
	if _, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}); err != nil {
		t.Fatal(err)
	}
}

func TestCallLogTellsAllButTheText(t *testing.T) {
	var out lines
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	_, conn := start(t, server.WithLogger(log), server.WithObserver(telemetry.NewCallLog(log, false)),
		server.WithLimits(server.Limits{TextBytes: 1000, BatchBytes: 1000}))
	calls(t, conn)
	line := out.find(t, `"Convert"`, `"OK"`)
	for key, want := range map[string]any{
		"level": "INFO", "msg": "call", "request_id": "ticket-7", "profile": "s2twp", "texts": 1.0,
		"bytes_in": 12.0, "bytes_out": 12.0, "characters": 4.0,
	} {
		if line[key] != want {
			t.Errorf("%s is %v, not %v", key, line[key], want)
		}
	}
	if d, _ := line["duration_ms"].(float64); d <= 0 || !strings.HasPrefix(line["peer"].(string), "127.0.0.1:") {
		t.Errorf("%v", line)
	}
	out.find(t, `"UNKNOWN_PROFILE"`, `"INVALID_ARGUMENT"`)
	out.find(t, `"TOO_MANY_BYTES"`, `"RESOURCE_EXHAUSTED"`)
	out.find(t, `"other"`, `"UNIMPLEMENTED"`)
	out.find(t, `"Health/Check"`, `"DEBUG"`)
	for _, s := range []string{secret, "s3cr3t", "秘密滑鼠"} {
		if strings.Contains(out.String(), s) {
			t.Errorf("the log gives %q away:\n%s", s, out.String())
		}
	}
}

func TestCallLogOfFailures(t *testing.T) {
	var out lines
	log := slog.New(slog.NewJSONHandler(&out, nil))
	_, conn := start(t, server.WithObserver(telemetry.NewCallLog(log, true)), server.WithLimits(server.Limits{TextBytes: 1000, BatchBytes: 1000}))
	calls(t, conn)
	out.find(t, `"UNIMPLEMENTED"`)
	if strings.Contains(out.String(), `"OK"`) {
		t.Errorf("%s", out.String())
	}
}

// scrape asks as Prometheus does.
func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	web := httptest.NewServer(m.Handler())
	defer web.Close()
	resp, err := http.Get(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMetrics(t *testing.T) {
	m := telemetry.NewMetrics("v1")
	s, conn := start(t, serverOptions(m)...)
	m.WatchLoad(s.Load)
	m.WatchReadiness(s.Ready)
	m.WatchCertificate(func() time.Time { return time.Unix(12345, 0) })
	m.WatchConnections(s.Connections)
	m.Reloaded(errors.New("broken"))
	m.HTTPEnded(gateway.Exchange{Route: "/v1/convert", Protocol: "json", Status: 200})
	calls(t, conn)
	wanted := []string{
		`hanconv_calls_total{code="OK",method="Convert"} 1`,
		`hanconv_calls_total{code="RESOURCE_EXHAUSTED",method="Convert"} 1`,
		`hanconv_calls_total{code="UNIMPLEMENTED",method="other"} 1`,
		`hanconv_call_duration_seconds_count{method="Convert"} 4`,
		`hanconv_calls_in_flight{method="Convert"} 0`,
		`hanconv_refusals_total{reason="UNKNOWN_PROFILE"} 1`,
		`hanconv_texts_total{profile="s2twp"} 1`,
		`hanconv_text_in_bytes_total{profile="s2twp"} 12`,
		`hanconv_text_out_bytes_total{profile="s2twp"} 12`,
		`hanconv_characters_total{profile="s2twp"} 4`,
		`hanconv_characters_by_context_total{profile="s2twp"} 0`,
		fmt.Sprintf(`hanconv_dictionary_info{fingerprint=%q,version=%q} 1`, han.Fingerprint(), han.DictionaryVersion()),
		`hanconv_http_requests_total{protocol="json",route="/v1/convert",status="200"} 1`,
		`hanconv_queue_length 0`, `hanconv_shed_total{cause="queue"} 0`, `hanconv_ready 1`,
		`hanconv_reload_successful 0`, `hanconv_reloads_total{result="failed"} 1`,
		`hanconv_certificate_expiry_timestamp_seconds 12345`, `hanconv_connections 1`,
	}
	var got string
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got = scrape(t, m); strings.Contains(got, wanted[2]) {
			break
		}
	}
	for _, want := range wanted {
		if !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
	if strings.Contains(got, secret) {
		t.Error("the metrics have names that clients chose")
	}
}

// collector is an OpenTelemetry collector that keeps what comes.
type collector struct {
	collectorpb.UnimplementedTraceServiceServer
	got chan *collectorpb.ExportTraceServiceRequest
}

func (c collector) Export(
	_ context.Context, r *collectorpb.ExportTraceServiceRequest,
) (*collectorpb.ExportTraceServiceResponse, error) {
	c.got <- r
	return &collectorpb.ExportTraceServiceResponse{}, nil
}

func TestTracesReachACollector(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := collector{got: make(chan *collectorpb.ExportTraceServiceRequest, 10)}
	collect := grpc.NewServer()
	collectorpb.RegisterTraceServiceServer(collect, c)
	go func() { _ = collect.Serve(l) }()
	defer collect.Stop()

	traces, err := telemetry.NewTraces(t.Context(), telemetry.TraceConfig{Endpoint: "http://" + l.Addr().String(), Ratio: 0, Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	var out lines
	log := slog.New(slog.NewJSONHandler(&out, nil))
	s, conn := start(t, server.WithObserver(telemetry.NewCallLog(log, false)), server.WithStatsHandler(traces.Handler()))
	const parent = "4bf92f3577b34da6a3ce929d0e0e4736"
	ctx := metadata.AppendToOutgoingContext(t.Context(), "traceparent", "00-"+parent+"-00f067aa0ba902b7-01")
	request := &pb.ConvertRequest{
		Options: &pb.ConversionOptions{Profile: "s2t"}, Content: &pb.ConvertRequest_Text{Text: secret},
	}
	if _, err := pb.NewConversionServiceClient(conn).Convert(ctx, request); err != nil {
		t.Fatal(err)
	}
	out.find(t, parent)
	if err := s.Shutdown(t.Context()); err != nil { // the span ends behind the log's line
		t.Fatal(err)
	}
	if err := traces.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	var sent *tracepb.ResourceSpans
	select {
	case r := <-c.got:
		sent = r.GetResourceSpans()[0]
	case <-time.After(10 * time.Second):
		t.Fatal("nothing reached the collector")
	}
	span := sent.GetScopeSpans()[0].GetSpans()[0]
	if fmt.Sprintf("%x", span.GetTraceId()) != parent || span.GetName() != "hanconv.v1.ConversionService/Convert" {
		t.Errorf("%v", span)
	}
	if text := sent.String(); !strings.Contains(text, "hanconv") || strings.Contains(text, secret) {
		t.Errorf("%s", text)
	}
}

func serverOptions(o server.Observer) []server.Option {
	return []server.Option{server.WithObserver(o), server.WithLimits(server.Limits{TextBytes: 1000, BatchBytes: 1000})}
}
