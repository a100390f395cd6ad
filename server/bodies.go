package server

import (
	"errors"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	protobuf "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// The text is nearly all of a message. Protobuf copies it on its way in and out, and takes longer to see that it is
// UTF-8 than most else in a call. So the texts of Convert and StreamConvert are taken out of messages and put into
// them here, and protobuf has what stands beside them.

// leastBody is the size from which that pays, in bytes.
const leastBody = 1 * kib

var errNotUTF8 = errors.New("a string field is not UTF-8")

// decode is protobuf.Unmarshal, except that a text in m shares the memory of data, which must not be written to.
func decode(data []byte, m protobuf.Message) error {
	if len(data) >= leastBody {
		switch m := m.(type) {
		case *pb.ConvertRequest:
			return decodeConvert(data, m)
		case *pb.StreamConvertRequest:
			return decodeChunk(data, m)
		}
	}
	return protobuf.Unmarshal(data, m)
}

func decodeConvert(data []byte, m *pb.ConvertRequest) error {
	const text, rawText = 2, 3
	b, ok := findBody(data, text, rawText)
	if !ok {
		return protobuf.Unmarshal(data, m)
	}
	if err := protobuf.Unmarshal(b.rest, m); err != nil {
		return err
	}
	if b.field == rawText {
		m.Content = &pb.ConvertRequest_RawText{RawText: b.value}
		return nil
	}
	if !validUTF8(b.value) {
		return errNotUTF8
	}
	m.Content = &pb.ConvertRequest_Text{Text: stringOf(b.value)}
	return nil
}

func decodeChunk(data []byte, m *pb.StreamConvertRequest) error {
	const options, chunk = 1, 2
	b, ok := findBody(data, options, chunk)
	if !ok || b.field != chunk {
		return protobuf.Unmarshal(data, m)
	}
	if err := protobuf.Unmarshal(b.rest, m); err != nil {
		return err
	}
	m.Message = &pb.StreamConvertRequest_Chunk{Chunk: b.value}
	return nil
}

// body is the member of a oneof in a message's encoding.
type body struct {
	field protowire.Number
	value []byte
	rest  []byte // the encoding without it
}

// findBody looks for the one field of data that is first or second, the members of a oneof. It is not ok if there is
// none, if there are more, of which the last would count, and if data is not well formed.
func findBody(data []byte, first, second protowire.Number) (b body, ok bool) {
	for at := 0; at < len(data); {
		number, kind, tag := protowire.ConsumeTag(data[at:])
		if tag < 0 {
			return body{}, false
		}
		size := protowire.ConsumeFieldValue(number, kind, data[at+tag:])
		if size < 0 {
			return body{}, false
		}
		end := at + tag + size
		if number == first || number == second {
			if ok || kind != protowire.BytesType {
				return body{}, false
			}
			value, _ := protowire.ConsumeBytes(data[at+tag:])
			b, ok = body{number, value, without(data, at, end)}, true
		}
		at = end
	}
	return b, ok
}

// without is data less what stands from start to end.
func without(data []byte, start, end int) []byte {
	if end == len(data) {
		return data[:start]
	}
	return append(append([]byte(nil), data[:start]...), data[end:]...)
}

// encode is protobuf.Marshal, except that the text of m becomes a buffer of its own, the second one, without a copy. It
// is not ok if m has no text for which that pays.
func encode(m any) (data mem.BufferSlice, ok bool, err error) {
	switch m := m.(type) {
	case *pb.ConvertResponse:
		const text, rawText = 1, 2
		if m.GetRawText() != nil {
			return encodeBody(m, rawText, m.GetRawText())
		}
		data, ok, err = encodeBody(m, text, bytesOf(m.GetText()))
		if ok && !validUTF8(bytesOf(m.GetText())) {
			return nil, true, errNotUTF8
		}
		return data, ok, err
	case *pb.StreamConvertResponse:
		const chunk = 2
		return encodeBody(m, chunk, m.GetChunk())
	}
	return nil, false, nil
}

func encodeBody(m protobuf.Message, field protowire.Number, value []byte) (data mem.BufferSlice, ok bool, err error) {
	if len(value) < leastBody {
		return nil, false, nil
	}
	head, err := protobuf.Marshal(withoutField(m.ProtoReflect(), field))
	if err != nil {
		return nil, true, err
	}
	head = protowire.AppendTag(head, field, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(value)))
	return mem.BufferSlice{mem.SliceBuffer(head), mem.SliceBuffer(value)}, true, nil
}

// withoutField is a message that shares all of m but one field.
func withoutField(m protoreflect.Message, field protowire.Number) protobuf.Message {
	rest := m.New()
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Number() != field {
			rest.Set(f, v)
		}
		return true
	})
	rest.SetUnknown(m.GetUnknown())
	return rest.Interface()
}
