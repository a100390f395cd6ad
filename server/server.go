// Package server offers the conversions of package han over gRPC.
//
// It is a translator: it validates requests, calls han and maps the errors; what a message means is written in
// proto/hanconv/v1. Who may call is up to package access, how much is taken on to package admission.
//
//	s := server.New()
//	l, err := server.Listen("127.0.0.1:7420")
//	…
//	go s.Serve(l)
//	…
//	err = s.Shutdown(ctx)
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // accepts compressed requests
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server/admission"
)

// Server serves hanconv.v1.ConversionService, the standard health service and, unless switched off, reflection.
// Its methods are safe for concurrent use.
type Server struct {
	grpc       *grpc.Server
	health     *health.Server
	watches    *watchEnder
	drainDelay time.Duration
	door       *door
	relay      *relay
	relaying   sync.Once
	log        *slog.Logger
}

// New builds a server that listens nowhere yet. It has goroutines that wait for calls until Shutdown.
func New(opts ...Option) *Server {
	c := newConfig(opts)
	p := c.pool()
	guard := recoverer{log: c.logger}
	s := &Server{
		health: health.NewServer(), watches: newWatchEnder(), drainDelay: c.drainDelay,
		door: newDoor(c), relay: newRelay(), log: c.logger,
	}
	s.grpc = grpc.NewServer(c.grpcOptions(
		grpc.ForceServerCodecV2(newWireCodec(p)),
		grpc.InTapHandle(s.door.receive),
		grpc.ChainUnaryInterceptor(append(c.firstUnary(guard), c.unary...)...),
		grpc.ChainStreamInterceptor(append(append(c.firstStream(guard), s.door.stream, s.watches.intercept), c.stream...)...),
	)...)
	s.grpc.RegisterService(reportingFaults(pb.ConversionService_ServiceDesc, p, s.door), &service{pool: p})
	healthpb.RegisterHealthServer(s.grpc, s.health)
	s.health.SetServingStatus(pb.ConversionService_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	if c.reflection {
		reflection.Register(s.grpc)
	}
	return s
}

// Serve answers connections of l, which it closes, until Shutdown is called or l fails. After a Shutdown it returns
// nil. Several listeners may be served at the same time.
func (s *Server) Serve(l net.Listener) error {
	if l != s.relay {
		l = s.LimitConnections(l)
	}
	err := s.grpc.Serve(l)
	if err == nil || errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	return fmt.Errorf("serve on %s: %w", l.Addr(), err)
}

// Shutdown ends the server gracefully: health reports NOT_SERVING, connections and calls are no longer taken, and
// running calls finish. When ctx ends first, the calls that are left are cancelled and Shutdown returns ctx's error
// once they have ended.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.door.gate.Close()
	s.health.Shutdown()
	pause(ctx, s.drainDelay)
	s.watches.end()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.grpc.GracefulStop()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.grpc.Stop()
	<-done
	return fmt.Errorf("calls were still running at the end of the time to shut down and were cancelled: %w", ctx.Err())
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// Load is what the server has to do at the moment.
func (s *Server) Load() admission.Load { return s.door.gate.Load() }

func tlsCredentials(t *tls.Config) credentials.TransportCredentials {
	return credentials.NewTLS(t)
}

func (l Limits) keepalive() keepalive.ServerParameters {
	return keepalive.ServerParameters{
		MaxConnectionIdle:     l.ConnectionIdle,
		MaxConnectionAge:      l.ConnectionAge,
		MaxConnectionAgeGrace: l.ConnectionAgeGrace,
		Time:                  l.PingInterval,
		Timeout:               l.PingTimeout,
	}
}

func (l Limits) pingPolicy() keepalive.EnforcementPolicy {
	return keepalive.EnforcementPolicy{MinTime: l.ClientPingInterval}
}
