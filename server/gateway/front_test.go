package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/gateway"
)

// frame is a message as gRPC and gRPC-Web send it.
func frame(t *testing.T, m proto.Message) string {
	t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(data)))) + string(data)
}

func TestGRPCWeb(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	request := &pb.ConvertRequest{
		Options: &pb.ConversionOptions{Profile: "s2t"}, Content: &pb.ConvertRequest_Text{Text: "软件"},
	}
	got := do(t, newClient(t), "POST", url+"/hanconv.v1.ConversionService/Convert", frame(t, request),
		"Content-Type", "application/grpc-web+proto")
	size := binary.BigEndian.Uint32(got.body[1:])
	var resp pb.ConvertResponse
	if err := proto.Unmarshal(got.body[5:5+size], &resp); err != nil || resp.GetText() != "軟件" {
		t.Errorf("%v %v", &resp, err)
	}
	trailer := got.body[5+size:]
	if trailer[0] != 0x80 || !strings.Contains(strings.ToLower(string(trailer)), "grpc-status: 0") {
		t.Errorf("trailer %q", trailer)
	}
}

func TestGRPCStreamsThroughTheGateway(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	s := openStream(t.Context(), t, url, "s2twp") // which has its header while the client has not ended its side
	_ = s.Send(chunk("鼠标"))
	_ = s.CloseSend()
	if m, err := s.Recv(); err != nil || string(m.GetChunk()) != "滑鼠" {
		t.Errorf("%v %v", m, err)
	}
	if _, err := s.Recv(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// A client that sends a stream and takes nothing back is held up, and does not fill the server's memory.
func TestStreamsAreHeldBack(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := openStream(ctx, t, url, "s2t")
	var sent atomic.Int64
	piece := chunk(strings.Repeat("软件", 10_000))
	go func() {
		for sent.Load() < 256<<20 && s.Send(piece) == nil {
			sent.Add(int64(len(piece.GetChunk())))
		}
	}()
	for last := int64(-1); sent.Load() != last; time.Sleep(500 * time.Millisecond) {
		last = sent.Load()
	}
	if n := sent.Load(); n > 8<<20 {
		t.Errorf("the gateway took %d MB that nobody reads", n>>20)
	}
}

func TestOpenAPIDescribesWhatThereIs(t *testing.T) {
	url, _ := start(t, gateway.Config{Version: "v1.2.3"})
	c := newClient(t)
	doc := do(t, c, "GET", url+"/openapi.json", "").json(t)
	if doc["openapi"] != "3.1.0" || doc["info"].(map[string]any)["version"] != "v1.2.3" {
		t.Errorf("%v %v", doc["openapi"], doc["info"])
	}
	paths := doc["paths"].(map[string]any)
	if len(paths) != 3 {
		t.Errorf("paths %v", paths)
	}
	for path, methods := range paths {
		for method := range methods.(map[string]any) {
			if got := do(t, c, strings.ToUpper(method), url+path, ""); got.StatusCode == 404 || got.StatusCode == 405 {
				t.Errorf("%s %s: %d", method, path, got.StatusCode)
			}
		}
	}
}

func TestCORS(t *testing.T) {
	ask := func(c gateway.Config, origin string) http.Header {
		url, _ := start(t, c)
		return do(t, newClient(t), "OPTIONS", url+"/v1/convert", "", "Origin", origin,
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type").Header
	}
	const allowed = "Access-Control-Allow-Origin"
	if h := ask(gateway.Config{}, "https://a.example"); h.Get(allowed) != "" {
		t.Errorf("off by default: %v", h)
	}
	some := gateway.Config{AllowedOrigins: []string{"https://a.example"}}
	if h := ask(some, "https://a.example"); h.Get(allowed) != "https://a.example" || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%v", h)
	}
	if h := ask(some, "https://b.example"); h.Get(allowed) != "" {
		t.Errorf("%v", h)
	}
}

// slow makes calls wait until released is closed.
func slow(began chan<- struct{}, released <-chan struct{}) server.Option {
	return server.WithUnaryInterceptors(
		func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			began <- struct{}{}
			<-released
			return next(ctx, req)
		})
}

func TestShutdownLosesNoReply(t *testing.T) {
	began, released := make(chan struct{}, 1), make(chan struct{})
	s := server.New(slow(began, released))
	g, err := gateway.New(s, gateway.Config{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() { _ = g.Serve(l) })
	c := newClient(t)
	result := make(chan reply, 1)
	go func() { result <- do(t, c, "GET", "http://"+l.Addr().String()+"/v1/profiles", "") }()
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- errors.Join(g.Shutdown(t.Context()), s.Shutdown(t.Context())) }()
	served.Wait()
	close(released)
	if got := <-result; got.StatusCode != 200 || len(got.json(t)["profiles"].([]any)) == 0 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// Every request that the server has answered has its reply, and the others fail as requests do where nobody is.
func TestShutdownUnderLoadLosesNoReply(t *testing.T) {
	var answered, received atomic.Int64
	count := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		resp, err := next(ctx, req)
		answered.Add(1)
		return resp, err
	}
	s := server.New(server.WithUnaryInterceptors(count))
	g, err := gateway.New(s, gateway.Config{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() { _ = g.Serve(l) })
	for range 8 {
		c := newClient(t)
		all.Go(func() {
			for {
				resp, err := c.Post("http://"+l.Addr().String()+"/v1/convert", "application/json", strings.NewReader(`{"options":{"profile":"s2t"},"text":"软件"}`))
				if err != nil {
					return // it was not taken
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || resp.StatusCode == 200 && !strings.Contains(string(body), "軟件") {
					t.Errorf("%d %s %v", resp.StatusCode, body, err)
				}
				if resp.StatusCode != 200 {
					return // the server is stopping
				}
				received.Add(1)
			}
		})
	}
	for received.Load() < 100 {
		time.Sleep(time.Millisecond)
	}
	if err := errors.Join(g.Shutdown(t.Context()), s.Shutdown(t.Context())); err != nil {
		t.Error(err)
	}
	all.Wait()
	if answered.Load() != received.Load() {
		t.Errorf("%d requests were answered and %d replies arrived", answered.Load(), received.Load())
	}
}

func TestReadinessEndsWithTheServer(t *testing.T) {
	url, s := start(t, gateway.Config{})
	c := newClient(t)
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := do(t, c, "GET", url+"/readyz", ""); got.StatusCode != 503 {
		t.Errorf("readyz %d", got.StatusCode)
	}
	if got := do(t, c, "GET", url+"/healthz", ""); got.StatusCode != 200 {
		t.Errorf("healthz %d", got.StatusCode)
	}
	if got := do(t, c, "GET", url+"/v1/profiles", ""); got.StatusCode != 503 {
		t.Errorf("a call: %d %s", got.StatusCode, got.body)
	}
}

func TestClientsThatStandStillLoseTheirConnection(t *testing.T) {
	url, _ := start(t, gateway.Config{Limits: server.Limits{StreamIdle: 300 * time.Millisecond, HandshakeTimeout: 300 * time.Millisecond}})
	for name, beginning := range map[string]string{
		"header": "POST /v1/convert HTTP/1.1\r\nHost: a\r\nX-",
		"body":   "POST /v1/convert HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, beginning)
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			for r := bufio.NewReader(conn); ; {
				if _, err := r.ReadByte(); err != nil {
					if !errors.Is(err, io.EOF) {
						t.Errorf("still open: %v", err)
					}
					return
				}
			}
		})
	}
}

func certificate(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// The server sees the certificate that a client showed to the gateway, over either version of HTTP.
func TestMutualTLSReachesTheServer(t *testing.T) {
	var seen atomic.Value
	look := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		p, _ := peer.FromContext(ctx)
		info, _ := p.AuthInfo.(credentials.TLSInfo)
		seen.Store(info.State.PeerCertificates[0].Subject.CommonName + " from " + p.Addr.String())
		return next(ctx, req)
	}
	own, reader := certificate(t, "server"), certificate(t, "reader")
	pool := x509.NewCertPool()
	pool.AddCert(own.Leaf)
	pool.AddCert(reader.Leaf)
	url, _ := start(t, gateway.Config{TLS: &tls.Config{
		Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	}}, server.WithUnaryInterceptors(look))
	for _, http2 := range []bool{false, true} {
		p := new(http.Protocols)
		p.SetHTTP1(!http2)
		p.SetHTTP2(http2)
		transport := &http.Transport{
			Protocols:       p,
			TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{reader}},
		}
		got := do(t, &http.Client{Transport: transport}, "GET", url+"/v1/profiles", "")
		transport.CloseIdleConnections()
		if got.StatusCode != 200 || (got.ProtoMajor == 2) != http2 {
			t.Errorf("%s %d %s", got.Proto, got.StatusCode, got.body)
		}
		if who, _ := seen.Load().(string); !strings.HasPrefix(who, "reader from 127.0.0.1:") {
			t.Errorf("the server saw %s", who)
		}
	}
}

