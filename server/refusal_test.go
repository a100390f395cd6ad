package server_test

import (
	"context"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

func statusOf(r *pb.BatchConvertResult) *status.Status { return status.FromProto(r.GetStatus()) }

func (f failure) check(t *testing.T, code codes.Code, reason string, meta map[string]string, fields ...string) {
	t.Helper()
	if f.code != code || f.reason != reason || !slices.Equal(f.fields, fields) {
		t.Errorf("got %v %s at %v (%s), want %v %s at %v", f.code, f.reason, f.fields, f.message, code, reason, fields)
	}
	for key, want := range meta {
		if f.meta[key] != want {
			t.Errorf("metadata %q is %q, want %q", key, f.meta[key], want)
		}
	}
}

var badOptions = []struct {
	name   string
	o      *pb.ConversionOptions
	reason string
	meta   map[string]string
	fields []string
}{
	{"none", nil, "CONVERSION_MISSING", nil, []string{"profile"}},
	{"empty", &pb.ConversionOptions{}, "CONVERSION_MISSING", nil, []string{"profile"}},
	{"source only", &pb.ConversionOptions{SourceLanguage: "zh-Hans"}, "CONVERSION_MISSING", nil, []string{"target_language"}},
	{"target only", &pb.ConversionOptions{TargetLanguage: "zh-Hant"}, "CONVERSION_MISSING", nil, []string{"source_language"}},
	{
		"both ways", &pb.ConversionOptions{Profile: "s2t", SourceLanguage: "zh-Hans", TargetLanguage: "zh-Hant"},
		"CONVERSION_AMBIGUOUS", nil, []string{"profile", "source_language", "target_language"},
	},
	{
		"profile and target", &pb.ConversionOptions{Profile: "s2t", TargetLanguage: "zh-Hant"},
		"CONVERSION_AMBIGUOUS", nil, []string{"profile", "target_language"},
	},
	{
		"misspelt profile", profile("s2twq"), "UNKNOWN_PROFILE",
		map[string]string{"profile": "s2twq", "suggestion": suggestion("s2twq"), "known_profiles": knownProfiles()},
		[]string{"profile"},
	},
	{
		"strange profile", profile("../../etc/passwd"), "UNKNOWN_PROFILE",
		map[string]string{"suggestion": "", "known_profiles": knownProfiles()}, []string{"profile"},
	},
	{
		"endless profile", profile(strings.Repeat("長", 1<<20)), "UNKNOWN_PROFILE",
		map[string]string{"profile": strings.Repeat("長", 21) + "…", "known_profiles": knownProfiles()}, []string{"profile"},
	},
	{
		"unknown source", &pb.ConversionOptions{SourceLanguage: "xx", TargetLanguage: "zh-Hant"},
		"UNKNOWN_LANGUAGE", map[string]string{"language": "xx"}, []string{"source_language"},
	},
	{
		"unknown target", &pb.ConversionOptions{SourceLanguage: "zh-Hans", TargetLanguage: "de-DE"},
		"UNKNOWN_LANGUAGE", map[string]string{"language": "de-DE"}, []string{"target_language"},
	},
	{
		"endless target", &pb.ConversionOptions{SourceLanguage: "zh-Hans", TargetLanguage: strings.Repeat("z", 1<<20)},
		"UNKNOWN_LANGUAGE", map[string]string{"language": strings.Repeat("z", 64) + "…"}, []string{"target_language"},
	},
	{
		"endless source", &pb.ConversionOptions{SourceLanguage: strings.Repeat("z", 1<<20), TargetLanguage: "zh-Hans"},
		"UNKNOWN_LANGUAGE", nil, []string{"source_language"},
	},
	{
		"no pair", &pb.ConversionOptions{SourceLanguage: "ja-JP", TargetLanguage: "zh-Hans-CN"},
		"NO_PROFILE_FOR_LANGUAGES", map[string]string{"source_language": "ja-JP", "target_language": "zh-Hans-CN"},
		[]string{"source_language", "target_language"},
	},
	{
		"policy of the future", &pb.ConversionOptions{Profile: "s2t", InvalidUtf8: 77},
		"UNKNOWN_ENUM_VALUE", map[string]string{"value": "77"}, []string{"invalid_utf8"},
	},
}

func knownProfiles() string {
	var names []string
	for _, p := range han.Profiles() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ",")
}

