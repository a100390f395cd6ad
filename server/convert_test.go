package server_test

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

func TestConvertIsTheLibrary(t *testing.T) {
	tcp, _ := start(t)
	for name, target := range map[string]string{"tcp": tcp, "unix": startUnix(t)} {
		t.Run(name, func(t *testing.T) {
			c := rpc(t, target)
			for _, p := range han.Profiles() {
				for _, s := range samples {
					checkConvert(t, c, p.Name, s, false)
					checkConvert(t, c, p.Name, s, true)
				}
			}
		})
	}
}

func checkConvert(t *testing.T, c pb.ConversionServiceClient, name, s string, tofuRisk bool) {
	t.Helper()
	conv := converter(t, name)
	if tofuRisk {
		conv = converter(t, name, han.WithTofuRisk())
	}
	o := &pb.ConversionOptions{Profile: name, TofuRisk: tofuRisk}
	raw, err := c.Convert(t.Context(), &pb.ConvertRequest{
		Options: o, Content: &pb.ConvertRequest_RawText{RawText: []byte(s)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := raw.GetContent().(*pb.ConvertResponse_RawText); !ok || string(raw.GetRawText()) != conv.Convert(s) {
		t.Errorf("%s, raw %q: got %v, want %q", name, s, raw, conv.Convert(s))
	}
	checkInfo(t, raw.GetConversion(), conv)
	if han.CheckUTF8(s) != nil {
		return
	}
	str, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: o, Content: &pb.ConvertRequest_Text{Text: s}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := str.GetContent().(*pb.ConvertResponse_Text); !ok || str.GetText() != conv.Convert(s) {
		t.Errorf("%s, text %q: got %v, want %q", name, s, str, conv.Convert(s))
	}
}

func checkInfo(t *testing.T, got *pb.ConversionInfo, c *han.Converter) {
	t.Helper()
	want := &pb.ConversionInfo{
		Profile:               c.Profile().Name,
		DictionaryFingerprint: c.Fingerprint(),
		DictionaryVersion:     han.DictionaryVersion(),
	}
	if c.Context() {
		want.Context, want.ModelVersion, want.ModelFingerprint = true, han.ModelVersion(), han.ModelFingerprint()
	}
	if !proto.Equal(got, want) {
		t.Errorf("info %v, want %v", got, want)
	}
	if len(got.GetDictionaryFingerprint()) != 16 || got.GetDictionaryVersion() == "" {
		t.Errorf("info is incomplete: %v", got)
	}
}

func TestLongTextsGoThroughSlices(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range []string{"s2twp", "tw2sp", "s2hk-finance", "t2jp"} {
		s := mixture(r, 200*kib)
		resp, err := c.Convert(t.Context(), &pb.ConvertRequest{
			Options: profile(p), Content: &pb.ConvertRequest_Text{Text: strings.ToValidUTF8(s, "?")},
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := converter(t, p).Convert(strings.ToValidUTF8(s, "?")); resp.GetText() != want {
			t.Errorf("%s: %d bytes differ from the library's %d", p, len(resp.GetText()), len(want))
		}
	}
}

func TestConvertByLanguages(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	for _, tags := range [][2]string{{"zh-Hans-CN", "zh-Hant-TW"}, {"zh-hant-hk", "ZH-HANS"}, {"zh-SG", "zh-MO"}} {
		want, err := han.LookupTags(tags[0], tags[1])
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Convert(t.Context(), &pb.ConvertRequest{
			Options: &pb.ConversionOptions{SourceLanguage: tags[0], TargetLanguage: tags[1]},
			Content: &pb.ConvertRequest_Text{Text: "鼠标"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := resp.GetConversion().GetProfile(); got != want.Name {
			t.Errorf("%v: profile %q, want %q", tags, got, want.Name)
		}
	}
}

func TestAProfileMayCarryOpenCCsSuffix(t *testing.T) {
	addr, _ := start(t)
	resp, err := rpc(t, addr).Convert(t.Context(), &pb.ConvertRequest{
		Options: profile("s2t.json"), Content: &pb.ConvertRequest_Text{Text: "软件"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.GetText() != "軟件" || resp.GetConversion().GetProfile() != "s2t" {
		t.Errorf("got %v", resp)
	}
}

func TestAlignmentInEveryUnit(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	conv := converter(t, "s2twp")
	for _, s := range samples {
		a := conv.Align(s)
		for unit, want := range map[pb.OffsetUnit][]han.Span{
			pb.OffsetUnit_OFFSET_UNIT_BYTES:            a.Spans,
			pb.OffsetUnit_OFFSET_UNIT_CODE_POINTS:      a.CodePoints(),
			pb.OffsetUnit_OFFSET_UNIT_UTF16_CODE_UNITS: a.UTF16(),
		} {
			resp, err := c.Convert(t.Context(), &pb.ConvertRequest{
				Options: profile("s2twp"), Content: &pb.ConvertRequest_RawText{RawText: []byte(s)}, AlignmentUnit: unit,
			})
			if err != nil {
				t.Fatal(err)
			}
			if string(resp.GetRawText()) != a.Target || resp.GetAlignment().GetUnit() != unit {
				t.Errorf("%q: got %v", s, resp)
			}
			checkSpans(t, resp.GetAlignment().GetSpans(), want)
		}
	}
}

func checkSpans(t *testing.T, got []*pb.AlignmentSpan, want []han.Span) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d spans, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := han.Span{
			Source:  han.Range{Start: int(got[i].GetSourceStart()), End: int(got[i].GetSourceEnd())},
			Target:  han.Range{Start: int(got[i].GetTargetStart()), End: int(got[i].GetTargetEnd())},
			Changed: got[i].GetChanged(),
		}
		if g != w {
			t.Errorf("span %d: got %v, want %v", i, g, w)
		}
	}
}

func TestBatchKeepsOrderAndStatuses(t *testing.T) {
	addr, _ := start(t)
	req := &pb.BatchConvertRequest{Options: &pb.ConversionOptions{
		Profile: "s2t", InvalidUtf8: pb.InvalidUtf8Policy_INVALID_UTF8_POLICY_REJECT,
	}}
	for _, s := range samples {
		req.Items = append(req.Items, &pb.BatchConvertItem{Content: &pb.BatchConvertItem_RawText{RawText: []byte(s)}})
	}
	req.Items = append(req.Items, &pb.BatchConvertItem{})
	resp, err := rpc(t, addr).BatchConvert(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.GetResults()) != len(req.Items) {
		t.Fatalf("%d results for %d items", len(resp.GetResults()), len(req.Items))
	}
	conv := converter(t, "s2t")
	checkInfo(t, resp.GetConversion(), conv)
	broken := len(samples) - 1
	for i, s := range samples[:broken] {
		r := resp.GetResults()[i]
		if r.GetStatus().GetCode() != 0 || string(r.GetRawText()) != conv.Convert(s) {
			t.Errorf("item %d: got %v", i, r)
		}
	}
	checkItem(t, resp.GetResults()[broken], "INVALID_UTF8", "items[8].raw_text")
	checkItem(t, resp.GetResults()[broken+1], "TEXT_MISSING", "items[9].text")
}

func checkItem(t *testing.T, r *pb.BatchConvertResult, reason, field string) {
	t.Helper()
	f := failureOfStatus(t, statusOf(r))
	if f.reason != reason || len(f.fields) != 1 || f.fields[0] != field || r.GetContent() != nil {
		t.Errorf("got %+v and %v, want %s at %s", f, r.GetContent(), reason, field)
	}
}

func TestAnEmptyBatch(t *testing.T) {
	addr, _ := start(t)
	resp, err := rpc(t, addr).BatchConvert(t.Context(), &pb.BatchConvertRequest{Options: profile("s2t")})
	if err != nil || len(resp.GetResults()) != 0 {
		t.Errorf("got %v, %v", resp, err)
	}
}

func TestListProfiles(t *testing.T) {
	addr, _ := start(t)
	resp, err := rpc(t, addr).ListProfiles(t.Context(), &pb.ListProfilesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if resp.GetDictionaryFingerprint() != han.Fingerprint() || resp.GetDictionaryVersion() != han.DictionaryVersion() ||
		resp.GetModelVersion() == "" || resp.GetModelVersion() != han.ModelVersion() ||
		len(resp.GetModelFingerprint()) != 16 || resp.GetModelFingerprint() != han.ModelFingerprint() {
		t.Errorf("got %v", resp)
	}
	want := han.Profiles()
	if len(resp.GetProfiles()) != len(want) || len(want) != 17 {
		t.Fatalf("%d profiles, want %d", len(resp.GetProfiles()), len(want))
	}
	for i, p := range resp.GetProfiles() {
		got := han.Profile{
			Name: p.GetName(), Description: p.GetDescription(), Source: p.GetSourceLanguage(),
			Target: p.GetTargetLanguage(), Phrases: p.GetReplacesPhrases(),
		}
		if got != want[i] {
			t.Errorf("profile %d: got %+v, want %+v", i, got, want[i])
		}
		if context := converter(t, got.Name, han.WithContext()).Context(); p.GetChoosesByContext() != context {
			t.Errorf("%s: context %v, want %v", got.Name, p.GetChoosesByContext(), context)
		}
	}
}

func TestStreamSplitAtEveryByte(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	s := samples[2] + samples[3] + samples[6] + samples[7] + samples[8]
	conv := converter(t, "s2twp")
	want := conv.Convert(s)
	var single []string
	for i := 0; i <= len(s); i++ {
		got, info, err := streamAll(t.Context(), c, profile("s2twp"), s[:i], s[i:])
		if err != io.EOF || got != want {
			t.Fatalf("split at %d: got %q, %v; want %q", i, got, err, want)
		}
		checkInfo(t, info, conv)
		single = append(single, s[i:min(i+1, len(s))])
	}
	if got, _, err := streamAll(t.Context(), c, profile("s2twp"), single...); err != io.EOF || got != want {
		t.Errorf("byte by byte: got %q, %v; want %q", got, err, want)
	}
}

func TestStreamSplitAtRandom(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	r := rand.New(rand.NewPCG(3, 4))
	for i, p := range han.Profiles() {
		s := mixture(r, 3*kib+i*17*kib)
		got, _, err := streamAll(t.Context(), c, profile(p.Name), cut(r, s)...)
		if want := converter(t, p.Name).Convert(s); err != io.EOF || got != want {
			t.Errorf("%s: %d bytes and %v, want %d bytes", p.Name, len(got), err, len(want))
		}
	}
}

// cut cuts s into pieces from none to a third of s.
func cut(r *rand.Rand, s string) (pieces []string) {
	for len(s) > 0 {
		n := r.IntN(1 + r.IntN(1+len(s)/3))
		n = min(n+r.IntN(2), len(s))
		pieces = append(pieces, s[:n])
		s = s[n:]
	}
	return pieces
}

func TestAStreamWithoutText(t *testing.T) {
	addr, _ := start(t)
	got, info, err := streamAll(t.Context(), rpc(t, addr), profile("t2s"))
	if err != io.EOF || got != "" || info.GetProfile() != "t2s" {
		t.Errorf("got %q, %v, %v", got, info, err)
	}
}
