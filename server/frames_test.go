package server_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/access"
)

// rawClient speaks HTTP/2 by hand.
type rawClient struct {
	net.Conn
	*http2.Framer
}

func rawDial(t testing.TB, addr string) rawClient {
	t.Helper()
	return rawDialFrom(t, addr, "")
}

// rawDialFrom opens a connection from an address of this machine's.
func rawDialFrom(t testing.TB, addr, from string) rawClient {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.Dial("tcp", addr)
	if err != nil && from != "" {
		t.Skipf("no connection from %s: %v (other systems have one loopback address)", from, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = io.WriteString(conn, http2.ClientPreface) // a connection that is closed already shows that when it is read
	f := http2.NewFramer(conn, bufio.NewReader(conn))
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	_ = f.WriteSettings()
	return rawClient{conn, f}
}

// begin sends the headers of a call.
func (c rawClient) begin(t testing.TB, stream uint32, method string) {
	t.Helper()
	if err := c.ask(stream, method); err != nil {
		t.Fatal(err)
	}
}

func (c rawClient) ask(stream uint32, method string) error {
	var b strings.Builder
	e := hpack.NewEncoder(&b)
	for _, h := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", "x"},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		_ = e.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}) // a builder takes everything
	}
	return c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte(b.String()), EndHeaders: true})
}

// status reads until the call's trailers.
func (c rawClient) status(t testing.TB, stream uint32) string {
	t.Helper()
	return c.trailers(stream)["grpc-status"]
}

// trailers reads until the call's trailers, or until it cannot and says why in place of the status.
func (c rawClient) trailers(stream uint32) map[string]string {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		f, err := c.ReadFrame()
		if err != nil {
			return map[string]string{"grpc-status": err.Error()}
		}
		h, ok := f.(*http2.MetaHeadersFrame)
		if !ok || h.StreamID != stream || !h.StreamEnded() {
			continue
		}
		fields := map[string]string{}
		for _, field := range h.Fields {
			fields[field.Name] = field.Value
		}
		return fields
	}
}

// failure is what a client learns from trailers.
func failureIn(t testing.TB, trailers map[string]string) failure {
	t.Helper()
	var st statuspb.Status
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(trailers["grpc-status-details-bin"], "="))
	if err == nil {
		err = proto.Unmarshal(data, &st)
	}
	if err != nil || strconv.Itoa(int(st.GetCode())) != trailers["grpc-status"] {
		t.Errorf("%v: %v", trailers, err)
	}
	return failureOfStatus(t, status.FromProto(&st))
}

// TestCallsThatAreNeverSentEnd begins a message and does not go on.
func TestCallsThatAreNeverSentEnd(t *testing.T) {
	j := newJournal()
	addr, s := start(t, server.WithObserver(j), server.WithLimits(server.Limits{RequestTimeout: 200 * time.Millisecond}))
	c := rawDial(t, addr)
	c.begin(t, 1, pb.ConversionService_Convert_FullMethodName)
	if err := c.WriteData(1, false, []byte{0, 0, 1, 0, 0, 'x'}); err != nil { // 6 bytes of 65,541
		t.Fatal(err)
	}
	failureIn(t, c.trailers(1)).check(t, codes.DeadlineExceeded, "REQUEST_TIMEOUT", map[string]string{"limit_seconds": "0.2"})
	if call := j.next(t); call.Code != codes.DeadlineExceeded || call.Reason != "REQUEST_TIMEOUT" {
		t.Errorf("operators are told of %v %q", call.Code, call.Reason)
	}
	for deadline := time.Now().Add(5 * time.Second); s.Load().Calls > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d calls are left", s.Load().Calls)
		}
	}
}

// TestConversionsThatTakeTooLongEnd is about the server's own limit, as TestDeadlinesAreKept is about the client's.
func TestConversionsThatTakeTooLongEnd(t *testing.T) {
	slow := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 50*time.Millisecond {
			t.Errorf("the deadline is %v %v", deadline, ok)
		}
		<-ctx.Done()
		return next(ctx, req)
	}
	addr, _ := start(t, server.WithUnaryInterceptors(slow), server.WithLimits(server.Limits{RequestTimeout: 50 * time.Millisecond}))
	for _, text := range []string{"里", longText()[:99*kib]} {
		_, err := rpc(t, addr).Convert(t.Context(), &pb.ConvertRequest{Options: profile("s2t"), Content: &pb.ConvertRequest_Text{Text: text}})
		failureOf(t, err).check(t, codes.DeadlineExceeded, "REQUEST_TIMEOUT", map[string]string{"limit_seconds": "0.05"})
	}
}

// takeBack begins calls and takes each back at once.
func (c rawClient) takeBack(t testing.TB, first uint32, n int, method string) (next uint32) {
	t.Helper()
	for range n {
		c.begin(t, first, method)
		if err := c.WriteRSTStream(first, http2.ErrCodeCancel); err != nil {
			t.Fatal(err)
		}
		first += 2
	}
	return first
}

