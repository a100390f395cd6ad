package client

import (
	mathrand "math/rand"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/quick"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// fill sets every scalar field of m to a value of its own, so that a field which a mapping forgets or swaps shows.
func fill(m protoreflect.Message, r *rand.Rand) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		switch f := fields.Get(i); f.Kind() {
		case protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(string([]rune{rune(0x4e00 + r.IntN(20000)), rune('a' + i)})))
		case protoreflect.Uint64Kind:
			m.Set(f, protoreflect.ValueOfUint64(1+r.Uint64N(1<<40)))
		case protoreflect.Uint32Kind:
			m.Set(f, protoreflect.ValueOfUint32(1+r.Uint32N(1<<30)))
		case protoreflect.FloatKind:
			m.Set(f, protoreflect.ValueOfFloat32(r.Float32()))
		case protoreflect.EnumKind:
			m.Set(f, protoreflect.ValueOfEnum(f.Enum().Values().Get(r.IntN(f.Enum().Values().Len())).Number()))
		case protoreflect.BoolKind:
			m.Set(f, protoreflect.ValueOfBool(true))
		}
	}
}

func TestRepliesAreMappedWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 1000 {
		info, profile, span := &pb.ConversionInfo{}, &pb.Profile{}, &pb.AlignmentSpan{}
		for _, m := range []proto.Message{info, profile, span} {
			fill(m.ProtoReflect(), r)
		}
		i := infoFromProto(info)
		if back := (&pb.ConversionInfo{
			Profile: i.Profile, DictionaryFingerprint: i.Fingerprint, DictionaryVersion: i.Version,
			Context: i.Context, ModelVersion: i.Model.Version, ModelFingerprint: i.Model.Fingerprint,
		}); !proto.Equal(back, info) {
			t.Fatalf("%v became %+v", info, i)
		}
		p := profileFromProto(profile)
		if back := (&pb.Profile{
			Name: p.Name, Description: p.Description, SourceLanguage: p.Source, TargetLanguage: p.Target,
			ReplacesPhrases: p.Phrases, ChoosesByContext: p.Context,
		}); !proto.Equal(back, profile) {
			t.Fatalf("%v became %+v", profile, p)
		}
		s := spansFromProto(&pb.Alignment{Spans: []*pb.AlignmentSpan{span}})[0]
		if back := (&pb.AlignmentSpan{
			SourceStart: uint64(s.Source.Start), SourceEnd: uint64(s.Source.End),
			TargetStart: uint64(s.Target.Start), TargetEnd: uint64(s.Target.End), Changed: s.Changed,
		}); !proto.Equal(back, span) {
			t.Fatalf("%v became %+v", span, s)
		}
	}
}

func TestChoicesAreMappedWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 1000 {
		choice := &pb.Choice{}
		fill(choice.ProtoReflect(), r)
		for range 1 + r.IntN(3) {
			candidate := &pb.Candidate{}
			fill(candidate.ProtoReflect(), r)
			choice.Candidates = append(choice.Candidates, candidate)
		}
		c := choicesFromProto(&pb.Alignment{Choices: []*pb.Choice{choice}})[0]
		back := &pb.Choice{
			SourceStart: uint64(c.Source.Start), SourceEnd: uint64(c.Source.End), Chosen: uint32(c.Chosen),
			Confidence: float32(c.Confidence), Reason: pb.ChoiceReason(pb.ChoiceReason_value["CHOICE_REASON_"+string(c.Reason)]),
		}
		for _, candidate := range c.Candidates {
			back.Candidates = append(back.Candidates, &pb.Candidate{
				Text: candidate.Text, Probability: float32(candidate.Probability),
			})
		}
		if !proto.Equal(back, choice) {
			t.Fatalf("%v became %+v", choice, c)
		}
	}
}

