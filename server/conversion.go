package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"google.golang.org/grpc/codes"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// sliceBytes is how much is converted between two looks at the deadline: five milliseconds' work for the slowest profile
// on its worst text, far from the 50 ms within which a cancelled call has to end.
const sliceBytes = 64 * kib

// contextSliceBytes is the same for a conversion by context, which takes ten times as long and more.
const contextSliceBytes = 8 * kib

// conversion is what a request asks for, once it is known to make sense.
type conversion struct {
	profile   string
	converter *han.Converter
	strict    bool
	unit      pb.OffsetUnit
}

// sliceFor is how much is converted between two looks at the deadline.
func sliceFor(c *han.Converter) int {
	if c.Context() {
		return contextSliceBytes
	}
	return sliceBytes
}

func (c conversion) aligns() bool { return c.unit != pb.OffsetUnit_OFFSET_UNIT_UNSPECIFIED }

// text is a text in one of the two ways in which it travels. Its bytes must not be written to.
type text struct {
	bytes []byte
	isRaw bool // or it is UTF-8
}

func (t text) field() string {
	if t.isRaw {
		return "raw_text"
	}
	return "text"
}

// checkUTF8 looks at raw texts only: a protobuf string that is not UTF-8 does not get here.
func (t text) checkUTF8() error {
	if t.isRaw {
		return checkUTF8(t.bytes)
	}
	return nil
}

// converted is a text in the way of its source, with the alignment if it was asked for.
type converted struct {
	text
	alignment *pb.Alignment
	byContext int // code points of the source that were decided by context
}

// convert converts t, or gives up with ctx; the result lies in a buffer of p, unless it is aligned. Fields in a refusal
// are those of t's message.
func (c conversion) convert(ctx context.Context, p *pool, t text) (converted, error) {
	if c.strict {
		if offset, bad := invalidOffset(t.checkUTF8()); bad {
			return converted{}, invalidUTF8(t.field(), offset)
		}
	}
	if err := interrupted(ctx); err != nil {
		return converted{}, err
	}
	if c.aligns() {
		a := c.converter.Align(string(t.bytes))
		return converted{text{bytesOf(a.Target), t.isRaw}, alignmentToProto(a, c.unit), decidedByContext(a.Choices)}, nil
	}
	out, byContext, err := convertSlices(ctx, c.converter, p.buffer(roomFor(len(t.bytes))), t.bytes)
	return converted{text{out, t.isRaw}, nil, byContext}, err
}

// convertSlices appends what s becomes, slice by slice, and looks at ctx in between. It counts what was decided by
// context, in code points of s.
func convertSlices(ctx context.Context, c *han.Converter, dst, s []byte) (out []byte, byContext int, err error) {
	if len(s) <= sliceFor(c) {
		out, byContext = c.AppendCount(dst, s)
		return out, byContext, nil
	}
	stream := c.NewStream()
	for len(s) > 0 {
		n := min(len(s), sliceFor(c))
		dst = stream.Append(dst, s[:n])
		s = s[n:]
		if err := interrupted(ctx); err != nil {
			return nil, 0, err
		}
	}
	return stream.Flush(dst), stream.ByContext(), nil
}

// roomFor is enough for what most texts of n bytes become.
func roomFor(n int) int { return n + n/16 + 32 }

// info tells the client what converted its text.
func (c conversion) info() *pb.ConversionInfo {
	info := &pb.ConversionInfo{
		Profile:               c.profile,
		DictionaryFingerprint: c.converter.Fingerprint(),
		DictionaryVersion:     han.DictionaryVersion(),
	}
	if c.converter.Context() {
		info.Context, info.ModelVersion, info.ModelFingerprint = true, han.ModelVersion(), han.ModelFingerprint()
	}
	return info
}

// newConversion validates o, whose fields are named below "options.".
func newConversion(known *catalog, o *pb.ConversionOptions, unit pb.OffsetUnit) (conversion, error) {
	if err := knownUnit(unit); err != nil {
		return conversion{}, err
	}
	strict, err := isStrict(o.GetInvalidUtf8())
	if err != nil {
		return conversion{}, err
	}
	name, converter, err := known.resolve(o)
	return conversion{name, converter, strict, unit}, under("options.", err)
}

func isStrict(p pb.InvalidUtf8Policy) (bool, error) {
	switch p {
	case pb.InvalidUtf8Policy_INVALID_UTF8_POLICY_UNSPECIFIED, pb.InvalidUtf8Policy_INVALID_UTF8_POLICY_KEEP:
		return false, nil
	case pb.InvalidUtf8Policy_INVALID_UTF8_POLICY_REJECT:
		return true, nil
	}
	return false, unknownEnumValue("options.invalid_utf8", int32(p))
}

func knownUnit(u pb.OffsetUnit) error {
	if _, ok := pb.OffsetUnit_name[int32(u)]; !ok {
		return unknownEnumValue("alignment_unit", int32(u))
	}
	return nil
}

func unknownEnumValue(field string, value int32) error {
	return refusal{
		code:     codes.InvalidArgument,
		reason:   pb.ErrorReason_ERROR_REASON_UNKNOWN_ENUM_VALUE,
		message:  fmt.Sprintf("this server does not know the value %d of %s", value, field),
		fields:   []string{field},
		metadata: map[string]string{"value": strconv.Itoa(int(value))},
	}
}

// invalidOffset takes the offset out of the error of han.CheckUTF8.
func invalidOffset(err error) (offset int64, bad bool) {
	var e *han.InvalidUTF8Error
	if errors.As(err, &e) {
		return e.Offset, true
	}
	return 0, false
}
