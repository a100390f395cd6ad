package client

import (
	"strings"
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
		Context:        o.Context.toProto(),
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

func (m ContextMode) toProto() pb.ContextMode {
	switch m {
	case ContextDefault:
		return pb.ContextMode_CONTEXT_MODE_UNSPECIFIED
	case ContextOn:
		return pb.ContextMode_CONTEXT_MODE_ON
	case ContextOff:
		return pb.ContextMode_CONTEXT_MODE_OFF
	}
	return pb.ContextMode(m) // the server refuses it with its name
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
	return Item{
		Text:    r.GetText() + string(r.GetRawText()),
		Spans:   spansFromProto(r.GetAlignment()),
		Choices: choicesFromProto(r.GetAlignment()),
	}
}

func infoFromProto(p *pb.ConversionInfo) Info {
	return Info{
		Profile:     p.GetProfile(),
		Fingerprint: p.GetDictionaryFingerprint(),
		Version:     p.GetDictionaryVersion(),
		Context:     p.GetContext(),
		Model:       Model{p.GetModelVersion(), p.GetModelFingerprint()},
	}
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

func choicesFromProto(a *pb.Alignment) []Choice {
	var choices []Choice
	for _, p := range a.GetChoices() {
		c := Choice{
			Source:     Range{int(p.GetSourceStart()), int(p.GetSourceEnd())},
			Chosen:     int(p.GetChosen()),
			Confidence: float64(p.GetConfidence()),
			Reason:     Reason(strings.TrimPrefix(p.GetReason().String(), "CHOICE_REASON_")),
		}
		for _, candidate := range p.GetCandidates() {
			c.Candidates = append(c.Candidates, Candidate{candidate.GetText(), float64(candidate.GetProbability())})
		}
		choices = append(choices, c)
	}
	return choices
}

func profileFromProto(p *pb.Profile) Profile {
	return Profile{
		Name:        p.GetName(),
		Description: p.GetDescription(),
		Source:      p.GetSourceLanguage(),
		Target:      p.GetTargetLanguage(),
		Phrases:     p.GetReplacesPhrases(),
		Context:     p.GetChoosesByContext(),
	}
}