// optionsFromProto is the inverse of Options.toProto.
func optionsFromProto(p *pb.ConversionOptions, unit pb.OffsetUnit) Options {
	return Options{
		Profile: p.GetProfile(), Source: p.GetSourceLanguage(), Target: p.GetTargetLanguage(), TofuRisk: p.GetTofuRisk(),
		Strict:    p.GetInvalidUtf8() == pb.InvalidUtf8Policy_INVALID_UTF8_POLICY_REJECT,
		Context:   ContextMode(p.GetContext()),
		Alignment: OffsetUnit(unit),
	}
}

func TestOptionsSurviveTheWire(t *testing.T) {
	property := func(o Options) bool {
		data, err := proto.Marshal(o.toProto())
		if err != nil {
			return false
		}
		p := &pb.ConversionOptions{}
		return proto.Unmarshal(data, p) == nil && optionsFromProto(p, o.Alignment.toProto()) == o
	}
	values := func(v []reflect.Value, r *mathrand.Rand) {
		v[0] = reflect.ValueOf(Options{
			Profile: word(r), Source: word(r), Target: word(r),
			TofuRisk: r.Intn(2) == 0, Strict: r.Intn(2) == 0, Context: ContextMode(r.Intn(3)), Alignment: OffsetUnit(r.Intn(4)),
		})
	}
	if err := quick.Check(property, &quick.Config{Values: values}); err != nil {
		t.Error(err)
	}
}

func word(r *mathrand.Rand) string {
	v, _ := quick.Value(reflect.TypeFor[string](), r)
	return validString(v.String())
}

func TestEveryFieldOfTheOptionsIsMapped(t *testing.T) {
	p := Options{Profile: "p", Source: "s", Target: "t", TofuRisk: true, Strict: true, Context: ContextOn}.toProto().ProtoReflect()
	fields := p.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); !p.Has(f) {
			t.Errorf("no option sets %s", f.Name())
		}
	}
}

func TestModesHaveTheNumbersOfTheWire(t *testing.T) {
	for _, m := range []ContextMode{ContextDefault, ContextOn, ContextOff} {
		if int(m) != int(m.toProto()) {
			t.Errorf("%d is %v", m, m.toProto())
		}
	}
	if len(pb.ContextMode_name) != 3 {
		t.Errorf("the wire has %d modes", len(pb.ContextMode_name))
	}
}

func TestUnitsHaveTheNumbersOfTheWire(t *testing.T) {
	for _, u := range []OffsetUnit{NoAlignment, Bytes, CodePoints, UTF16CodeUnits} {
		if int(u) != int(u.toProto()) {
			t.Errorf("%d is %v", u, u.toProto())
		}
	}
	if len(pb.OffsetUnit_name) != 4 {
		t.Errorf("the wire has %d units", len(pb.OffsetUnit_name))
	}
}

func TestPlainTextStaysOnTheMachine(t *testing.T) {
	for target, local := range map[string]bool{
		"127.0.0.1:7420": true, "127.8.8.8:1": true, "[::1]:7420": true, "localhost:7420": true, "LOCALHOST:1": true,
		"dns:///localhost:7420": true, "unix:/run/s": true, "unix:///run/s": true, "unix-abstract:s": true,
		"127.0.0.1:1,localhost:2": true,
		"127.0.0.1:1,10.0.0.1:2":  false, "10.0.0.1:7420": false, "0.0.0.0:7420": false, "example.com:7420": false,
		"localhost.example.com:1": false, "localhost": false, "": false, "dns:///hanconv:7420": false,
		"dns://127.0.0.1:53/hanconv:7420": false, "127.0.0.1.example.com:1": false,
	} {
		if got := isLocal(target); got != local {
			t.Errorf("%q: local is %v", target, got)
		}
		protocol := newConfig(nil).credentials(target).Info().SecurityProtocol
		if want := map[bool]string{true: "insecure", false: "tls"}[local]; protocol != want {
			t.Errorf("%q: %s", target, protocol)
		}
	}
	if p := newConfig([]Option{WithPlaintext()}).credentials("example.com:1").Info().SecurityProtocol; p != "insecure" {
		t.Errorf("WithPlaintext: %s", p)
	}
}
