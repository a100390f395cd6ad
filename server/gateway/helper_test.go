package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves HTTP on a port of its own until the test ends.
func start(t testing.TB, c gateway.Config, opts ...server.Option) (url string, s *server.Server) {
	t.Helper()
	s = server.New(append(opts, server.WithLimits(c.Limits))...)
	g, err := gateway.New(s, c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- g.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(g.Shutdown(ctx), s.Shutdown(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	scheme := "http://"
	if c.TLS != nil {
		scheme = "https://"
	}
	return scheme + l.Addr().String(), s
}

// dial speaks gRPC to a gateway until the test ends.
func dial(t testing.TB, url string) pb.ConversionServiceClient {
	t.Helper()
	conn, err := grpc.NewClient(strings.TrimPrefix(url, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return pb.NewConversionServiceClient(conn)
}

// openStream opens a stream and waits for its header.
func openStream(ctx context.Context, t testing.TB, url, profile string) pb.ConversionService_StreamConvertClient {
	t.Helper()
	s, err := dial(t, url).StreamConvert(ctx)
	if err != nil {
		t.Fatal(err)
	}
	options := &pb.StreamConvertOptions{Options: &pb.ConversionOptions{Profile: profile}}
	if err := s.Send(&pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Options{Options: options}}); err != nil {
		t.Fatal(err)
	}
	if m, err := s.Recv(); err != nil || m.GetHeader() == nil {
		t.Fatalf("%v %v", m, err)
	}
	return s
}

func chunk(text string) *pb.StreamConvertRequest {
	return &pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Chunk{Chunk: []byte(text)}}
}

// newClient is an HTTP client that leaves nothing behind.
func newClient(t testing.TB) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// reply is what came back.
type reply struct {
	*http.Response
	body []byte
}

// json takes the body apart.
func (r reply) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%d %s: %v", r.StatusCode, r.body, err)
	}
	return v
}

func do(t testing.TB, c *http.Client, method, url, body string, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp, got}
}
