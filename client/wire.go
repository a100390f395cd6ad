package client

import (
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

func (o Options) toProto() *pb.ConversionOptions {
	p := &pb.ConversionOptions{
		Profile:        validString(o.Profile),
		SourceLanguage: validString(o.Source),
		TargetLanguage: validString(o.Target),
		TofuRisk:       o.TofuRisk,
		InvalidUtf8:    pb.InvalidUtf8Policy_INVALID_UTF8_POLICY_KEEP,
	}
	if o.Strict {
		p.InvalidUtf8 = pb.InvalidUtf8Policy_INVALID_UTF8_POLICY_REJECT
	}
	return p
}

// validString makes s fit for protobuf. No name has broken characters, so the server refuses it all the same.
func validString(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

func (u OffsetUnit) toProto() pb.OffsetUnit {
	switch u {
	case NoAlignment:
		return pb.OffsetUnit_OFFSET_UNIT_UNSPECIFIED
	case Bytes:
		return pb.OffsetUnit_OFFSET_UNIT_BYTES
	case CodePoints:
		return pb.OffsetUnit_OFFSET_UNIT_CODE_POINTS
	case UTF16CodeUnits:
		return pb.OffsetUnit_OFFSET_UNIT_UTF16_CODE_UNITS
	}
	return pb.OffsetUnit(u) // the server refuses it with its name
}

func itemToProto(text string) *pb.BatchConvertItem {
	if utf8.ValidString(text) {
		return &pb.BatchConvertItem{Content: &pb.BatchConvertItem_Text{Text: text}}
	}
	return &pb.BatchConvertItem{Content: &pb.BatchConvertItem_RawText{RawText: []byte(text)}}
}

func itemFromProto(r *pb.BatchConvertResult) Item {
	st := status.FromProto(r.GetStatus())
	if st.Code() != codes.OK {
		return Item{Err: newError(st.Err())}
	}
	return Item{Text: r.GetText() + string(r.GetRawText()), Spans: spansFromProto(r.GetAlignment())}
}

func infoFromProto(p *pb.ConversionInfo) Info {
	return Info{p.GetProfile(), p.GetDictionaryFingerprint(), p.GetDictionaryVersion()}
}

func spansFromProto(a *pb.Alignment) []Span {
	if a == nil {
		return nil
	}
	spans := make([]Span, len(a.GetSpans()))
	for i, s := range a.GetSpans() {
		spans[i] = Span{
			Source:  Range{int(s.GetSourceStart()), int(s.GetSourceEnd())},
			Target:  Range{int(s.GetTargetStart()), int(s.GetTargetEnd())},
			Changed: s.GetChanged(),
		}
	}
	return spans
}

func profileFromProto(p *pb.Profile) Profile {
	return Profile{
		Name:        p.GetName(),
		Description: p.GetDescription(),
		Source:      p.GetSourceLanguage(),
		Target:      p.GetTargetLanguage(),
		Phrases:     p.GetReplacesPhrases(),
	}
}