func suggestion(name string) string {
	_, err := han.New(name)
	e, _ := err.(*han.UnknownProfileError)
	return e.Suggestion
}

func TestBadOptions(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	for _, test := range badOptions {
		t.Run(test.name, func(t *testing.T) {
			fields := prefixed("options.", test.fields)
			_, err := c.Convert(t.Context(), &pb.ConvertRequest{
				Options: test.o, Content: &pb.ConvertRequest_Text{Text: "x"},
			})
			failureOf(t, err).check(t, codes.InvalidArgument, test.reason, test.meta, fields...)
			_, err = c.BatchConvert(t.Context(), &pb.BatchConvertRequest{Options: test.o})
			failureOf(t, err).check(t, codes.InvalidArgument, test.reason, test.meta, fields...)
			_, _, err = streamAll(t.Context(), c, test.o, "x")
			failureOf(t, err).check(t, codes.InvalidArgument, test.reason, test.meta, prefixed("options.", fields)...)
		})
	}
}

func prefixed(prefix string, fields []string) (out []string) {
	for _, f := range fields {
		out = append(out, prefix+f)
	}
	return out
}

func TestKnownLanguagesAreListed(t *testing.T) {
	addr, _ := start(t)
	_, err := rpc(t, addr).Convert(t.Context(), &pb.ConvertRequest{
		Options: &pb.ConversionOptions{SourceLanguage: "xx", TargetLanguage: "zh-Hant"},
	})
	if known := failureOf(t, err).meta["known_languages"]; !strings.Contains(known, "zh-Hant-TW") {
		t.Errorf("known languages: %q", known)
	}
}

func TestBadRequests(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	_, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: profile("s2t")})
	failureOf(t, err).check(t, codes.InvalidArgument, "TEXT_MISSING", nil, "text")
	_, err = c.Convert(t.Context(), &pb.ConvertRequest{
		Options: profile("s2t"), Content: &pb.ConvertRequest_Text{Text: "x"}, AlignmentUnit: 9,
	})
	failureOf(t, err).check(t, codes.InvalidArgument, "UNKNOWN_ENUM_VALUE", map[string]string{"value": "9"}, "alignment_unit")
}

// brokenUTF8 maps texts to the offset of the first byte that is not UTF-8.
var brokenUTF8 = map[string]string{
	"\xff":                       "0",
	"里面\x80":                     "6",
	"overlong \xc0\xaf":          "9",
	"surrogate \xed\xa0\x80":     "10",
	"beyond \xf4\x90\x80\x80":    "7",
	"truncated 里\xe9\x87":        "13",
	"truncated inside \xe9\x87里": "17",
}

func TestStrictRefusesBrokenCharacters(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	o := &pb.ConversionOptions{Profile: "s2t", InvalidUtf8: pb.InvalidUtf8Policy_INVALID_UTF8_POLICY_REJECT}
	for s, offset := range brokenUTF8 {
		meta := map[string]string{"byte_offset": offset}
		_, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: o, Content: &pb.ConvertRequest_RawText{RawText: []byte(s)}})
		failureOf(t, err).check(t, codes.InvalidArgument, "INVALID_UTF8", meta, "raw_text")
		for i := range len(s) + 1 {
			_, _, err = streamAll(t.Context(), c, o, s[:i], s[i:])
			failureOf(t, err).check(t, codes.InvalidArgument, "INVALID_UTF8", meta, "chunk")
		}
		_, _, err = streamAll(t.Context(), c, o, strings.Split(s, "")...)
		failureOf(t, err).check(t, codes.InvalidArgument, "INVALID_UTF8", meta, "chunk")
	}
	for _, s := range samples { // NUL, variation selectors and description characters are UTF-8
		if !utf8.ValidString(s) {
			continue
		}
		want := converter(t, "s2t").Convert(s)
		resp, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: o, Content: &pb.ConvertRequest_RawText{RawText: []byte(s)}})
		if err != nil || string(resp.GetRawText()) != want {
			t.Errorf("good text %q: got %v, %v", s, resp, err)
		}
		got, _, err := streamAll(t.Context(), c, o, strings.Split(s, "")...)
		if err != io.EOF || got != want {
			t.Errorf("good text %q: got %q, %v", s, got, err)
		}
	}
}

