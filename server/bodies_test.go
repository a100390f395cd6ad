package server

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// wireField is the encoding of a field of bytes, a string or a message.
func wireField(n protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), value)
}

// encodings are requests in every shape that this package decodes itself, and in shapes near to them.
func encodings() (all [][]byte) {
	long := strings.Repeat("里面", leastBody)
	options := wireField(1, string(wireField(1, "s2t")))
	alignment := protowire.AppendVarint(protowire.AppendTag(nil, 4, protowire.VarintType), 2)
	unknown := wireField(99, "who knows")
	number := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 7)
	text, raw := wireField(2, long), wireField(3, long+"\xff")
	for _, parts := range [][][]byte{
		{options, text}, {text, options}, {options, text, alignment}, {raw, unknown, options}, {unknown, raw},
		{options, text, raw}, {raw, text}, {text, text}, {number, text}, {text, number}, {options, options, text},
		{options, wireField(2, long+"\xff")}, {wireField(2, "\xed\xa0\x80"+long)}, {wireField(1, "\xff"), text},
		{text[:len(text)-1]}, {text, {0xff}}, {text, {0x07}}, {unknown, unknown, wireField(1, long)},
		{options, wireField(2, ""), wireField(77, long)}, {text, wireField(2, "")}, {options, wireField(2, "short")},
		{protowire.AppendTag(nil, 2, protowire.StartGroupType), text, protowire.AppendTag(nil, 2, protowire.EndGroupType)},
	} {
		all = append(all, slices.Concat(parts...))
	}
	return all
}

// checkDecode compares with what protobuf makes of the same bytes.
func checkDecode(t *testing.T, data []byte) {
	t.Helper()
	for _, m := range []proto.Message{&pb.ConvertRequest{}, &pb.StreamConvertRequest{}, &pb.BatchConvertRequest{}} {
		want := m.ProtoReflect().New().Interface()
		wantErr := proto.Unmarshal(data, want)
		gotErr := decode(bytes.Clone(data), m)
		if (gotErr == nil) != (wantErr == nil) {
			t.Errorf("%T %.60q: error %v, want %v", m, data, gotErr, wantErr)
		}
		if gotErr == nil && !proto.Equal(m, want) {
			t.Errorf("%T %.60q: got %.60v, want %.60v", m, data, m, want)
		}
	}
}

func TestDecodeIsUnmarshal(t *testing.T) {
	for _, data := range encodings() {
		checkDecode(t, data)
	}
}

func FuzzDecodeIsUnmarshal(f *testing.F) {
	for _, data := range encodings() {
		f.Add(data[:min(len(data), 100)], data[min(len(data), 100):])
	}
	f.Fuzz(func(t *testing.T, head, tail []byte) {
		checkDecode(t, slices.Concat(head, wireField(2, strings.Repeat("里", leastBody)), tail))
		checkDecode(t, slices.Concat(head, wireField(42, strings.Repeat("里", leastBody)), tail))
	})
}

// whole is a message in which every field is set and so is one that this version does not know; in a oneof the member
// with the name that is given.
func whole(m protoreflect.Message, member string) protoreflect.Message {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.ContainingOneof() != nil && string(f.Name()) != member:
		case f.IsList():
			m.Mutable(f).List().Append(protoreflect.ValueOfMessage(whole(m.Mutable(f).List().NewElement().Message(), "")))
		case f.Kind() == protoreflect.MessageKind:
			whole(m.Mutable(f).Message(), "")
		default:
			m.Set(f, sample(f))
		}
	}
	m.SetUnknown(wireField(99, "who knows"))
	return m
}

func sample(f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(strings.Repeat("里面", leastBody))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(0.5)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(0.25)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(bytes.Repeat([]byte("里\xff"), leastBody))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(1)
	}
	return protoreflect.ValueOfUint64(7)
}

func TestEncodeIsMarshal(t *testing.T) {
	for member, m := range map[string]proto.Message{
		"text": &pb.ConvertResponse{}, "raw_text": &pb.ConvertResponse{}, "chunk": &pb.StreamConvertResponse{},
	} {
		whole(m.ProtoReflect(), member)
		data, ok, err := encode(m)
		if !ok || err != nil {
			t.Fatalf("%s: ok %v, error %v", member, ok, err)
		}
		got := m.ProtoReflect().New().Interface()
		if err := proto.Unmarshal(data.Materialize(), got); err != nil || !proto.Equal(got, m) {
			t.Errorf("%s: got %.200v, error %v", member, got, err)
		}
	}
}

func TestEncodeLeavesTheRestToProtobuf(t *testing.T) {
	for _, m := range []proto.Message{
		&pb.ConvertResponse{},
		&pb.ConvertResponse{Content: &pb.ConvertResponse_Text{Text: "short"}},
		&pb.ConvertResponse{Content: &pb.ConvertResponse_RawText{}},
		&pb.StreamConvertResponse{Message: &pb.StreamConvertResponse_Header{}},
		&pb.ListProfilesResponse{},
	} {
		if _, ok, err := encode(m); ok || err != nil {
			t.Errorf("%T %v: ok %v, error %v", m, m, ok, err)
		}
	}
}

func TestEncodeRefusesAStringThatIsNotUTF8(t *testing.T) {
	text := strings.Repeat("x", 2*leastBody) + "\xff"
	if _, ok, err := encode(&pb.ConvertResponse{Content: &pb.ConvertResponse_Text{Text: text}}); !ok || err == nil {
		t.Errorf("ok %v, error %v", ok, err)
	}
}

func TestValidUTF8(t *testing.T) {
	pieces := []string{
		"a", "ascii and more of it", "é", "里", "里面的字", "，。", "한", "\U00020bb7", "\u0800", "\ud7ff", "\ue000", "\uffff",
		"\x80", "\xc0\xaf", "\xe9", "\xe9\x87", "\xe0\x9f\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xed\xa0\x80", "\xf0\x9f", "\xf4\x90\x80\x80", "\xff",
	}
	for _, a := range pieces {
		for _, b := range pieces {
			for n := range 30 {
				checkValid(t, strings.Repeat("里", n%7)+strings.Repeat("x", n)+a+strings.Repeat("面", n%5)+b+strings.Repeat("字", n))
			}
		}
	}
}

func FuzzValidUTF8(f *testing.F) {
	f.Add("里面的字里面的字", "\xed\xa0\x80", 5)
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		checkValid(t, strings.Repeat(a, max(0, n)%8)+b+a)
	})
}

func checkValid(t *testing.T, s string) {
	t.Helper()
	if got := validUTF8([]byte(s)); got != utf8.ValidString(s) {
		t.Fatalf("%q: %v", s, got)
	}
}

func TestPoolLendsWhatIsAskedFor(t *testing.T) {
	p := &pool{}
	for _, n := range []int{0, 1, leastBody - 1, leastBody, leastBody + 1, 20_000, 64 * kib, 64*kib + 1, 5 * mib} {
		for range 3 {
			b := p.Get(n)
			if len(*b) != n || cap(*b) < leastBody {
				t.Fatalf("asked for %d, got %d of %d", n, len(*b), cap(*b))
			}
			p.Put(b)
		}
		odd := make([]byte, n) // a buffer that grew under its borrower
		p.Put(&odd)
	}
	if b := (*pool)(nil).buffer(9); len(b) != 0 || cap(b) < 9 {
		t.Errorf("without a pool: %d of %d", len(b), cap(b))
	}
}
