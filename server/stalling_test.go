package server_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc/codes"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/admission"
)

// stalled is a stream over c whose client does not read, and sends until it is held up or ctx ends.
func stalled(ctx context.Context, t *testing.T, c pb.ConversionServiceClient) pb.ConversionService_StreamConvertClient {
	t.Helper()
	stream, err := c.StreamConvert(ctx)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		chunk := chunkMessage(strings.Repeat("鼠标里面", 16*kib/12))
		for err := stream.Send(optionsMessage(profile("s2t"))); err == nil; {
			err = stream.Send(chunk)
		}
	}()
	return stream
}

// p99 is that of n short calls.
func p99(t *testing.T, addr string, n int) time.Duration {
	t.Helper()
	c := rpc(t, addr)
	var took []time.Duration
	for range n {
		began := time.Now()
		if _, err := c.Convert(t.Context(), &pb.ConvertRequest{
			Options: profile("s2twp"), Content: &pb.ConvertRequest_Text{Text: strings.Repeat(samples[2], 20)},
		}); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[n*99/100]
}

// heapInUse is what is reachable, in bytes.
func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestReadersThatNeverReadDisturbNobody has clients that send and never read: the server holds a bounded piece of each
// one's text, and others hardly feel them.
func TestReadersThatNeverReadDisturbNobody(t *testing.T) {
	addr, _ := start(t)
	const most = 1 * mib
	n, clients := 2000, 50
	if testing.Short() {
		n, clients = 100, 5
	}
	p99(t, addr, n/4) // warms up
	ctx, cancel := context.WithCancel(t.Context())
	var before, after []time.Duration
	for range 3 {
		before = append(before, p99(t, addr, n))
	}
	heap := heapInUse()
	for range clients {
		stalled(ctx, t, rpc(t, addr))
	}
	time.Sleep(500 * time.Millisecond) // until they are held up
	grown := heapInUse() - heap
	for range 3 {
		after = append(after, p99(t, addr, n))
	}
	t.Logf("%d clients that never read hold %d KiB each, their own side included; p99 of others is %v, before %v", clients, grown/int64(clients)/kib, after, before)
	if grown > int64(clients)*most {
		t.Errorf("the heap grew by %d KiB for each client", grown/int64(clients)/kib)
	}
	if best, worst := slices.Min(after), slices.Max(before); best > 2*worst+time.Millisecond {
		t.Errorf("p99 of others grows from %v to %v", before, after)
	}
	cancel()
}

func TestStreamsThatStandStillEnd(t *testing.T) {
	j := newJournal()
	addr, s := start(t, server.WithObserver(j), server.WithLimits(server.Limits{StreamIdle: 500 * time.Millisecond}))
	silent := openStream(t.Context(), t, addr)
	_, _, err := receiveAll(silent)
	if call := j.next(t); call.Code != codes.DeadlineExceeded || call.Reason != "STREAM_IDLE" {
		t.Errorf("operators are told of %v %q", call.Code, call.Reason)
	}
	checkIdle(t, "a silent client", err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	deaf := stalled(ctx, t, rpc(t, addr))
	awaitStreams(t, s, 1)
	awaitStreams(t, s, 0)
	_, _, err = receiveAll(deaf) // what was sent is still there to read
	checkIdle(t, "a client that reads too late", err)
	slow := openStream(t.Context(), t, addr)
	for range 15 { // for longer than the limit, but never standing still
		time.Sleep(50 * time.Millisecond)
		if err := slow.Send(chunkMessage("里")); err != nil {
			t.Fatal(err)
		}
	}
	_ = slow.CloseSend()
	if got, _, err := receiveAll(slow); err != io.EOF || got != strings.Repeat("裏", 15) {
		t.Errorf("a slow client: got %q, %v", got, err)
	}
	awaitStreams(t, s, 0)
}

func checkIdle(t *testing.T, who string, err error) {
	t.Helper()
	f := failureOf(t, err)
	if f.code != codes.DeadlineExceeded || f.reason != "STREAM_IDLE" || f.meta["limit_seconds"] != "0.5" ||
		!strings.Contains(f.message, "0.5 seconds") {
		t.Errorf("%s: %+v", who, f)
	}
}

func awaitStreams(t *testing.T, s *server.Server, want int64) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); s.Load().Streams != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d streams are open, want %d", s.Load().Streams, want)
		}
	}
}

