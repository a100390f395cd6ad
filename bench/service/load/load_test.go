package load_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/hanconv/hanconv/bench/service/echo"
	"github.com/hanconv/hanconv/bench/service/load"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// tally counts what an echo server has got and sent.
type tally struct{ calls, chunks, text, sent atomic.Int64 }

func (n *tally) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	resp, err := next(ctx, req)
	if r, ok := req.(*pb.ConvertRequest); ok {
		n.calls.Add(1)
		n.text.Add(int64(len(r.GetText())))
		n.sent.Add(int64(proto.Size(resp.(proto.Message))))
	}
	return resp, err
}

func (n *tally) stream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, countedStream{s, n})
}

type countedStream struct {
	grpc.ServerStream
	n *tally
}

func (s countedStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if r, ok := m.(*pb.StreamConvertRequest); ok && err == nil && r.GetOptions() == nil {
		s.n.chunks.Add(1)
		s.n.text.Add(int64(len(r.GetChunk())))
	}
	return err
}

func (s countedStream) SendMsg(m any) error {
	if r, ok := m.(*pb.StreamConvertResponse); ok {
		s.n.sent.Add(int64(proto.Size(r)))
	}
	return s.ServerStream.SendMsg(m)
}

func serve(t *testing.T) (address string, n *tally) {
	t.Helper()
	n = &tally{}
	s := echo.New(grpc.UnaryInterceptor(n.unary), grpc.StreamInterceptor(n.stream))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(s.Stop)
	return l.Addr().String(), n
}

func textFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(name, []byte("里面的字, mixed. 𠮷"), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func ask(t *testing.T, address string, q load.Request) load.Reply {
	t.Helper()
	in, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := load.Serve(t.Context(), address, bytes.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	var reply load.Reply
	if err := json.Unmarshal(out.Bytes(), &reply); err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestLoadCountsWhatTheServerGets(t *testing.T) {
	for _, q := range []load.Request{
		{Kind: load.Unary, Size: 300, Callers: 1},
		{Kind: load.Unary, Size: 20_000, Callers: 8},
		{Kind: load.Stream, Size: 16_000, Callers: 1},
		{Kind: load.Stream, Size: 64_000, Callers: 3},
	} {
		address, n := serve(t)
		q.File, q.Profile, q.Duration = textFile(t), "echo", 30*time.Millisecond
		r := ask(t, address, q)
		if r.Error != "" {
			t.Fatalf("%+v: %s", q, r.Error)
		}
		if got := n.calls.Load() + n.chunks.Load(); int64(r.Calls) != got || got < int64(q.Callers) {
			t.Errorf("%+v: counts %d calls, the server %d", q, r.Calls, got)
		}
		if r.Sent != n.text.Load() || r.Received != n.sent.Load() {
			t.Errorf("%+v: counts %d bytes there and %d back, the server %d and %d",
				q, r.Sent, r.Received, n.text.Load(), n.sent.Load())
		}
		if r.Elapsed < q.Duration || q.Kind == load.Unary && (r.P50 <= 0 || r.P99 < r.P50 || r.P99 > r.Elapsed) {
			t.Errorf("%+v: took %v, p50 %v, p99 %v", q, r.Elapsed, r.P50, r.P99)
		}
	}
}

func TestReaderCountsText(t *testing.T) {
	address, n := serve(t)
	r := ask(t, address, load.Request{
		Kind: load.Reader, Profile: "echo", File: textFile(t), Size: 50_000, Callers: 2, Duration: 30 * time.Millisecond,
	})
	if r.Error != "" || r.Sent != n.text.Load() || r.Received != r.Sent || r.Sent < 2*40_000 {
		t.Errorf("%+v; the server got %d", r, n.text.Load())
	}
}

func TestCheckAnswersBothTexts(t *testing.T) {
	address, _ := serve(t)
	file := textFile(t)
	want, err := load.Text(file, 70_000)
	if err != nil {
		t.Fatal(err)
	}
	r := ask(t, address, load.Request{Kind: load.Check, Profile: "echo", File: file, Size: 70_000})
	if r.Error != "" || len(r.Texts) != 2 || r.Texts[0] != want || r.Texts[1] != want {
		t.Errorf("error %q, %d texts", r.Error, len(r.Texts))
	}
}

func TestFailuresAreReported(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // nobody listens there now
	for _, kind := range []string{load.Check, load.Unary, load.Stream, "nonsense"} {
		q := load.Request{Kind: kind, File: textFile(t), Size: 100, Callers: 2, Duration: time.Millisecond}
		if r := ask(t, address, q); r.Error == "" {
			t.Errorf("%s: no error", kind)
		}
	}
	address, _ = serve(t)
	if r := ask(t, address, load.Request{Kind: load.Unary, File: "no such file", Size: 9, Callers: 1}); r.Error == "" {
		t.Error("no error for a missing text")
	}
}

func TestTextIsCutBetweenCharacters(t *testing.T) {
	file := textFile(t)
	for size := range 200 {
		text, err := load.Text(file, size)
		if err != nil {
			t.Fatal(err)
		}
		whole := strings.Repeat("里面的字, mixed. 𠮷", 10)
		if len(text) > size || len(text) < size-3 || !strings.HasPrefix(whole, text) || strings.ToValidUTF8(text, "") != text {
			t.Errorf("%d bytes: %q", size, text)
		}
	}
	for _, content := range []string{"", "broken \xff"} {
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := load.Text(file, 5); err == nil {
			t.Errorf("%q: no error", content)
		}
	}
}
