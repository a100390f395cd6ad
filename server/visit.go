package server

import (
	"context"
	"errors"
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
	cancel   context.CancelFunc
	deadline time.Time // the server's own for a call that is no stream; zero if the client's is earlier
	timer    *time.Timer
	state    atomic.Int32    // running, overdue or ended
	call     *admission.Call // nil for a stream
	report   *Call           // nil if nobody observes
}

// The states of a visit. Whichever of its end and its limit comes first decides what the client hears.
const (
	running int32 = iota
	overdue
	ended
)

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
	if err != nil && v.state.Load() == overdue {
		return context.DeadlineExceeded
	}
	return err
}

// Deadline implements context.Context.
func (v *visit) Deadline() (time.Time, bool) {
	if !v.deadline.IsZero() {
		return v.deadline, true
	}
	return v.Context.Deadline()
}

// watch ends a call that is no stream when it takes too long. The client hears why, whatever the call is at.
func (v *visit) watch(stream trailerSetter) {
	if v.deadline.IsZero() {
		return
	}
	v.timer = time.AfterFunc(time.Until(v.deadline), func() { v.expire(stream, v.tooLong()) })
}

// expire ends a call for a reason, unless it has ended, and tells whether it has done so.
func (v *visit) expire(stream trailerSetter, why refusal) bool {
	if !v.state.CompareAndSwap(running, overdue) {
		return false
	}
	explain(stream, why)
	v.cancel()
	return true
}

// end tells whether a call came to its end before it was overdue.
func (v *visit) end(conns *connections) bool {
	if v.timer != nil {
		v.timer.Stop()
	}
	if !v.state.CompareAndSwap(running, ended) {
		return false
	}
	if errors.Is(v.Context.Err(), context.Canceled) {
		conns.charge(v)
	}
	return true
}

func (v *visit) tooLong() refusal { return requestTimeout(v.setup.limits.RequestTimeout) }

// visitOf finds the visit of a context; every method of ConversionService has one.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// watch is how the time of a method is watched by what answers it.
type watch int

const (
	byContext watch = iota // it is not: the context ends, and the client does not hear why
	inAll                  // visit.watch
	whileIdle              // idleStream
)

// reception begins visits.
type reception struct {
	setup   atomic.Pointer[setup]
	gate    *admission.Gate
	watched map[string]watch // how long other methods may take is up to the context
	conns   *connections
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
	watch := r.watched[info.FullMethodName]
	if watch == whileIdle {
		v.Context, v.cancel = context.WithCancel(ctx)
		return v, nil
	}
	if watch == byContext {
		r.conns.charge(ctx) // whether it is taken back, nobody tells, and no client in earnest makes many such calls
	}
	limit := time.Now().Add(v.setup.limits.RequestTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(limit) {
		return v, nil
	}
	if watch == inAll {
		v.deadline = limit
		v.Context, v.cancel = context.WithCancel(ctx)
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
