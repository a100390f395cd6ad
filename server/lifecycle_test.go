package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

// stopwatch tells when handlers begin and end.
type stopwatch struct{ began, ended chan time.Time }

func newStopwatch() stopwatch { return stopwatch{make(chan time.Time, 9), make(chan time.Time, 9)} }

func (w stopwatch) serve(t *testing.T) (addr string) {
	t.Helper()
	addr, _ = start(t, limits(32*mib, 0, 10_000, 32*mib, 0),
		server.WithUnaryInterceptors(w.unary), server.WithStreamInterceptors(w.stream))
	return addr
}

func (w stopwatch) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	w.began <- time.Now()
	defer func() { w.ended <- time.Now() }()
	return next(ctx, req)
}

func (w stopwatch) stream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	w.began <- time.Now()
	defer func() { w.ended <- time.Now() }()
	return next(srv, s)
}

// longText takes the engine most of a second, and much longer under the race detector: description operators that
// begin no sequence.
func longText() string {
	return strings.Repeat("⿰", 16*mib/3)
}

// slowCalls are the ways to make a server work for long.
func slowCalls(
	c pb.ConversionServiceClient, o *pb.ConversionOptions, text string,
) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Convert": func(ctx context.Context) error {
			_, err := c.Convert(ctx, &pb.ConvertRequest{Options: o, Content: &pb.ConvertRequest_Text{Text: text}})
			return err
		},
		"BatchConvert": func(ctx context.Context) error {
			item := &pb.BatchConvertItem{Content: &pb.BatchConvertItem_Text{Text: text[:6600]}}
			_, err := c.BatchConvert(ctx, &pb.BatchConvertRequest{
				Options: o, Items: slices.Repeat([]*pb.BatchConvertItem{item}, len(text)/6600),
			})
			return err
		},
		"StreamConvert": func(ctx context.Context) error {
			_, _, err := streamAll(ctx, c, o, text)
			return err
		},
	}
}

func TestCancelledCallsEndSoon(t *testing.T) {
	t.Run("exact", func(t *testing.T) { checkCancelling(t, profile("s2twp")) })
	t.Run("in context", func(t *testing.T) { checkCancelling(t, inContext("s2twp", contextOn)) })
}

func checkCancelling(t *testing.T, o *pb.ConversionOptions) {
	w := newStopwatch()
	for name, call := range slowCalls(rpc(t, w.serve(t)), o, longText()) {
		t.Run(name, func(t *testing.T) {
			endsPromptly(t, func() time.Duration {
				ctx, cancel := context.WithCancel(t.Context())
				result := make(chan error, 1)
				go func() { result <- call(ctx) }()
				<-w.began
				time.Sleep(20 * time.Millisecond)
				cancelled := time.Now()
				cancel()
				if err := <-result; status.Code(err) != codes.Canceled {
					t.Fatalf("got %v", err)
				}
				return (<-w.ended).Sub(cancelled)
			})
		})
	}
}

// endsPromptly gives a loaded machine three chances to be in time.
func endsPromptly(t *testing.T, measure func() time.Duration) {
	t.Helper()
	var took []time.Duration
	for range 3 {
		took = append(took, measure())
		if took[len(took)-1] < promptly {
			t.Logf("took %v", took)
			return
		}
	}
	t.Errorf("the handler went on for %v", took)
}

func TestDeadlinesAreKept(t *testing.T) {
	text := longText()
	for _, method := range []string{"Convert", "BatchConvert", "StreamConvert"} {
		t.Run(method, func(t *testing.T) {
			endsPromptly(t, func() time.Duration {
				for patience := 100 * time.Millisecond; patience < 10*time.Second; patience += patience / 4 {
					if took, interrupted := overrun(t, method, text, patience); interrupted {
						return took
					}
				}
				t.Fatal("the text takes too long to arrive")
				return 0
			})
		})
	}
}

// overrun makes a call with a deadline and tells how long its handler went on after it. A deadline that passes before
// the whole text has arrived interrupts no handler.
func overrun(t *testing.T, method, text string, patience time.Duration) (took time.Duration, interrupted bool) {
	t.Helper()
	w := newStopwatch()
	call := slowCalls(rpc(t, w.serve(t)), profile("s2twp"), text)[method]
	deadline := time.Now().Add(patience)
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	if err := call(ctx); status.Code(err) != codes.DeadlineExceeded {
		t.Fatalf("got %v", err)
	}
	select {
	case began := <-w.began:
		took = (<-w.ended).Sub(deadline)
		return took, began.Before(deadline) && took > 0
	case <-time.After(100 * time.Millisecond):
		return 0, false
	}
}

