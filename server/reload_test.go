package server_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"google.golang.org/grpc/codes"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

// ownProfile is a configuration that turns 甲 and 乙 into the same version.
func ownProfile(t testing.TB, name string, version int) server.Profile {
	t.Helper()
	files := fstest.MapFS{
		name + ".json": {Data: []byte(`{"name": "own", "conversion_chain": [{"dict": {"type": "text", "file": "own.txt"}}]}`)},
		"own.txt":      {Data: fmt.Appendf(nil, "乙\t<%d>\n甲\t<%d>\n", version, version)},
	}
	c, err := han.LoadConfig(files, name+".json")
	if err != nil {
		t.Fatal(err)
	}
	return server.Profile{Name: name, Converter: c, TofuRisk: c}
}

func TestOwnProfiles(t *testing.T) {
	addr, s := start(t, server.WithProfiles(ownProfile(t, "house", 1)))
	c := rpc(t, addr)
	convert := func() (*pb.ConvertResponse, error) {
		return c.Convert(t.Context(), &pb.ConvertRequest{Options: profile("house"), Content: &pb.ConvertRequest_Text{Text: "甲x"}})
	}
	resp, err := convert()
	if err != nil || resp.GetText() != "<1>x" || resp.GetConversion().GetProfile() != "house" {
		t.Errorf("got %v, %v", resp, err)
	}
	list, err := c.ListProfiles(t.Context(), &pb.ListProfilesRequest{})
	if err != nil || list.GetProfiles()[len(list.GetProfiles())-1].GetName() != "house" {
		t.Errorf("got %v, %v", list, err)
	}
	_, err = c.Convert(t.Context(), &pb.ConvertRequest{Options: profile("hous"), Content: &pb.ConvertRequest_Text{Text: "甲"}})
	failureOf(t, err).check(t, codes.InvalidArgument, "UNKNOWN_PROFILE", map[string]string{"known_profiles": knownProfiles() + ",house"}, "options.profile")
	s.Apply(server.Setup{})
	_, err = convert()
	failureOf(t, err).check(t, codes.InvalidArgument, "UNKNOWN_PROFILE", map[string]string{"known_profiles": knownProfiles()}, "options.profile")
}

// TestReloadsUnderLoad puts a thousand dictionaries in place while calls and streams run: none fails, and each is
// answered by one dictionary, the one whose fingerprint it names.
func TestReloadsUnderLoad(t *testing.T) {
	reloads := 1000
	if testing.Short() { // the race detector makes them a minute's work
		reloads = 50
	}
	byFingerprint := &sync.Map{}
	next := func(version int) server.Profile {
		p := ownProfile(t, "house", version)
		byFingerprint.Store(p.Converter.Fingerprint(), fmt.Sprintf("<%d>", version))
		return p
	}
	addr, s := start(t, server.WithProfiles(next(0)))
	ctx, stop := context.WithCancel(t.Context())
	var calls, streams atomic.Int64
	var wg sync.WaitGroup
	check := func(what, got, separator string, info *pb.ConversionInfo, err error) {
		want, ok := byFingerprint.Load(info.GetDictionaryFingerprint())
		if err != nil || !ok || strings.ReplaceAll(got, want.(string), "") != strings.Repeat(separator, len(got)/(len(want.(string))+1)) {
			t.Errorf("%s: got %.60q with %v, %v; want only %v", what, got, info, err, want)
		}
	}
	const n = 200
	text := strings.Repeat("甲x", n)
	for range 4 {
		c := rpc(t, addr)
		wg.Go(func() {
			for ; ctx.Err() == nil; calls.Add(1) {
				resp, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: profile("house"), Content: &pb.ConvertRequest_Text{Text: text}})
				check("Convert", resp.GetText(), "x", resp.GetConversion(), err)
				batch, err := c.BatchConvert(t.Context(), &pb.BatchConvertRequest{Options: profile("house"), Items: []*pb.BatchConvertItem{
					{Content: &pb.BatchConvertItem_Text{Text: "甲x"}}, {Content: &pb.BatchConvertItem_Text{Text: "乙x"}},
				}})
				if err != nil {
					t.Error(err)
					return
				}
				check("BatchConvert", batch.GetResults()[0].GetText()+batch.GetResults()[1].GetText(), "x", batch.GetConversion(), nil)
			}
		})
		wg.Go(func() {
			for ; ctx.Err() == nil; streams.Add(1) {
				got, info, err := streamAll(t.Context(), c, profile("house"), text, text, "甲", "x")
				check("StreamConvert", got, "x", info, notEOF(err))
			}
		})
	}
	for version := range reloads {
		s.Apply(server.Setup{Profiles: []server.Profile{next(version + 1)}})
	}
	stop()
	wg.Wait()
	if calls.Load() < 10 || streams.Load() < 10 {
		t.Error("there was no load")
	}
	t.Logf("%d reloads beside %d rounds of calls and %d streams", reloads, calls.Load(), streams.Load())
}
