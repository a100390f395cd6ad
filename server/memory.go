package server

import (
	"context"
	"math/bits"
	"sync"
	"unsafe"

	"google.golang.org/grpc/mem"
	protobuf "google.golang.org/protobuf/proto"
)

// Fresh memory for each text costs a server more than all else beside the conversion. So texts lie in memory that is lent:
// a request's until its method has returned, or until the next message of its stream; a reply's until it is sent.
// Interceptors and the like may keep a message for longer; where there are any, nothing is lent.

// pool lends buffers and is nil where nothing is to be lent. gRPC's own pool zeroes what it lends, and lends a megabyte
// to those who want more than 32 KiB.
type pool struct {
	bySize [bits.UintSize]sync.Pool // of buffers with room for 1, 2, 4, … bytes
}

// Get implements mem.BufferPool. What the n bytes are is of no meaning.
func (p *pool) Get(n int) *[]byte {
	size := bits.Len(uint(max(n, leastBody) - 1))
	if b, ok := p.bySize[size].Get().(*[]byte); ok {
		*b = (*b)[:n]
		return b
	}
	b := make([]byte, n, 1<<size)
	return &b
}

// Put implements mem.BufferPool.
func (p *pool) Put(b *[]byte) {
	if cap(*b) >= leastBody {
		p.bySize[bits.Len(uint(cap(*b)))-1].Put(b)
	}
}

// buffer is an empty buffer with room for n bytes.
func (p *pool) buffer(n int) []byte {
	if p == nil {
		return make([]byte, 0, n)
	}
	return (*p.Get(n))[:0]
}

// join is data in one piece, for as long as it is not freed; without a pool, for ever.
func (p *pool) join(data mem.BufferSlice) mem.Buffer {
	if p == nil {
		return mem.SliceBuffer(data.Materialize())
	}
	return data.MaterializeToBuffer(p)
}

// letter is a message to send whose text is a buffer of the pool.
type letter struct {
	protobuf.Message
	buffer []byte
}

// returnWhenSent gives b back to the pool, if it is from there, when the reply of ctx's call is sent.
func returnWhenSent(ctx context.Context, b []byte) { visitOf(ctx).reply = b }

// bytesOf is s without a copy; the bytes must not be written to.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// stringOf is b without a copy; b must not be written to as long as the string is in use.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
