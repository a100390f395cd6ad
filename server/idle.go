package server

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	protobuf "google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// idleStream ends a stream that stands still.
type idleStream struct {
	grpc.ServerStream
	visit   *visit
	conns   *connections
	limit   time.Duration
	timer   *time.Timer // nil where a call cannot be ended early
	sending atomic.Bool
}

func newIdleStream(s grpc.ServerStream, v *visit, conns *connections) *idleStream {
	i := &idleStream{ServerStream: s, visit: v, conns: conns, limit: v.setup.limits.StreamIdle}
	if v.cancel != nil {
		i.timer = time.AfterFunc(i.limit, i.expire)
	}
	return i
}

// expire ends the stream, unless it has ended.
func (i *idleStream) expire() {
	sending := i.sending.Load()
	if !i.visit.expire(i, streamIdle(i.limit)) {
		return
	}
	if sending {
		i.conns.abandon(i.visit)
	}
}

// end stops the watch when the handler has returned err, and is what becomes of that.
func (i *idleStream) end(err error) error {
	if i.timer == nil {
		return err
	}
	i.timer.Stop()
	if !i.visit.end(i.conns) {
		return streamIdle(i.limit).err()
	}
	return err
}

// RecvMsg implements grpc.ServerStream.
func (i *idleStream) RecvMsg(m any) error {
	err := i.ServerStream.RecvMsg(m)
	i.moved(false)
	return err
}

// SendMsg implements grpc.ServerStream.
func (i *idleStream) SendMsg(m any) error {
	i.moved(true)
	err := i.ServerStream.SendMsg(m)
	i.moved(false)
	return err
}

func (i *idleStream) moved(sending bool) {
	if i.timer == nil {
		return
	}
	i.sending.Store(sending)
	if i.visit.state.Load() == running { // a timer that is set too late finds nothing to end
		i.timer.Reset(i.limit)
	}
}

// trailerSetter is a call to whose status something can be added.
type trailerSetter interface{ SetTrailer(md metadata.MD) }

// trailerOf is that of ctx's call.
type trailerOf struct{ ctx context.Context }

func (t trailerOf) SetTrailer(md metadata.MD) {
	_ = grpc.SetTrailer(t.ctx, md) // fails only when the status has been sent
}

// explain puts the details of a refusal where gRPC puts them: to a handler that is receiving, it does not leave the
// status, but writes the code alone.
func explain(call trailerSetter, why refusal) {
	details, err := protobuf.Marshal(status.Convert(why.err()).Proto())
	if err == nil {
		call.SetTrailer(metadata.Pairs("grpc-status-details-bin", string(details)))
	}
}

func streamIdle(limit time.Duration) refusal {
	return tooLate(pb.ErrorReason_ERROR_REASON_STREAM_IDLE, "the stream stood still for ", limit, "")
}

func requestTimeout(limit time.Duration) refusal {
	return tooLate(pb.ErrorReason_ERROR_REASON_REQUEST_TIMEOUT, "the call took longer than ", limit, ", sending it included")
}

// tooLate refuses what has lasted for as long as the limit.
func tooLate(reason pb.ErrorReason, what string, limit time.Duration, more string) refusal {
	seconds := strconv.FormatFloat(limit.Seconds(), 'f', -1, 64)
	return refusal{
		code:     codes.DeadlineExceeded,
		reason:   reason,
		message:  what + seconds + " seconds" + more + ", which is as long as this server waits",
		metadata: map[string]string{"limit_seconds": seconds},
	}
}
