package server

import (
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"
)

// idleStream ends a stream that stands still.
type idleStream struct {
	grpc.ServerStream
	limit time.Duration

	mu      sync.Mutex // a stream may be received from and sent to at the same time
	timer   *time.Timer
	sending bool
}

func newIdleStream(s grpc.ServerStream, v *visit, conns *connections) *idleStream {
	i := &idleStream{ServerStream: s, limit: v.setup.limits.StreamIdle}
	if v.cancel != nil {
		i.timer = time.AfterFunc(i.limit, func() {
			v.stop()
			if p, ok := peer.FromContext(v); ok && i.isSending() {
				conns.abandon(p.Addr)
			}
		})
	}
	return i
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
	i.timer.Reset(i.limit)
}

func (i *idleStream) isSending() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.sending
}

func (i *idleStream) stop() {
	if i.timer != nil {
		i.timer.Stop()
	}
}
