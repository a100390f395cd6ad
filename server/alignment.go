package server

import (
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

func alignmentToProto(a han.Alignment, unit pb.OffsetUnit) *pb.Alignment {
	spans := a.Spans
	switch unit {
	case pb.OffsetUnit_OFFSET_UNIT_CODE_POINTS:
		spans = a.CodePoints()
	case pb.OffsetUnit_OFFSET_UNIT_UTF16_CODE_UNITS:
		spans = a.UTF16()
	}
	out := &pb.Alignment{Unit: unit, Spans: make([]*pb.AlignmentSpan, len(spans))}
	for i, s := range spans {
		out.Spans[i] = &pb.AlignmentSpan{
			SourceStart: uint64(s.Source.Start), SourceEnd: uint64(s.Source.End),
			TargetStart: uint64(s.Target.Start), TargetEnd: uint64(s.Target.End),
			Changed: s.Changed,
		}
	}
	out.Choices = choicesToProto(a, unit)
	return out
}

// choicesToProto counts the places of choices in unit, once through the text: choices are in the order of their starts,
// and each is short.
func choicesToProto(a han.Alignment, unit pb.OffsetUnit) []*pb.Choice {
	var out []*pb.Choice
	bytes, units := 0, 0 // reached so far
	for i := range a.Choices {
		c := &a.Choices[i]
		units += length(a.Source[bytes:c.Source.Start], unit)
		bytes = c.Source.Start
		p := choiceToProto(c)
		p.SourceStart = uint64(units)
		p.SourceEnd = uint64(units + length(a.Source[c.Source.Start:c.Source.End], unit))
		out = append(out, p)
	}
	return out
}

// decidedByContext counts the code points of the choices that are the model's, as han.Converter.AppendCount does.
func decidedByContext(choices []han.Choice) (n int) {
	for i := range choices {
		if r := choices[i].Reason; r == han.ReasonModel || r == han.ReasonName {
			n += utf8.RuneCountInString(choices[i].Candidates[0].Text)
		}
	}
	return n
}

func choiceToProto(c *han.Choice) *pb.Choice {
	p := &pb.Choice{
		Candidates: make([]*pb.Candidate, len(c.Candidates)),
		Chosen:     uint32(c.Chosen), Confidence: float32(c.Confidence), Reason: reasons[c.Reason],
	}
	for i, candidate := range c.Candidates {
		p.Candidates[i] = &pb.Candidate{Text: candidate.Text, Probability: float32(candidate.Probability)}
	}
	return p
}

var reasons = map[han.Reason]pb.ChoiceReason{
	han.ReasonDictionary: pb.ChoiceReason_CHOICE_REASON_DICTIONARY,
	han.ReasonModel:      pb.ChoiceReason_CHOICE_REASON_MODEL,
	han.ReasonName:       pb.ChoiceReason_CHOICE_REASON_NAME,
	han.ReasonScript:     pb.ChoiceReason_CHOICE_REASON_SCRIPT,
}

// length counts s in unit; a byte that is not UTF-8 is one of every unit.
func length(s string, unit pb.OffsetUnit) int {
	switch unit {
	case pb.OffsetUnit_OFFSET_UNIT_CODE_POINTS:
		return utf8.RuneCountInString(s)
	case pb.OffsetUnit_OFFSET_UNIT_UTF16_CODE_UNITS:
		n := 0
		for _, c := range s {
			n++
			if c > 0xFFFF {
				n++
			}
		}
		return n
	}
	return len(s)
}
