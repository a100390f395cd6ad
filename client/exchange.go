package client

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// chunkBytes is the size of the chunks that are sent. A message of more than 32 KiB would take gRPC, here and with most
// servers, a buffer of a megabyte that is zeroed each time; so there is room for what a chunk may become, too.
const chunkBytes = 24 << 10

// exchange is one StreamConvert call. One goroutine sends and one receives, and both only ever wait for the call or for
// the owner of the exchange, so stop always ends them. The user's reader and writer are left to the owner.
type exchange struct {
	send    chan []byte // closed by the owner at the end of the text
	receive chan []byte // closed when the server is done; err is set then
	err     error       // why the server is done; nil at the end of the text
	info    Info        // set before the first chunk is received
	cancel  context.CancelFunc
	workers sync.WaitGroup
}

type convertStream = grpc.BidiStreamingClient[pb.StreamConvertRequest, pb.StreamConvertResponse]

func (c *Client) newExchange(ctx context.Context, o Options) *exchange {
	ctx, cancel := context.WithCancel(ctx)
	x := &exchange{send: make(chan []byte), receive: make(chan []byte), cancel: cancel}
	x.workers.Go(func() {
		defer close(x.receive)
		defer cancel()
		x.err = x.run(ctx, c, o)
	})
	return x
}

// stop ends the call, whatever its state, and waits for the goroutines.
func (x *exchange) stop() {
	x.cancel()
	x.workers.Wait()
}

func (x *exchange) run(ctx context.Context, c *Client, o Options) error {
	if o.Alignment != NoAlignment {
		return noStreamAlignment()
	}
	stream, err := c.rpc.StreamConvert(ctx)
	if err != nil {
		return newError(err)
	}
	options := &pb.StreamConvertRequest_Options{Options: &pb.StreamConvertOptions{Options: o.toProto()}}
	if err := stream.Send(&pb.StreamConvertRequest{Message: options}); err != nil && !errors.Is(err, io.EOF) {
		return newError(err)
	}
	ended := make(chan struct{})
	x.workers.Go(func() { x.sendAll(ctx, stream, ended) })
	return x.receiveAll(ctx, stream, ended)
}

// sendAll sends until the owner or the server is done. It reports no errors: receiving gives the call's error.
func (x *exchange) sendAll(ctx context.Context, stream convertStream, ended chan<- struct{}) {
	for {
		select {
		case chunk, more := <-x.send:
			if !more {
				close(ended)
				_ = stream.CloseSend()
				return
			}
			m := &pb.StreamConvertRequest_Chunk{Chunk: chunk}
			if stream.Send(&pb.StreamConvertRequest{Message: m}) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (x *exchange) receiveAll(ctx context.Context, stream convertStream, ended <-chan struct{}) error {
	m, err := stream.Recv()
	for ; err == nil; m, err = stream.Recv() {
		if h := m.GetHeader(); h != nil {
			x.info = infoFromProto(h.GetConversion())
			continue
		}
		select {
		case x.receive <- m.GetChunk():
		case <-ctx.Done():
		}
	}
	if !errors.Is(err, io.EOF) {
		return newError(err)
	}
	select {
	case <-ended:
		return nil
	default:
		return localError(codes.Internal, "the server ended the stream before the text had ended")
	}
}

func noStreamAlignment() error {
	e := localError(codes.InvalidArgument, "a stream gives no alignment; use Convert or ask for none")
	e.Fields = []string{"alignment_unit"}
	return e
}
