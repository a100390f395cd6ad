package server

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/tap"

	"github.com/hanconv/hanconv/server/access"
	"github.com/hanconv/hanconv/server/admission"
)

// visit is what the server knows of a call while it runs.
type visit struct {
	context.Context
	setup  *setup
	gate   *admission.Gate
	caller *access.Caller // nil where everybody may call
	// reply is the buffer that the text of Convert's reply lies in, if it is from the pool.
	reply []byte
	// cancel ends the context early; nil if the transport does not allow that. The transport ends it with the call.
	cancel context.CancelFunc
	late   atomic.Bool     // the server has ended the call because it takes too long
	call   *admission.Call // nil for a stream
	report *Call           // nil if nobody observes
}

type visitKey struct{}

// Value implements context.Context.
func (v *visit) Value(key any) any {
	if key == (visitKey{}) {
		return v
	}
	return v.Context.Value(key)
}

// Err implements context.Context. What it returns becomes the status, because gRPC sends one as soon as a message cannot
// be received.
func (v *visit) Err() error {
	err := v.Context.Err()
	if err != nil && v.late.Load() {
		return context.DeadlineExceeded
	}
	return err
}

// stop ends a call that takes too long.
func (v *visit) stop() {
	v.late.Store(true)
	v.cancel()
}

// visitOf finds the visit of a context; every method of ConversionService has one.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// reception begins visits.
type reception struct {
	setup   atomic.Pointer[setup]
	gate    *admission.Gate
	streams map[string]bool // the methods that are streams
}

// begin makes the visit of ctx's call.
func (r *reception) begin(ctx context.Context) *visit {
	return &visit{Context: ctx, setup: r.setup.Load(), gate: r.gate}
}

// receive runs in the transport before anything of a call but its headers is read, while the transport waits. It gives
// calls the time that they may take: what is read of them later is read with this context.
//
// It refuses nothing. grpc-go leaves the timer of a refused call running until the deadline that the client has chosen.
func (r *reception) receive(ctx context.Context, info *tap.Info) (context.Context, error) {
	v := r.begin(ctx)
	if r.streams[info.FullMethodName] {
		v.Context, v.cancel = context.WithCancel(ctx)
		return v, nil
	}
	limit := time.Now().Add(v.setup.limits.RequestTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(limit) {
		return v, nil
	}
	v.Context, v.cancel = context.WithDeadline(ctx, limit)
	return v, nil
}

// visitFor is the visit of ctx's call, which receive has begun, and a context that has it.
func (r *reception) visitFor(ctx context.Context) (*visit, context.Context) {
	if v := visitOf(ctx); v != nil {
		return v, ctx
	}
	v := r.begin(ctx) // a transport that knows no receive
	return v, v
}

// textBytes is the size of the largest text that the caller may send, in bytes.
func (v *visit) textBytes() int { return least(v.setup.limits.TextBytes, v.granted().TextBytes) }

// batchBytes is textBytes for a batch.
func (v *visit) batchBytes() int { return least(v.setup.limits.BatchBytes, v.granted().BatchBytes) }

// streamBytes is textBytes for a stream.
func (v *visit) streamBytes() int64 {
	return least(v.setup.limits.StreamBytes, v.granted().StreamBytes)
}

var unlimited access.Caller

func (v *visit) granted() *access.Caller {
	if v.caller == nil {
		return &unlimited
	}
	return v.caller
}

// least is the server's limit or the caller's, if that is less and set.
func least[T int | int64](server, caller T) T {
	if caller > 0 && caller < server {
		return caller
	}
	return server
}
