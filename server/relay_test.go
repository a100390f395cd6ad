package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

// dialInside connects to s inside the process on behalf of o.
func dialInside(t *testing.T, s *server.Server, o server.Origin) pb.ConversionServiceClient {
	t.Helper()
	dialer := func(ctx context.Context, _ string) (net.Conn, error) { return s.Dial(ctx, o) }
	return rpcThrough(t, grpc.WithContextDialer(dialer))
}

func rpcThrough(t *testing.T, o grpc.DialOption) pb.ConversionServiceClient {
	t.Helper()
	return pb.NewConversionServiceClient(dial(t, "passthrough:///inside", o))
}

func TestInsideConnectionsBearTheirOrigin(t *testing.T) {
	var seen *peer.Peer
	look := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		seen, _ = peer.FromContext(ctx)
		return next(ctx, req)
	}
	addr, s := start(t, server.WithUnaryInterceptors(look))
	_ = addr
	remote := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 4321}
	state := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "reader"}}}}
	for name, o := range map[string]server.Origin{
		"plain text": {Remote: remote}, "mutual TLS": {Remote: remote, TLS: state},
	} {
		t.Run(name, func(t *testing.T) {
			c := dialInside(t, s, o)
			if _, err := c.ListProfiles(t.Context(), &pb.ListProfilesRequest{}); err != nil {
				t.Fatal(err)
			}
			if seen.Addr.String() != "192.0.2.7:4321" {
				t.Errorf("peer %v", seen.Addr)
			}
			info, ok := seen.AuthInfo.(credentials.TLSInfo)
			if ok != (o.TLS != nil) || ok && info.State.PeerCertificates[0].Subject.CommonName != "reader" {
				t.Errorf("identity %+v", seen.AuthInfo)
			}
		})
	}
}

func TestInsideConnectionsKeepTheLimits(t *testing.T) {
	addr, s := start(t, server.WithLimits(server.Limits{TextBytes: 10, BatchBytes: 10}))
	_ = addr
	c := dialInside(t, s, server.Origin{})
	content := &pb.ConvertRequest_Text{Text: "12345678901"}
	_, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: profile("s2t"), Content: content})
	if f := failureOf(t, err); f.reason != "TOO_MANY_BYTES" {
		t.Errorf("got %v", err)
	}
}

func TestInsideCallsOutliveTheBeginningOfShutdown(t *testing.T) {
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.New()
	var served sync.WaitGroup
	served.Go(func() { _ = s.Serve(l) })
	stream, err := dialInside(t, s, server.Origin{}).StreamConvert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(optionsMessage(profile("s2twp"))); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(t.Context()) }()
	for { // until nothing new is taken any more
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		_ = conn.Close()
		time.Sleep(time.Millisecond)
	}
	if err := stream.Send(chunkMessage("鼠标")); err != nil {
		t.Fatal(err)
	}
	_ = stream.CloseSend()
	if out, _, err := receiveAll(stream); out != "滑鼠" || err.Error() != "EOF" {
		t.Errorf("got %q, %v", out, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	served.Wait()
	if _, err := s.Dial(t.Context(), server.Origin{}); err == nil {
		t.Error("a server that has ended takes connections")
	}
}