func TestPanicsAreContained(t *testing.T) {
	var log bytes.Buffer
	boom := func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) { panic("secret") }
	streamBoom := func(any, grpc.ServerStream, *grpc.StreamServerInfo, grpc.StreamHandler) error { panic("secret") }
	addr, _ := start(t, server.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		server.WithUnaryInterceptors(boom), server.WithStreamInterceptors(streamBoom))
	c := rpc(t, addr)
	_, err := c.ListProfiles(t.Context(), &pb.ListProfilesRequest{})
	_, _, streamErr := streamAll(t.Context(), c, profile("s2t"))
	for _, err := range []error{err, streamErr} {
		f := failureOf(t, err)
		f.check(t, codes.Internal, "INTERNAL", nil)
		if strings.Contains(f.message, "secret") {
			t.Errorf("the client reads %q", f.message)
		}
	}
	if n := strings.Count(log.String(), "panic=secret"); n != 2 || !strings.Contains(log.String(), "ListProfiles") {
		t.Errorf("the log has %d panics:\n%s", n, &log)
	}
}

func TestHealthAndDrainDelay(t *testing.T) {
	addr, s := start(t, server.WithDrainDelay(200*time.Millisecond))
	h := healthpb.NewHealthClient(dial(t, addr))
	for _, name := range []string{"", "hanconv.v1.ConversionService"} {
		resp, err := h.Check(t.Context(), &healthpb.HealthCheckRequest{Service: name})
		if err != nil || resp.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%q: got %v, %v", name, resp, err)
		}
	}
	watch, err := h.Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	expectStatus(t, watch, healthpb.HealthCheckResponse_SERVING)
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(t.Context()) }()
	expectStatus(t, watch, healthpb.HealthCheckResponse_NOT_SERVING)
	if _, err := rpc(t, addr).ListProfiles(t.Context(), &pb.ListProfilesRequest{}); err != nil {
		t.Errorf("a call within the drain delay: %v", err)
	}
	if _, err := watch.Recv(); status.Code(err) != codes.Canceled {
		t.Errorf("the watch goes on: %v", err)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

func expectStatus(t *testing.T, w healthpb.Health_WatchClient, want healthpb.HealthCheckResponse_ServingStatus) {
	t.Helper()
	resp, err := w.Recv()
	if err != nil || resp.GetStatus() != want {
		t.Fatalf("got %v, %v; want %v", resp, err, want)
	}
}

func TestReflectionCanBeSwitchedOff(t *testing.T) {
	list := func(addr string) (string, error) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s, err := reflectpb.NewServerReflectionClient(dial(t, addr)).ServerReflectionInfo(ctx)
		if err != nil {
			return "", err
		}
		_ = s.Send(&reflectpb.ServerReflectionRequest{
			MessageRequest: &reflectpb.ServerReflectionRequest_ListServices{ListServices: "*"},
		})
		resp, err := s.Recv()
		return resp.String(), err
	}
	on, _ := start(t)
	if services, err := list(on); err != nil || !strings.Contains(services, "hanconv.v1.ConversionService") {
		t.Errorf("got %s, %v", services, err)
	}
	off, _ := start(t, server.WithReflection(false))
	if _, err := list(off); status.Code(err) != codes.Unimplemented {
		t.Errorf("switched off: %v", err)
	}
}

// TestShutdownLosesNoReply stops a server under load. Every call that a handler has answered has to have its reply,
// and every other call has to fail in the way that tells a client to go elsewhere.
func TestShutdownLosesNoReply(t *testing.T) {
	var answered, received atomic.Int64
	count := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		resp, err := next(ctx, req)
		answered.Add(1)
		return resp, err
	}
	addr, s := start(t, server.WithUnaryInterceptors(count))
	text := strings.Repeat(samples[2], 200)
	want := converter(t, "s2twp").Convert(text)
	var workers sync.WaitGroup
	for range 16 {
		c := rpc(t, addr)
		workers.Go(func() {
			for {
				resp, err := c.Convert(t.Context(), &pb.ConvertRequest{
					Options: profile("s2twp"), Content: &pb.ConvertRequest_Text{Text: text},
				})
				if err != nil {
					if status.Code(err) != codes.Unavailable {
						t.Errorf("got %v", err)
					}
					return
				}
				received.Add(1)
				if resp.GetText() != want {
					t.Error("the reply is wrong")
				}
			}
		})
	}
	for received.Load() < 100 {
		time.Sleep(time.Millisecond)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	workers.Wait()
	if answered.Load() != received.Load() {
		t.Errorf("%d calls were answered and %d replies arrived", answered.Load(), received.Load())
	}
	t.Logf("%d replies", received.Load())
}

