package server_test

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

// contested has characters and a word on which the dictionaries and the context disagree, between characters that count
// differently in every unit.
const contested = "𠮷野家：爱迪生发明了电灯。\xff少数组织的法律程序，头发😀后面的皇后\n"

const (
	contextOn      = pb.ContextMode_CONTEXT_MODE_ON
	contextOff     = pb.ContextMode_CONTEXT_MODE_OFF
	contextDefault = pb.ContextMode_CONTEXT_MODE_UNSPECIFIED
)

func inContext(profile string, mode pb.ContextMode) *pb.ConversionOptions {
	return &pb.ConversionOptions{Profile: profile, Context: mode}
}

func taiwan(mode pb.ContextMode) *pb.ConversionOptions {
	return &pb.ConversionOptions{SourceLanguage: "zh-CN", TargetLanguage: "zh-TW", Context: mode}
}

// TestContextIsWhatTheOptionsSay goes through every mode, by profile and by language, in each of the three calls.
func TestContextIsWhatTheOptionsSay(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	exact, chosen := converter(t, "s2twp"), converter(t, "s2twp", han.WithContext())
	if exact.Convert(contested) == chosen.Convert(contested) {
		t.Fatal("the text shows no difference")
	}
	for _, test := range []struct {
		options *pb.ConversionOptions
		want    *han.Converter
	}{
		{inContext("s2twp", contextDefault), exact},
		{inContext("s2twp", contextOff), exact},
		{inContext("s2twp", contextOn), chosen},
		{inContext("s2twp.json", contextOn), chosen},
		{taiwan(contextDefault), chosen},
		{taiwan(contextOff), exact},
		{taiwan(contextOn), chosen},
		{inContext("t2jp", contextOn), converter(t, "t2jp")}, // has nothing to choose
		{&pb.ConversionOptions{SourceLanguage: "zh-Hant", TargetLanguage: "ja"}, converter(t, "t2jp")},
		{&pb.ConversionOptions{Profile: "t2s", TofuRisk: true, Context: contextOn},
			converter(t, "t2s", han.WithTofuRisk(), han.WithContext())},
	} {
		text := contested + "鱂𩜇䰵䲁"
		checkCalls(t, c, test.options, text, test.want)
	}
}

func checkCalls(t *testing.T, c pb.ConversionServiceClient, o *pb.ConversionOptions, s string, want *han.Converter) {
	t.Helper()
	one, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: o, Content: &pb.ConvertRequest_RawText{RawText: []byte(s)}})
	if err != nil || string(one.GetRawText()) != want.Convert(s) {
		t.Errorf("%v: got %v, %v", o, one, err)
	}
	checkInfo(t, one.GetConversion(), want)
	batch, err := c.BatchConvert(t.Context(), &pb.BatchConvertRequest{Options: o, Items: []*pb.BatchConvertItem{
		{Content: &pb.BatchConvertItem_RawText{RawText: []byte(s)}},
	}})
	if err != nil || string(batch.GetResults()[0].GetRawText()) != want.Convert(s) {
		t.Errorf("%v: got %v, %v", o, batch, err)
	}
	checkInfo(t, batch.GetConversion(), want)
	got, info, err := streamAll(t.Context(), c, o, s[:7], s[7:40], s[40:])
	if err != io.EOF || got != want.Convert(s) {
		t.Errorf("%v: got %q, %v", o, got, err)
	}
	checkInfo(t, info, want)
}

func TestAnUnknownContextModeIsRefused(t *testing.T) {
	addr, _ := start(t)
	_, err := rpc(t, addr).Convert(t.Context(), &pb.ConvertRequest{
		Options: inContext("s2t", 77), Content: &pb.ConvertRequest_Text{Text: "x"},
	})
	f := failureOf(t, err)
	if f.code != codes.InvalidArgument || f.reason != "UNKNOWN_ENUM_VALUE" || f.meta["value"] != "77" ||
		len(f.fields) != 1 || f.fields[0] != "options.context" {
		t.Errorf("got %+v", f)
	}
}

