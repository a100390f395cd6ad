package server

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	protobuf "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// gRPC answers a message that does not decode, such as a protobuf string that is not UTF-8, with INTERNAL and no
// details, and writes that status before any handler or interceptor hears of it. So the codec reports success, leaves
// the fault in the envelope that it decodes into, and the method's wrapper returns the fault.

// envelope is a message to decode together with what was wrong with it.
type envelope struct {
	protobuf.Message
	fault error
	data  mem.Buffer // what the texts of the message lie in
}

// open receives v through e. Its texts are good until e is freed.
func (e *envelope) open(v any, receive func(any) error) error {
	m, ok := v.(protobuf.Message)
	if !ok {
		return receive(v)
	}
	e.Message, e.fault = m, nil
	if err := receive(e); err != nil {
		return err
	}
	return e.fault
}

func (e *envelope) free() {
	if e.data != nil {
		e.data.Free()
		e.data = nil
	}
}

// wireCodec is gRPC's protobuf codec with an eye for envelopes, letters and texts.
type wireCodec struct {
	encoding.CodecV2
	pool *pool
}

func newWireCodec(p *pool) wireCodec { return wireCodec{encoding.GetCodecV2(proto.Name), p} }

// Unmarshal decodes data into v; into an envelope it always succeeds.
func (c wireCodec) Unmarshal(data mem.BufferSlice, v any) error {
	e, ok := v.(*envelope)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	e.data = c.pool.join(data)
	if err := decode(e.data.ReadOnlyData(), e.Message); err != nil {
		e.fault = wire(diagnose(e.data.ReadOnlyData(), e.ProtoReflect().Descriptor()))
	}
	return nil
}

// Marshal encodes v, and takes the buffer of a letter.
func (c wireCodec) Marshal(v any) (mem.BufferSlice, error) {
	l, lent := v.(*letter)
	if lent {
		v = l.Message
	}
	data, ok, err := encode(v)
	if !ok {
		data, err = c.CodecV2.Marshal(v)
	}
	switch {
	case !lent || err != nil:
	case ok:
		data[1] = mem.NewBuffer(&l.buffer, c.pool)
	default:
		c.pool.Put(&l.buffer)
	}
	return data, err
}

// reportingFaults is desc whose methods stand behind d, receive through envelopes and return their faults.
func reportingFaults(desc grpc.ServiceDesc, p *pool, d *door) *grpc.ServiceDesc {
	methods := make([]grpc.MethodDesc, len(desc.Methods))
	for i, m := range desc.Methods {
		methods[i] = grpc.MethodDesc{MethodName: m.MethodName, Handler: reportingMethod(desc.ServiceName, m, p, d)}
	}
	streams := make([]grpc.StreamDesc, len(desc.Streams))
	for i, s := range desc.Streams {
		next := s.Handler
		s.Handler = func(srv any, stream grpc.ServerStream) error {
			f := &faultStream{stream, &envelope{}}
			defer func() { f.last.free() }()
			return next(srv, f)
		}
		streams[i] = s
	}
	desc.Methods, desc.Streams = methods, streams
	return &desc
}

func reportingMethod(service string, m grpc.MethodDesc, p *pool, d *door) grpc.MethodHandler {
	name := "/" + service + "/" + m.MethodName
	return func(srv any, ctx context.Context, dec func(any) error, i grpc.UnaryServerInterceptor) (any, error) {
		v, ctx := d.visitFor(ctx)
		if err := d.openUnary(ctx, v, name); err != nil {
			callOf(ctx).sendID(ctx, err)
			return nil, err
		}
		defer d.closeUnary(v)
		var request envelope
		defer request.free()
		resp, err := m.Handler(srv, ctx, func(m any) error {
			if err := request.open(m, dec); err != nil {
				return err
			}
			return d.startUnary(v, v.charge(m, request.size()))
		}, i)
		if !v.end(d.conns) {
			resp, err = nil, v.tooLong().err()
		}
		if err != nil {
			callOf(ctx).sendID(ctx, err)
		}
		if reply, ok := resp.(protobuf.Message); ok && v.reply != nil && p != nil {
			return &letter{reply, v.reply}, err
		}
		return resp, err
	}
}

// size is that of what was decoded, in bytes.
func (e *envelope) size() int {
	if e.data == nil {
		return 0
	}
	return e.data.Len()
}

// faultStream is a ServerStream whose messages come through envelopes. The texts of a message are good until the next.
type faultStream struct {
	grpc.ServerStream
	last *envelope
}

// RecvMsg receives into m.
func (s *faultStream) RecvMsg(m any) error {
	s.last.free()
	s.last = &envelope{} // interceptors see it and may keep it
	return s.last.open(m, s.ServerStream.RecvMsg)
}

// diagnose finds out why data is no message of type d.
func diagnose(data []byte, d protoreflect.MessageDescriptor) error {
	if err := findInvalidString(data, d); err != nil {
		return err
	}
	return refusal{
		code:    codes.InvalidArgument,
		reason:  pb.ErrorReason_ERROR_REASON_MALFORMED_MESSAGE,
		message: fmt.Sprintf("what was sent is no protobuf message of type %s", d.FullName()),
	}
}

// findInvalidString looks for the first string that is not UTF-8. It descends along the schema, which is not
// recursive, and stops where data is no message at all.
func findInvalidString(data []byte, d protoreflect.MessageDescriptor) error {
	seen := map[protowire.Number]int{}
	for len(data) > 0 {
		number, kind, tag := protowire.ConsumeTag(data)
		if tag < 0 {
			break
		}
		size := protowire.ConsumeFieldValue(number, kind, data[tag:])
		if size < 0 {
			break
		}
		field := d.Fields().ByNumber(number)
		if field != nil && kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(data[tag:])
			if err := invalidStringIn(value, field, seen[number]); err != nil {
				return err
			}
		}
		seen[number]++
		data = data[tag+size:]
	}
	return nil
}

func invalidStringIn(value []byte, f protoreflect.FieldDescriptor, index int) error {
	path := string(f.Name())
	if f.IsList() {
		path = fmt.Sprintf("%s[%d]", path, index)
	}
	switch f.Kind() {
	case protoreflect.MessageKind:
		return under(path+".", findInvalidString(value, f.Message()))
	case protoreflect.StringKind:
		if offset, bad := invalidOffset(han.CheckUTF8(value)); bad {
			return invalidUTF8(path, offset)
		}
	}
	return nil
}
