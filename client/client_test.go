package client_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/server"
)

func TestConvert(t *testing.T) {
	for name, target := range targets(t) {
		t.Run(name, func(t *testing.T) {
			for _, opts := range [][]client.Option{nil, {client.WithGzip()}} {
				c := connect(t, target, opts...)
				for _, p := range han.Profiles() {
					for _, text := range []string{"", simplified, article(500)} {
						checkConvert(t, c, p.Name, text)
					}
				}
			}
		})
	}
}

func checkConvert(t *testing.T, c *client.Client, profile, text string) {
	t.Helper()
	conv := library(t, profile)
	got, err := c.Convert(t.Context(), text, client.Options{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	want := client.Info{Profile: profile, Fingerprint: conv.Fingerprint(), Version: han.DictionaryVersion()}
	if got.Text != conv.Convert(text) || got.Info != want || got.Spans != nil {
		t.Errorf("%s %q: got %+v", profile, text, got)
	}
}

func TestConvertOptions(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	got, err := c.Convert(t.Context(), simplified, client.Options{Source: "zh-Hans-CN", Target: "zh-Hant-TW"})
	if err != nil || got.Profile != "s2twp" || got.Text != inContext(t, got.Profile).Convert(simplified) {
		t.Errorf("by languages: got %+v, %v", got, err)
	}
	tofu, err := han.New("t2s", han.WithTofuRisk())
	if err != nil {
		t.Fatal(err)
	}
	risky := "鱂𩜇䰵䲁"
	got, err = c.Convert(t.Context(), risky, client.Options{Profile: "t2s", TofuRisk: true})
	if err != nil || got.Text != tofu.Convert(risky) {
		t.Errorf("tofu risk: got %+v, %v; want %q", got, err, tofu.Convert(risky))
	}
}

func TestAlignment(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	text := "𠮷里面的软件\xff"
	a := library(t, "s2twp").Align(text)
	for unit, want := range map[client.OffsetUnit][]han.Span{
		client.Bytes: a.Spans, client.CodePoints: a.CodePoints(), client.UTF16CodeUnits: a.UTF16(),
	} {
		o := client.Options{Profile: "s2twp", Alignment: unit}
		got, err := c.Convert(t.Context(), text, o)
		if err != nil || got.Text != a.Target {
			t.Fatalf("got %+v, %v", got, err)
		}
		checkSpans(t, got.Spans, want)
		batch, err := c.ConvertBatch(t.Context(), []string{"", text}, o)
		if err != nil {
			t.Fatal(err)
		}
		checkSpans(t, batch.Items[1].Spans, want)
	}
}

func checkSpans(t *testing.T, got []client.Span, want []han.Span) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d spans, want %d", len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; han.Range(g.Source) != w.Source || han.Range(g.Target) != w.Target || g.Changed != w.Changed {
			t.Errorf("span %d: got %v, want %v", i, g, w)
		}
	}
}

