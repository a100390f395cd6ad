package server

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server/admission"
)

// chunkBytes is the largest chunk that the server sends. What comes in longer chunks than usualBytes is converted in
// equal parts, so that one that is hardly longer does not leave a second chunk of a few bytes.
const (
	chunkBytes = 64 * kib
	usualBytes = 63 * kib
)

type convertStream = grpc.BidiStreamingServer[pb.StreamConvertRequest, pb.StreamConvertResponse]

// StreamConvert implements the RPC.
func (s *service) StreamConvert(stream convertStream) error {
	v := visitOf(stream.Context())
	c, err := v.receiveOptions(stream)
	if err != nil {
		return wire(err)
	}
	call := callOf(stream.Context())
	call.chose(c)
	header := &pb.StreamConvertResponse_Header{Header: &pb.StreamConvertHeader{Conversion: c.info()}}
	if err := stream.Send(&pb.StreamConvertResponse{Message: header}); err != nil {
		return err
	}
	p := &pump{stream: stream, han: c.converter.NewStream(), limit: v.streamBytes(), pool: s.pool, gate: v.gate, call: call}
	if c.strict {
		p.utf8 = &utf8Checker{}
	}
	return wire(p.run(stream.Context()))
}

func (v *visit) receiveOptions(stream convertStream) (conversion, error) {
	first, err := stream.Recv()
	if errors.Is(err, io.EOF) {
		return conversion{}, outOfOrder("options", "the stream ended before its options")
	}
	if err != nil {
		return conversion{}, err
	}
	o, ok := first.GetMessage().(*pb.StreamConvertRequest_Options)
	if !ok {
		return conversion{}, outOfOrder("options", "the first message of a stream has to be its options")
	}
	c, err := newConversion(v.setup.catalog, o.Options.GetOptions(), pb.OffsetUnit_OFFSET_UNIT_UNSPECIFIED)
	return c, under("options.", err)
}

// pump moves the chunks of one stream through the engine. It takes the next chunk only when the output of the last one
// is on its way, so a client that does not receive holds up nothing but itself.
type pump struct {
	stream   convertStream
	han      *han.Stream
	utf8     *utf8Checker // nil unless strict
	out      []byte
	pool     *pool
	gate     *admission.Gate
	received int64
	limit    int64
	call     *Call // nil if nobody observes
}

func (p *pump) run(ctx context.Context) error {
	p.call.begin()
	defer func() { p.call.decided(p.han.ByContext()) }()
	for {
		chunk, err := p.receive()
		if errors.Is(err, io.EOF) {
			return p.finish()
		}
		if err != nil {
			return err
		}
		if err := p.convert(ctx, chunk); err != nil {
			return err
		}
	}
}

func (p *pump) receive() ([]byte, error) {
	m, err := p.stream.Recv()
	if err != nil {
		return nil, err
	}
	c, ok := m.GetMessage().(*pb.StreamConvertRequest_Chunk)
	if !ok {
		return nil, notAChunk(m)
	}
	p.received += int64(len(c.Chunk))
	if p.received > p.limit {
		return nil, tooManyBytes("chunk", p.received, p.limit, "cut the text at line ends and send several streams")
	}
	p.call.took(c.Chunk)
	if p.utf8 == nil {
		return c.Chunk, nil
	}
	return c.Chunk, strictly(p.utf8.write(c.Chunk))
}

func notAChunk(m *pb.StreamConvertRequest) error {
	if m.GetOptions() != nil {
		return outOfOrder("options", "a stream's options come once, in its first message")
	}
	return outOfOrder("chunk", "a message after the options has to have a chunk")
}

func (p *pump) convert(ctx context.Context, chunk []byte) error {
	for parts := (len(chunk) + usualBytes - 1) / usualBytes; parts > 0; parts-- {
		n := (len(chunk) + parts - 1) / parts
		if p.out == nil {
			p.out = p.pool.buffer(roomFor(n))
		}
		if err := p.gate.StartPiece(ctx); err != nil {
			return interrupted(ctx)
		}
		p.out = p.han.Append(p.out, chunk[:n])
		p.gate.FinishPiece()
		chunk = chunk[n:]
		if err := interrupted(ctx); err != nil {
			return err
		}
		if err := p.send(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pump) finish() error {
	if p.utf8 != nil {
		if err := strictly(p.utf8.close()); err != nil {
			return err
		}
	}
	p.out = p.han.Flush(p.out)
	return p.send()
}

// send sends what is converted.
func (p *pump) send() error {
	rest := p.out
	p.out = nil
	for len(rest) > chunkBytes {
		if err := p.sendChunk(rest[:chunkBytes:chunkBytes]); err != nil {
			return err
		}
		rest = rest[chunkBytes:]
	}
	if len(rest) == 0 {
		return nil
	}
	return p.sendChunk(rest)
}

// sendChunk sends b and gives it away: gRPC may look at a message after sending it.
func (p *pump) sendChunk(b []byte) error {
	p.call.gave(len(b))
	m := &pb.StreamConvertResponse{Message: &pb.StreamConvertResponse_Chunk{Chunk: b}}
	if p.pool == nil {
		return p.stream.Send(m)
	}
	return p.stream.SendMsg(&letter{m, b})
}

// strictly makes a refusal of what utf8Checker found.
func strictly(err error) error {
	if offset, bad := invalidOffset(err); bad {
		return invalidUTF8("chunk", offset)
	}
	return err
}
