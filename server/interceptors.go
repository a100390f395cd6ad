package server

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// recoverer turns panics into INTERNAL. What panicked goes to the log and never to the client.
type recoverer struct{ log *slog.Logger }

func (r recoverer) unary(
	ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler,
) (resp any, err error) {
	defer r.rescue(info.FullMethod, &err)
	reach(ctx)
	return next(ctx, req)
}

func (r recoverer) stream(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer r.rescue(info.FullMethod, &err)
	reach(s.Context())
	return next(srv, s)
}

func (r recoverer) rescue(method string, err *error) {
	p := recover()
	if p == nil {
		return
	}
	r.log.Error("panic while answering a call", "method", method, "panic", p, "stack", string(debug.Stack()))
	*err = refusal{
		code:    codes.Internal,
		reason:  pb.ErrorReason_ERROR_REASON_INTERNAL,
		message: "the server failed on this request; its log has the cause",
	}.err()
}

// watchEnder ends the health service's Watch calls, which otherwise last as long as their clients like and would keep
// a graceful stop waiting.
type watchEnder struct {
	once  sync.Once
	ended chan struct{}
}

func newWatchEnder() *watchEnder { return &watchEnder{ended: make(chan struct{})} }

func (w *watchEnder) end() { w.once.Do(func() { close(w.ended) }) }

func (w *watchEnder) intercept(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if info.FullMethod != healthpb.Health_Watch_FullMethodName {
		return next(srv, s)
	}
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-w.ended:
			cancel()
		case <-stop:
		}
	}()
	return next(srv, contextStream{s, ctx})
}

// contextStream is a ServerStream with another context.
type contextStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s contextStream) Context() context.Context { return s.ctx }
