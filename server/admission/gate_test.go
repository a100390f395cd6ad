package admission_test

import (
	"context"
	"errors"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hanconv/hanconv/server/admission"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var somebody, another = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")

func gate(t testing.TB, c admission.Config) *admission.Gate {
	g := admission.New(c)
	t.Cleanup(g.Close)
	return g
}

// start opens a call and starts it.
func start(ctx context.Context, g *admission.Gate, bytes int) (*admission.Call, error) {
	c, err := g.OpenCall(time.Now(), somebody)
	if err != nil {
		return nil, err
	}
	if err := g.Start(ctx, c, bytes); err != nil {
		g.CloseCall(c)
		return nil, err
	}
	return c, nil
}

// must is a call that has started.
func must(t *testing.T, g *admission.Gate, bytes int) *admission.Call {
	t.Helper()
	c, err := start(t.Context(), g, bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(g *admission.Gate) error {
	c, err := g.OpenCall(time.Now(), somebody)
	if err == nil {
		g.CloseCall(c)
	}
	return err
}

func refusedFor(t *testing.T, err error, cause admission.Cause) {
	t.Helper()
	var o *admission.OverloadError
	if !errors.As(err, &o) || o.Cause != cause || o.RetryAfter <= 0 {
		t.Errorf("got %v (%+v), want a refusal for %s", err, o, cause)
	}
}

func TestOnlySoManyRunAndWait(t *testing.T) {
	g := gate(t, admission.Config{Running: 2, Waiting: 1, Wait: time.Minute})
	first, second := must(t, g, 1), must(t, g, 1)
	third := make(chan error)
	go func() {
		c, err := start(context.Background(), g, 1)
		if err == nil {
			g.CloseCall(c)
		}
		third <- err
	}()
	for g.Load().Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	refusedFor(t, open(g), admission.QueueFull)
	refusedFor(t, g.OpenStream(somebody), admission.QueueFull)
	g.CloseCall(first)
	if err := <-third; err != nil {
		t.Error(err)
	}
	g.CloseCall(second)
	if l := g.Load(); l.Running+l.Waiting+l.Bytes+l.Calls+l.Streams != 0 || l.Refused[admission.QueueFull] != 2 {
		t.Errorf("left are %+v", l)
	}
}

// TestCallsThatAreReadWaitToo has calls whose text is on its way: they count for a second, and stalled ones do not.
func TestCallsThatAreReadWaitToo(t *testing.T) {
	g := gate(t, admission.Config{Running: 1, Waiting: 2, Calls: 100})
	now := time.Now()
	var calls []*admission.Call
	for range 3 {
		c, err := g.OpenCall(now, somebody)
		if err != nil {
			t.Fatal(err)
		}
		calls = append(calls, c)
	}
	_, err := g.OpenCall(now.Add(500*time.Millisecond), somebody)
	refusedFor(t, err, admission.QueueFull)
	others, err := g.OpenCall(now, another)
	if err != nil {
		t.Fatalf("calls that are not sent keep others out: %v", err)
	}
	g.CloseCall(others)
	late, err := g.OpenCall(now.Add(2*time.Second), somebody)
	if err != nil {
		t.Fatalf("stalled calls keep others out: %v", err)
	}
	g.CloseCall(late)
	for _, c := range calls {
		g.CloseCall(c)
	}
	if l := g.Load(); l.Calls != 0 {
		t.Errorf("left are %+v", l)
	}
}

// TestTheQueueIsAsLongAsItsTime has conversions so slow that a full queue would take longer than anybody waits.
func TestTheQueueIsAsLongAsItsTime(t *testing.T) {
	g := gate(t, admission.Config{Running: 1, Waiting: 1000, Wait: 50 * time.Millisecond})
	for range 30 {
		c := must(t, g, 1)
		time.Sleep(10 * time.Millisecond)
		g.CloseCall(c)
	}
	var calls []*admission.Call
	for range 100 {
		c, err := g.OpenCall(time.Now(), somebody)
		if err != nil {
			refusedFor(t, err, admission.QueueFull)
			break
		}
		calls = append(calls, c)
	}
	if len(calls) < 2 || len(calls) > 30 {
		t.Errorf("%d calls of 10 ms may wait 50 ms", len(calls))
	}
	for _, c := range calls {
		g.CloseCall(c)
	}
}

func TestWaitingEnds(t *testing.T) {
	g := gate(t, admission.Config{Running: 1, Wait: 20 * time.Millisecond})
	first := must(t, g, 1)
	_, err := start(t.Context(), g, 1)
	refusedFor(t, err, admission.WaitedTooLong)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := start(ctx, g, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if l := g.Load(); l.Bytes != 1 || l.Waiting != 0 || l.Calls != 1 {
		t.Errorf("left are %+v", l)
	}
	g.CloseCall(first)
}

// TestCallsDoNotWaitBehindStreams has streams that convert and wait for their turn all the time.
func TestCallsDoNotWaitBehindStreams(t *testing.T) {
	g := gate(t, admission.Config{Running: 1, Wait: 10 * time.Millisecond})
	if err := g.StartPiece(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 20)
	for range cap(waiting) {
		go func() { waiting <- g.StartPiece(ctx) }()
	}
	g.CloseCall(must(t, g, 1)) // though one piece may run at a time, and does
	if l := g.Load(); l.Running != 1 {
		t.Errorf("%+v", l)
	}
	cancel()
	for range cap(waiting) {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	g.FinishPiece()
	if l := g.Load(); l.Running != 0 {
		t.Errorf("left are %+v", l)
	}
}

func TestWhatIsOpenIsBounded(t *testing.T) {
	g := gate(t, admission.Config{Calls: 2, Streams: 1, Bytes: 100})
	first := must(t, g, 60)
	if err := g.OpenStream(somebody); err != nil {
		t.Fatal(err)
	}
	_, err := start(t.Context(), g, 60)
	refusedFor(t, err, admission.TooManyBytes)
	second := must(t, g, 1)
	refusedFor(t, open(g), admission.TooManyCalls)
	refusedFor(t, g.OpenStream(somebody), admission.TooManyStreams)
	g.CloseCall(first)
	g.CloseCall(second)
	g.CloseStream()
	g.CloseCall(must(t, g, 1000)) // larger than the bound, but alone
	if l := g.Load(); l.Running+l.Bytes+l.Calls+l.Streams != 0 {
		t.Errorf("left are %+v", l)
	}
}

func TestNothingIsTakenOnAboveTheMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	g := gate(t, admission.Config{})
	debug.SetMemoryLimit(1 << 10)
	var err error
	for deadline := time.Now().Add(5 * time.Second); err == nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		err = open(g)
	}
	refusedFor(t, err, admission.NoMemory)
	debug.SetMemoryLimit(before)
	for deadline := time.Now().Add(5 * time.Second); err != nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		err = open(g)
	}
	if err != nil {
		t.Errorf("calls are refused although there is memory again: %v", err)
	}
}

// TestCountsComeOut has many callers come and go in every way at once.
func TestCountsComeOut(t *testing.T) {
	g := gate(t, admission.Config{Running: 3, Waiting: 5, Wait: time.Millisecond, Calls: 20, Bytes: 50})
	var running, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			for range 200 {
				if c, err := start(t.Context(), g, i); err == nil {
					n := running.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					time.Sleep(10 * time.Microsecond)
					running.Add(-1)
					g.CloseCall(c)
				}
			}
		})
	}
	wg.Wait()
	if l := g.Load(); l.Running+l.Waiting+l.Bytes+l.Calls != 0 {
		t.Errorf("left are %+v", l)
	}
	if most.Load() > 3 {
		t.Errorf("%d ran at once", most.Load())
	}
}

func BenchmarkGate(b *testing.B) {
	g := gate(b, admission.Config{})
	b.ReportAllocs()
	for b.Loop() {
		c, err := start(context.Background(), g, 300)
		if err != nil {
			b.Fatal(err)
		}
		g.CloseCall(c)
	}
}