func TestExchangesAreReported(t *testing.T) {
	heard := make(chan gateway.Exchange, 10)
	url, _ := start(t, gateway.Config{Observe: func(x gateway.Exchange) { heard <- x }})
	c := newClient(t)
	for _, want := range []struct {
		method, path, body string
		x                  gateway.Exchange
	}{
		{"GET", "/v1/profiles", "", gateway.Exchange{Route: "/v1/profiles", Protocol: "json", Called: true, Status: 200}},
		{"GET", "/healthz", "", gateway.Exchange{Route: "/healthz", Protocol: "page", Status: 200}},
		{"POST", "/v1/made-up", "{}", gateway.Exchange{Route: "other", Protocol: "json", Status: 404}},
	} {
		do(t, c, want.method, url+want.path, want.body)
		got := <-heard
		if got.Duration <= 0 || got.Peer == nil {
			t.Errorf("%+v", got)
		}
		got.Duration, got.Peer = 0, nil
		if got != want.x {
			t.Errorf("%+v, not %+v", got, want.x)
		}
	}
}

// The README's session with curl is what it shows, where curl is installed.
func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const listens = "127.0.0.1:7421"
	url, _ := start(t, gateway.Config{})
	asked := 0
	lines := strings.Split(string(readme), "\n")
	for i, line := range lines {
		command, ok := strings.CutPrefix(line, "$ curl "+listens)
		if !ok {
			continue
		}
		asked++
		out, err := exec.CommandContext(t.Context(), "sh", "-c", "curl -sS "+url+command).Output()
		if shown := lines[i+1]; err != nil || strings.HasPrefix(shown, "{") && compact(out) != compact([]byte(shown)) {
			t.Errorf("%s: %v\n%s, not\n%s", line, err, out, shown)
		}
		if !strings.HasPrefix(string(out), `{"`) {
			t.Errorf("%s: %s", line, out)
		}
	}
	if asked < 2 {
		t.Errorf("the README asks %d times", asked)
	}
}

// compact is JSON without blanks, of which protobuf puts some here and there, different in each build.
func compact(text []byte) string {
	var b bytes.Buffer
	_ = json.Compact(&b, text) // what is no JSON leaves nothing
	return b.String()
}

func TestUnixSocket(t *testing.T) {
	s := server.New()
	g, err := gateway.New(s, gateway.Config{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() { _ = g.Serve(l) })
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", path)
	}}
	got := do(t, &http.Client{Transport: transport}, "GET", "http://socket/v1/profiles", "")
	if got.StatusCode != 200 {
		t.Error(fmt.Errorf("%d %s", got.StatusCode, got.body))
	}
	transport.CloseIdleConnections()
	if err := errors.Join(g.Shutdown(t.Context()), s.Shutdown(t.Context())); err != nil {
		t.Error(err)
	}
	served.Wait()
}
