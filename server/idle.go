package server

import (
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	protobuf "google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// idleStream ends a stream that stands still.
type idleStream struct {
	grpc.ServerStream
	limit time.Duration

	mu      sync.Mutex // a stream may be received from and sent to at the same time
	timer   *time.Timer
	sending bool
	ended   bool // the handler has returned
	expired bool // the stream has stood still for too long
}

func newIdleStream(s grpc.ServerStream, v *visit, conns *connections) *idleStream {
	i := &idleStream{ServerStream: s, limit: v.setup.limits.StreamIdle}
	if v.cancel != nil {
		i.timer = time.AfterFunc(i.limit, func() { i.expire(v, conns) })
	}
	return i
}

// expire ends the stream, unless it has ended.
func (i *idleStream) expire(v *visit, conns *connections) {
	i.mu.Lock()
	i.expired = !i.ended
	expired, sending := i.expired, i.sending
	i.mu.Unlock()
	if !expired {
		return
	}
	i.explain()
	v.stop()
	if p, ok := peer.FromContext(v); ok && sending {
		conns.abandon(p.Addr)
	}
}

// explain puts the details of the status where gRPC puts them: to a handler that is receiving, it does not leave the
// status, but writes the code alone.
func (i *idleStream) explain() {
	details, err := protobuf.Marshal(status.Convert(streamIdle(i.limit).err()).Proto())
	if err == nil {
		i.SetTrailer(metadata.Pairs("grpc-status-details-bin", string(details)))
	}
}

// end stops the watch when the handler has returned err, and is what becomes of that.
func (i *idleStream) end(err error) error {
	if i.timer == nil {
		return err
	}
	i.timer.Stop()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended = true
	if i.expired {
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
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sending = sending
	if !i.expired {
		i.timer.Reset(i.limit)
	}
}

func streamIdle(limit time.Duration) refusal {
	seconds := strconv.FormatFloat(limit.Seconds(), 'f', -1, 64)
	return refusal{
		code:     codes.DeadlineExceeded,
		reason:   pb.ErrorReason_ERROR_REASON_STREAM_IDLE,
		message:  "the stream stood still for " + seconds + " seconds, which is as long as this server waits",
		metadata: map[string]string{"limit_seconds": seconds},
	}
}