// TestAConnectionFullOfDeafStreamsIsClosed is about the memory of streams that have ended and are not read.
func TestAConnectionFullOfDeafStreamsIsClosed(t *testing.T) {
	addr, s := start(t, server.WithLimits(server.Limits{StreamIdle: 200 * time.Millisecond}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := rpc(t, addr)
	stalled(ctx, t, c)
	awaitStreams(t, s, 1)
	awaitStreams(t, s, 0)
	awaitConnections(t, s, 1)
	for range 10 {
		stalled(ctx, t, c)
	}
	awaitConnections(t, s, 0)
}

// closes tells that the server closes conn within d.
func closes(conn net.Conn, d time.Duration) bool {
	_ = conn.SetReadDeadline(time.Now().Add(d))
	_, err := io.Copy(io.Discard, conn)
	return err == nil || !os.IsTimeout(err)
}

func TestStalledHandshakesEnd(t *testing.T) {
	limits := server.WithLimits(server.Limits{HandshakeTimeout: 200 * time.Millisecond, ConnectionIdle: 300 * time.Millisecond})
	plain, _ := start(t, limits)
	secure, _ := start(t, limits, server.WithTLS(&tls.Config{MinVersion: tls.VersionTLS12}))
	for name, begin := range map[string]func(t *testing.T) net.Conn{
		"nothing":         func(t *testing.T) net.Conn { return tcp(t, plain, "") },
		"half a preface":  func(t *testing.T) net.Conn { return tcp(t, plain, http2.ClientPreface[:9]) },
		"a preface only":  func(t *testing.T) net.Conn { return tcp(t, plain, http2.ClientPreface) },
		"HTTP/1.1":        func(t *testing.T) net.Conn { return tcp(t, plain, "GET / HTTP/1.1\r\n") },
		"no TLS":          func(t *testing.T) net.Conn { return tcp(t, secure, "") },
		"half of TLS":     func(t *testing.T) net.Conn { return tcp(t, secure, "\x16\x03\x01\x02") },
		"idle, connected": func(t *testing.T) net.Conn { return rawDial(t, plain).Conn },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !closes(begin(t), 15*time.Second) { // gRPC gives an idle client 5 seconds to say goodbye
				t.Error("the connection is open after 15 seconds")
			}
		})
	}
}

func tcp(t *testing.T, addr, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestConnectionsAreLimited(t *testing.T) {
	for name, l := range map[string]server.Limits{"all": {Connections: 3}, "of an address": {ConnectionsPerAddress: 3}} {
		t.Run(name, func(t *testing.T) {
			addr, s := start(t, server.WithLimits(l))
			var open []net.Conn
			for range 3 {
				open = append(open, rawDial(t, addr).Conn)
			}
			awaitConnections(t, s, 3)
			if !closes(tcp(t, addr, ""), 5*time.Second) {
				t.Error("a fourth connection is open")
			}
			if _, refused := s.Connections(); refused != 1 {
				t.Errorf("%d were refused", refused)
			}
			_ = open[0].Close()
			awaitConnections(t, s, 2)
			if _, err := rpc(t, addr).ListProfiles(t.Context(), &pb.ListProfilesRequest{}); err != nil {
				t.Errorf("after one has gone: %v", err)
			}
		})
	}
}

func awaitConnections(t *testing.T, s *server.Server, want int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		n, _ := s.Connections()
		if n == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are open, want %d", n, want)
		}
	}
}

// TestIdleConnectionsAreSmall counts memory of connections without calls: heap and stacks of both sides, of which the
// client's is little. HANCONV_IDLE_CONNECTIONS=10000 makes it the whole test.
func TestIdleConnectionsAreSmall(t *testing.T) {
	n := 500
	if s := os.Getenv("HANCONV_IDLE_CONNECTIONS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	addr, s := start(t, server.WithLimits(server.Limits{Connections: n + 10}))
	before := memoryInUse()
	for range n {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := handshake(conn); err != nil {
			t.Fatal(err)
		}
	}
	awaitConnections(t, s, n)
	time.Sleep(200 * time.Millisecond)
	each := (memoryInUse() - before) / int64(n)
	t.Logf("%d idle connections take %d KiB each", n, each/kib)
	if each > 50*kib {
		t.Errorf("a connection takes %d KiB", each/kib)
	}
	if _, err := rpc(t, addr).ListProfiles(t.Context(), &pb.ListProfilesRequest{}); err != nil {
		t.Errorf("a call beside: %v", err)
	}
}

// handshake opens HTTP/2 with little memory.
func handshake(conn net.Conn) error {
	_, err := io.WriteString(conn, http2.ClientPreface+"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	return err
}

func memoryInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestMemoryOfTextsIsBounded sends more large texts at once than the server takes: some are refused, and none is lost.
func TestMemoryOfTextsIsBounded(t *testing.T) {
	addr, s := start(t, server.WithAdmission(admission.Config{Bytes: 4 * mib, Running: 1, Waiting: 1000, Wait: time.Minute}))
	text := strings.Repeat("里", 300*kib)
	var o outcomes
	done := make(chan error)
	const calls = 40
	c := rpc(t, addr)
	for range calls {
		go func() {
			_, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: profile("s2t"), Content: &pb.ConvertRequest_RawText{RawText: []byte(text)}})
			done <- err
		}()
	}
	for range calls {
		if held := s.Load().Bytes; held > 6*mib {
			t.Errorf("%d bytes are held", held)
		}
		o.count(<-done)
	}
	if o.good.Load() == 0 || o.other.Load() > 0 || o.noRetry.Load() > 0 {
		t.Errorf("%d good, %d refused, %d other", o.good.Load(), o.refused.Load(), o.other.Load())
	}
	t.Logf("%d good, %d refused", o.good.Load(), o.refused.Load())
}