// TestOwnProfilesConvertByTheirDictionaries: context is for the built-in ones.
func TestOwnProfilesConvertByTheirDictionaries(t *testing.T) {
	own, err := han.LoadConfig(fstest.MapFS{
		"mine.json": {Data: []byte(`{"name": "mine", "conversion_chain": [{"dict": {"type": "text", "file": "mine.txt"}}]}`)},
		"mine.txt":  {Data: []byte("发\t發\n")},
	}, "mine.json")
	if err != nil {
		t.Fatal(err)
	}
	addr, _ := start(t, server.WithProfiles(server.Profile{Name: "mine", Converter: own, TofuRisk: own}))
	c := rpc(t, addr)
	resp, err := c.Convert(t.Context(), &pb.ConvertRequest{
		Options: inContext("mine", contextOn), Content: &pb.ConvertRequest_Text{Text: "头发"},
	})
	if err != nil || resp.GetText() != "头發" || resp.GetConversion().GetContext() || resp.GetConversion().GetModelVersion() != "" {
		t.Errorf("got %v, %v", resp, err)
	}
	list, err := c.ListProfiles(t.Context(), &pb.ListProfilesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if last := list.GetProfiles()[len(list.GetProfiles())-1]; last.GetName() != "mine" || last.GetChoosesByContext() {
		t.Errorf("got %v", last)
	}
}

// TestChoicesInEveryUnit compares what the wire has with the library's bytes: the piece between the two ends has to be
// the same one.
func TestChoicesInEveryUnit(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	for _, name := range []string{"s2t", "s2twp", "s2hk", "tw2sp"} {
		a := converter(t, name, han.WithContext()).Align(contested)
		if len(a.Choices) == 0 {
			t.Fatalf("%s: no choices", name)
		}
		for unit, piece := range map[pb.OffsetUnit]func(start, end uint64) string{
			pb.OffsetUnit_OFFSET_UNIT_BYTES:            func(i, j uint64) string { return contested[i:j] },
			pb.OffsetUnit_OFFSET_UNIT_CODE_POINTS:      func(i, j uint64) string { return string([]rune(contested)[i:j]) },
			pb.OffsetUnit_OFFSET_UNIT_UTF16_CODE_UNITS: utf16Piece,
		} {
			resp, err := c.Convert(t.Context(), &pb.ConvertRequest{
				Options: inContext(name, contextOn), AlignmentUnit: unit,
				Content: &pb.ConvertRequest_RawText{RawText: []byte(contested)},
			})
			if err != nil {
				t.Fatal(err)
			}
			if string(resp.GetRawText()) != a.Target {
				t.Errorf("%s: got %q, want %q", name, resp.GetRawText(), a.Target)
			}
			checkChoices(t, resp.GetAlignment().GetChoices(), a, piece)
		}
	}
}

func utf16Piece(start, end uint64) string {
	return string(utf16.Decode(utf16.Encode([]rune(contested))[start:end]))
}

func checkChoices(t *testing.T, got []*pb.Choice, a han.Alignment, piece func(start, end uint64) string) {
	t.Helper()
	if len(got) != len(a.Choices) {
		t.Fatalf("%d choices, want %d", len(got), len(a.Choices))
	}
	for i, w := range a.Choices {
		g := got[i]
		source := a.Source[w.Source.Start:w.Source.End]
		if p := piece(g.GetSourceStart(), g.GetSourceEnd()); p != source {
			t.Errorf("choice %d is about %q, want %q", i, p, source)
		}
		if !proto.Equal(g, wanted(w, g)) {
			t.Errorf("choice %d: got %v, want %+v", i, g, w)
		}
	}
}

// wanted is a choice of the library with the place of g.
func wanted(c han.Choice, g *pb.Choice) *pb.Choice {
	out := &pb.Choice{
		SourceStart: g.GetSourceStart(), SourceEnd: g.GetSourceEnd(),
		Chosen: uint32(c.Chosen), Confidence: float32(c.Confidence),
		Reason: pb.ChoiceReason(pb.ChoiceReason_value["CHOICE_REASON_"+strings.ToUpper(string(c.Reason))]),
	}
	for _, candidate := range c.Candidates {
		out.Candidates = append(out.Candidates, &pb.Candidate{
			Text: candidate.Text, Probability: float32(candidate.Probability),
		})
	}
	return out
}

func TestChoicesOfABatchAndOfExactText(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	text := strings.ToValidUTF8(contested, "")
	for mode, want := range map[pb.ContextMode]int{
		contextOn:  len(converter(t, "s2tw", han.WithContext()).Align(text).Choices),
		contextOff: 0,
	} {
		resp, err := c.BatchConvert(t.Context(), &pb.BatchConvertRequest{
			Options: inContext("s2tw", mode), AlignmentUnit: pb.OffsetUnit_OFFSET_UNIT_CODE_POINTS,
			Items: []*pb.BatchConvertItem{
				{Content: &pb.BatchConvertItem_Text{}}, {Content: &pb.BatchConvertItem_Text{Text: text}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := resp.GetResults()
		if n := len(got[1].GetAlignment().GetChoices()); n != want || len(got[0].GetAlignment().GetChoices()) != 0 {
			t.Errorf("%v: %d choices, want %d", mode, n, want)
		}
	}
}

// TestContextStreamsEqualOneCall sends long text in pieces, and as one text, which goes through slices.
func TestContextStreamsEqualOneCall(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	r := rand.New(rand.NewPCG(11, 12))
	for _, name := range []string{"s2twp", "hk2sp", "s2t"} {
		s := mixture(r, 150*kib) + contested
		want := converter(t, name, han.WithContext()).Convert(s)
		got, _, err := streamAll(t.Context(), c, inContext(name, contextOn), cut(r, s)...)
		if err != io.EOF || got != want {
			t.Errorf("%s: %d bytes and %v, want %d bytes", name, len(got), err, len(want))
		}
		resp, err := c.Convert(t.Context(), &pb.ConvertRequest{
			Options: inContext(name, contextOn), Content: &pb.ConvertRequest_RawText{RawText: []byte(s)},
		})
		if err != nil || string(resp.GetRawText()) != want {
			t.Errorf("%s: %d bytes and %v, want %d bytes", name, len(resp.GetRawText()), err, len(want))
		}
	}
}

func TestContestedTextCountsDifferently(t *testing.T) {
	runes := utf8.RuneCountInString(contested)
	if units := len(utf16.Encode([]rune(contested))); units == runes || runes == len(contested) {
		t.Errorf("%d bytes, %d code points, %d units", len(contested), runes, units)
	}
}