// TestTakingBackCallsTakesTime floods the server with calls that are taken back at once: it reads less and less of the
// connection, and answers it all the same. Others feel nothing.
func TestTakingBackCallsTakesTime(t *testing.T) {
	addr, _ := start(t)
	for _, method := range []string{
		pb.ConversionService_Convert_FullMethodName, pb.ConversionService_StreamConvert_FullMethodName,
		healthpb.Health_Check_FullMethodName, "/hanconv.v1.ConversionService/None",
	} {
		// All are connected before any begins: an address that has others' calls to pay for may get no connection.
		c := rawDial(t, addr)
		c.list(t, 1)
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			const free = 200
			began := time.Now()
			next := c.takeBack(t, 3, free, method)
			c.list(t, next)
			quick := time.Since(began)
			began = time.Now()
			next = c.takeBack(t, next+2, 3000, method)
			c.list(t, next)
			if took := time.Since(began); took < time.Second {
				t.Errorf("3,000 calls more were taken back in %v, the first %d in %v", took, free, quick)
			}
		})
	}
}

// TestFloodsByManyConnectionsEnd has more calls taken back than an address has free: it gets no more connections, those
// that are open go on, and other addresses have theirs.
func TestFloodsByManyConnectionsEnd(t *testing.T) {
	addr, s := start(t)
	const flooder = "127.0.0.66"
	open := rawDialFrom(t, addr, flooder)
	open.list(t, 1)
	taken := server.Origin{Local: open.RemoteAddr(), Remote: &net.TCPAddr{IP: net.ParseIP(flooder), Port: 1}}
	for range 100_000 { // which take 25 seconds to pay for
		s.TakenBack(taken)
	}
	if !closes(rawDialFrom(t, addr, flooder), 10*time.Second) {
		t.Error("a flood gets connections without end")
	}
	rawDial(t, addr).list(t, 1)
	open.list(t, 3)
	if _, refused := s.Connections(); refused == 0 {
		t.Error("operators are not told of it")
	}
}

// TestDeniedCallsTakeTime floods the server with calls that nobody may make.
func TestDeniedCallsTakeTime(t *testing.T) {
	list := accessList(t, access.NobodyAnonymous, "callers:\n"+caller("a", "token", ""))
	addr, _ := start(t, server.WithAccess(list))
	c := rawDial(t, addr)
	began := time.Now()
	for n := range uint32(2000) {
		c.begin(t, 2*n+1, pb.ConversionService_Convert_FullMethodName)
		if got := c.status(t, 2*n+1); got != strconv.Itoa(int(codes.Unauthenticated)) {
			t.Fatalf("call %d: the status is %s", n, got)
		}
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("2,000 calls were denied in %v", took)
	}
	if _, err := rpc(t, addr).ListProfiles(as(t.Context(), "token"), &pb.ListProfilesRequest{}); err != nil {
		t.Errorf("a call beside: %v", err)
	}
}

// TestCallsThatAreNotSentKeepNobodyOut opens more calls than may wait and sends nothing.
func TestCallsThatAreNotSentKeepNobodyOut(t *testing.T) {
	addr, s := start(t)
	for range 3 {
		c := rawDialFrom(t, addr, "127.0.0.66")
		for n := range uint32(250) {
			c.begin(t, 2*n+1, pb.ConversionService_Convert_FullMethodName)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); s.Load().Calls < 500 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	c := rpc(t, addr)
	for range 20 {
		if _, err := c.ListProfiles(t.Context(), &pb.ListProfilesRequest{}); err != nil {
			t.Fatalf("with %d calls open: %v", s.Load().Calls, err)
		}
	}
	if _, _, err := streamAll(t.Context(), c, profile("s2t"), "里"); err != io.EOF {
		t.Error(err)
	}
}

// list makes a call that is answered.
func (c rawClient) list(t testing.TB, stream uint32) {
	t.Helper()
	c.begin(t, stream, pb.ConversionService_ListProfiles_FullMethodName)
	if err := c.WriteData(stream, true, []byte{0, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if got := c.status(t, stream); got != "0" {
		t.Errorf("the status is %s", got)
	}
}

// TestPathsWithoutASlashPassNoDoor is about CVE-2026-33186.
func TestPathsWithoutASlashPassNoDoor(t *testing.T) {
	addr, _ := start(t, server.WithAccess(accessList(t, 0, "callers:\n"+caller("a", "token", ""))))
	for i, path := range []string{
		"hanconv.v1.ConversionService/ListProfiles", "//hanconv.v1.ConversionService/ListProfiles",
		"grpc.health.v1.Health/../hanconv.v1.ConversionService/ListProfiles", "/hanconv.v1.ConversionService/ListProfiles",
	} {
		c := rawDial(t, addr)
		c.begin(t, 1, path)
		if err := c.WriteData(1, true, []byte{0, 0, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		if got := c.status(t, 1); got == "0" || i == 3 && got != strconv.Itoa(int(codes.Unauthenticated)) {
			t.Errorf("%s: the status is %s", path, got)
		}
	}
}