// verbatim is a codec that sends bytes as they are.
type verbatim struct{}

func (verbatim) Name() string { return "proto" }

func (verbatim) Marshal(v any) ([]byte, error) {
	if b, ok := v.([]byte); ok {
		return b, nil
	}
	return proto.Marshal(v.(proto.Message))
}

func (verbatim) Unmarshal(data []byte, v any) error {
	if b, ok := v.(*[]byte); ok {
		*b = data
		return nil
	}
	return proto.Unmarshal(data, v.(proto.Message))
}

var _ encoding.Codec = verbatim{}

func field(n protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), value)
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func TestMessagesThatDoNotDecode(t *testing.T) {
	addr, _ := start(t)
	conn := dial(t, addr, grpc.WithDefaultCallOptions(grpc.ForceCodec(verbatim{})))
	options := field(1, string(field(1, "s2t")))
	for _, test := range []struct {
		name, method string
		message      []byte
		reason       string
		offset       string
		fields       []string
	}{
		{"text", "Convert", join(options, field(2, "里\xff")), "INVALID_UTF8", "3", []string{"text"}},
		{"profile", "Convert", field(1, string(field(1, "s2t\xc0"))), "INVALID_UTF8", "3", []string{"options.profile"}},
		{
			"item", "BatchConvert",
			join(options, field(2, string(field(1, "a"))), field(2, string(field(2, "\xff"))), field(2, string(field(1, "\xff")))),
			"INVALID_UTF8", "0", []string{"items[2].text"},
		},
		{"garbage", "Convert", []byte("\x07garbage"), "MALFORMED_MESSAGE", "", nil},
		{"truncated", "Convert", field(2, "里里里里")[:5], "MALFORMED_MESSAGE", "", nil},
		{"truncated inside", "BatchConvert", field(2, "\x0a\x7f"), "MALFORMED_MESSAGE", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			method := "/hanconv.v1.ConversionService/" + test.method
			err := conn.Invoke(t.Context(), method, test.message, &pb.ConvertResponse{})
			failureOf(t, err).check(t, codes.InvalidArgument, test.reason, map[string]string{"byte_offset": test.offset}, test.fields...)
		})
	}
	t.Run("stream", func(t *testing.T) {
		err := streamVerbatim(t.Context(), conn, field(1, string(field(1, string(field(2, "zh\xff"))))))
		failureOf(t, err).check(t, codes.InvalidArgument, "INVALID_UTF8", map[string]string{"byte_offset": "2"},
			"options.options.source_language")
	})
}

func streamVerbatim(ctx context.Context, conn *grpc.ClientConn, message []byte) error {
	desc := &pb.ConversionService_ServiceDesc.Streams[0]
	s, err := conn.NewStream(ctx, desc, pb.ConversionService_StreamConvert_FullMethodName)
	if err != nil {
		return err
	}
	if err := s.SendMsg(message); err != nil {
		return err
	}
	return s.RecvMsg(&pb.StreamConvertResponse{})
}

func TestStreamsOutOfOrder(t *testing.T) {
	addr, _ := start(t)
	c := rpc(t, addr)
	good, empty := optionsMessage(profile("s2t")), &pb.StreamConvertRequest{}
	for name, test := range map[string]struct {
		messages []*pb.StreamConvertRequest
		field    string
	}{
		"nothing":       {nil, "options"},
		"chunk first":   {[]*pb.StreamConvertRequest{chunkMessage("x")}, "options"},
		"empty first":   {[]*pb.StreamConvertRequest{empty}, "options"},
		"options twice": {[]*pb.StreamConvertRequest{good, chunkMessage("x"), good}, "options"},
		"empty later":   {[]*pb.StreamConvertRequest{good, empty}, "chunk"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := c.StreamConvert(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range test.messages {
				if err := s.Send(m); err != nil {
					t.Fatal(err)
				}
			}
			_ = s.CloseSend()
			_, _, err = receiveAll(s)
			failureOf(t, err).check(t, codes.InvalidArgument, "STREAM_OUT_OF_ORDER", nil, test.field)
		})
	}
}

func limits(text, aligned, items, batch int, stream int64) server.Option {
	return server.WithLimits(server.Limits{
		TextBytes: text, AlignedTextBytes: aligned, BatchItems: items, BatchBytes: batch, StreamBytes: stream,
	})
}