func TestShutdownLetsStreamsFinish(t *testing.T) {
	addr, s := start(t)
	stream := openStream(t.Context(), t, addr)
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(t.Context()) }()
	time.Sleep(50 * time.Millisecond)
	if err := stream.Send(chunkMessage("里面")); err != nil {
		t.Fatal(err)
	}
	_ = stream.CloseSend()
	got, _, err := receiveAll(stream)
	if want := converter(t, "s2t").Convert("里面"); err != io.EOF || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

func TestShutdownIsBounded(t *testing.T) {
	addr, s := start(t)
	stream := openStream(t.Context(), t, addr)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if _, _, err := receiveAll(stream); status.Code(err) != codes.Unavailable && status.Code(err) != codes.Canceled {
		t.Errorf("the stream ended with %v", err)
	}
}

// openStream opens a stream and waits for its header.
func openStream(ctx context.Context, t *testing.T, addr string) pb.ConversionService_StreamConvertClient {
	t.Helper()
	stream, err := rpc(t, addr).StreamConvert(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(optionsMessage(profile("s2t"))); err != nil {
		t.Fatal(err)
	}
	if m, err := stream.Recv(); err != nil || m.GetHeader() == nil {
		t.Fatalf("got %v, %v", m, err)
	}
	return stream
}

func TestServeAfterShutdown(t *testing.T) {
	s := server.New()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(l); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
}

func TestAClientThatNeverReceivesIsHeldUp(t *testing.T) {
	addr, _ := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	stream := openStream(ctx, t, addr)
	var sent atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		chunk := chunkMessage(strings.Repeat("里面", 32*kib/6))
		for stream.Send(chunk) == nil {
			sent.Add(32 * kib)
		}
	}()
	for last := int64(-1); last != sent.Load(); time.Sleep(200 * time.Millisecond) {
		last = sent.Load()
		if last > 64*mib {
			t.Fatal("the server takes text without end")
		}
	}
	if _, err := rpc(t, addr).ListProfiles(t.Context(), &pb.ListProfilesRequest{}); err != nil {
		t.Errorf("others suffer: %v", err)
	}
	t.Logf("held up after %d KiB", sent.Load()/kib)
	for range 10 {
		if _, err := stream.Recv(); err != nil {
			t.Errorf("the stream broke: %v", err)
		}
	}
	cancel()
	<-done
}

func TestCompressedBombsAreRefused(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	req := &pb.ConvertRequest{
		Options: profile("s2t"), Content: &pb.ConvertRequest_RawText{RawText: make([]byte, 16*mib)},
	}
	if _, err := c.Convert(t.Context(), req, grpc.UseCompressor(gzip.Name)); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("got %v", err)
	}
	req.Content = &pb.ConvertRequest_Text{Text: "软件"}
	resp, err := c.Convert(t.Context(), req, grpc.UseCompressor(gzip.Name))
	if err != nil || resp.GetText() != "軟件" {
		t.Errorf("got %v, %v", resp, err)
	}
}

func TestMetadataIsLimited(t *testing.T) {
	addr, _ := start(t)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-large", strings.Repeat("x", mib))
	if _, err := rpc(t, addr).ListProfiles(ctx, &pb.ListProfilesRequest{}); err == nil {
		t.Error("1 MiB of metadata was accepted")
	}
}

func TestListenOnUnixSockets(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	if _, err := server.Listen("unix:" + path); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("a live socket: %v", err)
	}
	_ = stale.Close()
	l, err := server.Listen("unix:" + path)
	if err != nil {
		t.Fatalf("a stale socket: %v", err)
	}
	_ = l.Close()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Listen("unix:" + file); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("a file: %v", err)
	}
	if got, _ := os.ReadFile(file); string(got) != "precious" {
		t.Errorf("the file has %q", got)
	}
}
