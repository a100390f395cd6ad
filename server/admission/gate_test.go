package admission_test

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hanconv/hanconv/server/admission"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func gate(t testing.TB, c admission.Config) *admission.Gate {
	g := admission.New(c)
	t.Cleanup(g.Close)
	return g
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
	for range 2 {
		if err := g.Start(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	third := make(chan error)
	go func() { third <- g.Start(context.Background(), 1) }()
	for g.Load().Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	refusedFor(t, g.Start(t.Context(), 1), admission.QueueFull)
	refusedFor(t, g.OpenCall(), admission.QueueFull)
	refusedFor(t, g.OpenStream(), admission.QueueFull)
	g.Finish(1)
	if err := <-third; err != nil {
		t.Error(err)
	}
	g.Finish(1)
	g.Finish(1)
	if l := g.Load(); l.Running+l.Waiting+l.Bytes+l.Calls+l.Streams != 0 || l.Refused[admission.QueueFull] != 3 {
		t.Errorf("left are %+v", l)
	}
}

func TestWaitingEnds(t *testing.T) {
	g := gate(t, admission.Config{Running: 1, Wait: 20 * time.Millisecond})
	if err := g.Start(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	refusedFor(t, g.Start(t.Context(), 1), admission.WaitedTooLong)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Start(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := g.StartPiece(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if l := g.Load(); l.Bytes != 1 || l.Waiting != 0 {
		t.Errorf("left are %+v", l)
	}
}

func TestWhatIsOpenIsBounded(t *testing.T) {
	g := gate(t, admission.Config{Calls: 1, Streams: 1, Bytes: 100})
	if err := errors.Join(g.OpenCall(), g.OpenStream(), g.Start(t.Context(), 60)); err != nil {
		t.Fatal(err)
	}
	refusedFor(t, g.OpenCall(), admission.TooManyCalls)
	refusedFor(t, g.OpenStream(), admission.TooManyStreams)
	refusedFor(t, g.Start(t.Context(), 60), admission.TooManyBytes)
	g.CloseCall()
	g.CloseStream()
	g.Finish(60)
	if err := errors.Join(g.OpenCall(), g.OpenStream(), g.Start(t.Context(), 1000)); err != nil {
		t.Errorf("a text larger than the bound, alone: %v", err)
	}
	g.CloseCall()
	g.CloseStream()
	g.Finish(1000)
}

func TestNothingIsTakenOnAboveTheMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	g := gate(t, admission.Config{})
	debug.SetMemoryLimit(1 << 10)
	var err error
	for deadline := time.Now().Add(5 * time.Second); err == nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = g.OpenCall(); err == nil {
			g.CloseCall()
		}
	}
	refusedFor(t, err, admission.NoMemory)
	debug.SetMemoryLimit(before)
	for deadline := time.Now().Add(5 * time.Second); err != nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		err = g.OpenCall()
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
				if g.OpenCall() != nil {
					continue
				}
				if g.Start(t.Context(), i) == nil {
					n := running.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					time.Sleep(10 * time.Microsecond)
					running.Add(-1)
					g.Finish(i)
				}
				g.CloseCall()
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
		if g.OpenCall() != nil || g.Start(context.Background(), 300) != nil {
			b.Fatal("refused")
		}
		g.Finish(300)
		g.CloseCall()
	}
}