func bytesOver(size, limit string) map[string]string {
	return map[string]string{"size_bytes": size, "limit_bytes": limit}
}

func TestLimitsOnText(t *testing.T) {
	addr, _ := start(t, limits(100, 50, 3, 200, 1000))
	c := rpc(t, addr)
	convert := func(n int, unit pb.OffsetUnit) error {
		_, err := c.Convert(t.Context(), &pb.ConvertRequest{
			Options: profile("s2t"), Content: &pb.ConvertRequest_Text{Text: strings.Repeat("x", n)}, AlignmentUnit: unit,
		})
		return err
	}
	for _, n := range []int{0, 1, 100} {
		if err := convert(n, 0); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	failureOf(t, convert(101, 0)).check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", bytesOver("101", "100"), "text")
	if err := convert(50, pb.OffsetUnit_OFFSET_UNIT_BYTES); err != nil {
		t.Error(err)
	}
	failureOf(t, convert(51, pb.OffsetUnit_OFFSET_UNIT_BYTES)).
		check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", bytesOver("51", "50"), "text")
	err := convert(mib, 0) // which the transport refuses, in its own words
	if status.Code(err) != codes.ResourceExhausted || !regexp.MustCompile(`\(10485\d\d vs\. 65936\)`).MatchString(err.Error()) {
		t.Errorf("beyond the transport's limit: %v", err)
	}
}

func TestDefaultLimitAnswersWithDetails(t *testing.T) {
	addr, _ := start(t)
	_, err := rpc(t, addr).Convert(t.Context(), &pb.ConvertRequest{
		Options: profile("s2t"), Content: &pb.ConvertRequest_Text{Text: strings.Repeat("x", 8*mib)},
	})
	failureOf(t, err).check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", bytesOver("8388608", "4194304"), "text")
}

func TestLimitsOnBatches(t *testing.T) {
	addr, _ := start(t, limits(100, 50, 3, 200, 1000))
	c := rpc(t, addr)
	batch := func(sizes ...int) (*pb.BatchConvertResponse, error) {
		req := &pb.BatchConvertRequest{Options: profile("s2t")}
		for _, n := range sizes {
			text := &pb.BatchConvertItem_RawText{RawText: make([]byte, n)}
			req.Items = append(req.Items, &pb.BatchConvertItem{Content: text})
		}
		return c.BatchConvert(t.Context(), req)
	}
	if _, err := batch(100, 50, 50); err != nil {
		t.Error(err)
	}
	_, err := batch(1, 1, 1, 1)
	failureOf(t, err).check(t, codes.ResourceExhausted, "TOO_MANY_ITEMS",
		map[string]string{"size_items": "4", "limit_items": "3"}, "items")
	_, err = batch(100, 51, 50)
	failureOf(t, err).check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", bytesOver("201", "200"), "items")
	resp, err := batch(5, 101)
	if err != nil || resp.GetResults()[0].GetStatus().GetCode() != 0 {
		t.Fatalf("got %v, %v", resp, err)
	}
	failureOfStatus(t, statusOf(resp.GetResults()[1])).
		check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", bytesOver("101", "100"), "items[1].raw_text")
}

func TestLimitOnStreams(t *testing.T) {
	addr, _ := start(t, limits(100, 50, 3, 200, 1000))
	c := rpc(t, addr)
	chunk := strings.Repeat("x", 100)
	got, _, err := streamAll(t.Context(), c, profile("s2t"), slices.Repeat([]string{chunk}, 10)...)
	if err != io.EOF || len(got) != 1000 {
		t.Errorf("at the limit: %d bytes, %v", len(got), err)
	}
	_, _, err = streamAll(t.Context(), c, profile("s2t"), append(slices.Repeat([]string{chunk}, 10), "y")...)
	failureOf(t, err).check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", bytesOver("1001", "1000"), "chunk")
}

func TestEveryReasonIsDocumented(t *testing.T) {
	used := map[string]bool{"INVALID_UTF8": true, "TEXT_MISSING": true}
	for _, test := range badOptions {
		used[test.reason] = true
	}
	for reason := range maps.Keys(used) {
		if _, ok := pb.ErrorReason_value["ERROR_REASON_"+reason]; !ok {
			t.Errorf("%s is no ErrorReason", reason)
		}
	}
}