func TestConvertBatch(t *testing.T) {
	for name, target := range targets(t) {
		t.Run(name, func(t *testing.T) {
			c := connect(t, target)
			texts := []string{simplified, "", "broken \xff", "里面"}
			b, err := c.ConvertBatch(t.Context(), texts, client.Options{Profile: "s2tw", Strict: true})
			if err != nil || b.Profile != "s2tw" || len(b.Items) != len(texts) {
				t.Fatalf("got %+v, %v", b, err)
			}
			conv := library(t, "s2tw")
			for _, i := range []int{0, 1, 3} {
				if b.Items[i].Err != nil || b.Items[i].Text != conv.Convert(texts[i]) {
					t.Errorf("item %d: got %+v", i, b.Items[i])
				}
			}
			e := asError(t, b.Items[2].Err)
			if offset, ok := e.Offset(); !ok || offset != 7 || !slices.Equal(e.Fields, []string{"items[2].raw_text"}) {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestListProfiles(t *testing.T) {
	addr, _ := start(t)
	got, err := connect(t, addr).ListProfiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := client.Profiles{Fingerprint: han.Fingerprint(), Version: han.DictionaryVersion(), Model: model()}
	for _, p := range han.Profiles() {
		want.Profiles = append(want.Profiles, client.Profile{
			Name: p.Name, Description: p.Description, Source: p.Source, Target: p.Target, Phrases: p.Phrases,
			Context: inContext(t, p.Name).Context(),
		})
	}
	if got.Fingerprint != want.Fingerprint || got.Version != want.Version || got.Model != want.Model || !slices.Equal(got.Profiles, want.Profiles) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func asError(t testing.TB, err error) *client.Error {
	t.Helper()
	var e *client.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T: %v", err, err)
	}
	return e
}

func TestErrorsSayWhatToDo(t *testing.T) {
	addr, _ := start(t, server.WithLimits(server.Limits{TextBytes: 100}))
	c := connect(t, addr)
	_, err := c.Convert(t.Context(), "x", client.Options{Profile: "s2twq"})
	e := asError(t, err)
	if e.Code != client.InvalidArgument || e.Reason != "UNKNOWN_PROFILE" || len(e.Known()) != 17 || e.Suggestion() == "" ||
		!slices.Equal(e.Fields, []string{"options.profile"}) || status.Code(err) != codes.InvalidArgument {
		t.Errorf("unknown profile: %+v", e)
	}
	_, err = c.Convert(t.Context(), "x", client.Options{Source: "xx", Target: "zh-Hant"})
	if e = asError(t, err); e.Reason != "UNKNOWN_LANGUAGE" || !slices.Contains(e.Known(), "zh-Hant-TW") {
		t.Errorf("unknown language: %+v", e)
	}
	_, err = c.Convert(t.Context(), "里\xff", client.Options{Profile: "s2t", Strict: true})
	e = asError(t, err)
	if offset, ok := e.Offset(); !ok || offset != 3 {
		t.Errorf("invalid UTF-8: %+v", e)
	}
	_, err = c.Convert(t.Context(), strings.Repeat("x", 101), client.Options{Profile: "s2t"})
	e = asError(t, err)
	if size, limit, ok := e.Limit(); !ok || size != 101 || limit != 100 || e.Code != client.ResourceExhausted {
		t.Errorf("too large: %+v", e)
	}
	for _, o := range []client.Options{{}, {Profile: "s2t", Source: "zh"}, {Profile: "\xff"}, {Profile: "s2t", Alignment: 99}, {Profile: "s2t", Context: 99}} {
		_, err = c.Convert(t.Context(), "x", o)
		if e = asError(t, err); e.Code != client.InvalidArgument || e.Reason == "" {
			t.Errorf("%+v: %+v", o, e)
		}
	}
}

func TestMessagesThatNoServerReadsAreNotSent(t *testing.T) {
	c := connect(t, "127.0.0.1:1", client.WithMaxMessageBytes(1000, 0))
	_, err := c.Convert(t.Context(), strings.Repeat("x", 1000), client.Options{Profile: "s2t"})
	e := asError(t, err)
	if size, limit, ok := e.Limit(); !ok || size <= 1000 || limit != 1000 || e.Code != client.ResourceExhausted {
		t.Errorf("got %+v", e)
	}
	_, err = c.ConvertBatch(t.Context(), slices.Repeat([]string{"里面"}, 200), client.Options{Profile: "s2t"})
	if e = asError(t, err); e.Reason != "TOO_MANY_BYTES" || !slices.Equal(e.Fields, []string{"items"}) {
		t.Errorf("got %+v", e)
	}
}

func TestContextErrorsAreFound(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Convert(cancelled, "x", client.Options{Profile: "s2t"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := c.ListProfiles(late); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// refusing answers the first n calls with UNAVAILABLE.
func refusing(n int64, calls *atomic.Int64) server.Option {
	return server.WithUnaryInterceptors(
		func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if calls.Add(1) <= n {
				return nil, status.Error(codes.Unavailable, "not yet")
			}
			return next(ctx, req)
		})
}

func TestUnavailableIsTriedAgain(t *testing.T) {
	var calls atomic.Int64
	addr, _ := start(t, refusing(2, &calls))
	text := article(2 << 20)
	got, err := connect(t, addr).Convert(t.Context(), text, client.Options{Profile: "s2t"})
	if err != nil || string(library(t, "s2t").Append(nil, []byte(text))) != got.Text {
		t.Errorf("got %d bytes, %v", len(got.Text), err)
	}
	if calls.Load() != 3 {
		t.Errorf("%d calls", calls.Load())
	}
}

func TestRetriesAreBounded(t *testing.T) {
	var calls atomic.Int64
	addr, _ := start(t, refusing(1000, &calls))
	_, err := connect(t, addr).ListProfiles(t.Context())
	if e := asError(t, err); e.Code != client.Unavailable || calls.Load() != 4 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
}

// counting counts calls.
func counting(calls *atomic.Int64) server.Option { return refusing(0, calls) }

func TestCallsGoRoundRobin(t *testing.T) {
	var a, b atomic.Int64
	first, _ := start(t, counting(&a))
	second, _ := start(t, counting(&b))
	c := connect(t, first+", "+second)
	for deadline := time.Now().Add(5 * time.Second); a.Load() == 0 || b.Load() == 0; {
		if _, err := c.ListProfiles(t.Context()); err != nil || time.Now().After(deadline) {
			t.Fatalf("%d and %d calls, %v", a.Load(), b.Load(), err)
		}
	}
	a.Store(0)
	b.Store(0)
	for range 100 {
		if _, err := c.ListProfiles(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if a.Load() != 50 || b.Load() != 50 {
		t.Errorf("%d and %d calls", a.Load(), b.Load())
	}
}

// TestAServerLeavesUnnoticed stops one of two servers under load: no call may fail.
func TestAServerLeavesUnnoticed(t *testing.T) {
	first, leaving := start(t, server.WithDrainDelay(50*time.Millisecond))
	second, _ := start(t)
	c := connect(t, first+","+second)
	want := library(t, "s2twp").Convert(simplified)
	stop, failed := make(chan struct{}), make(chan error, 8)
	var calls atomic.Int64
	for range cap(failed) {
		go func() { failed <- callUntil(c, stop, want, &calls) }()
	}
	time.Sleep(100 * time.Millisecond)
	if err := leaving.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	time.Sleep(50 * time.Millisecond)
	close(stop)
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d calls", calls.Load())
}

func callUntil(c *client.Client, stop <-chan struct{}, want string, calls *atomic.Int64) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		got, err := c.Convert(context.Background(), simplified, client.Options{Profile: "s2twp"})
		if err != nil {
			return err
		}
		if got.Text != want {
			return errors.New("the reply is wrong: " + got.Text)
		}
		calls.Add(1)
	}
}

func TestBadTargets(t *testing.T) {
	for _, target := range []string{"a:1,b", ",", "127.0.0.1:1,:2", "%zz://"} {
		if c, err := client.New(target); err == nil || !strings.Contains(err.Error(), target) {
			_ = c.Close()
			t.Errorf("%q: %v", target, err)
		}
	}
}
