package meter

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func (c *clock) pass(d time.Duration) { c.t = c.t.Add(d) }

func TestShortWorkShowsNothing(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	m := newMeter(&out, 100, c.now)
	c.pass(Delay - time.Millisecond)
	m.Add(100)
	m.Close()
	if out.Len() != 0 {
		t.Errorf("short work drew %q", out.String())
	}
}

func TestLongWorkShowsABarAndRemovesIt(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	m := newMeter(&out, 4_000_000, c.now)
	m.Add(1_000_000)
	c.pass(Delay)
	m.Add(1_000_000)
	if !strings.Contains(out.String(), "50%") {
		t.Fatalf("the bar of half-done work shows %q", out.String())
	}
	m.Close()
	if tail := out.String()[strings.LastIndex(out.String(), "50%"):]; !strings.Contains(tail, "\r") {
		t.Errorf("the bar is not removed: %q", tail)
	}
}

func TestUnknownTotal(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	m := newMeter(&out, -1, c.now)
	c.pass(2 * Delay)
	m.Add(3_000_000)
	if got := out.String(); !strings.Contains(got, "3.0 MB") || strings.Contains(got, "%") {
		t.Errorf("work of unknown length shows %q", got)
	}
	m.Close()
}

func TestReaderCountsWhatIsRead(t *testing.T) {
	var out bytes.Buffer
	m := New(&out, 5)
	got, err := io.ReadAll(m.Reader(strings.NewReader("12345")))
	if err != nil || string(got) != "12345" || m.done != 5 {
		t.Errorf("read %q, %v; counted %d", got, err, m.done)
	}
}

func TestNilMeterDoesNothing(t *testing.T) {
	var m *Meter
	m.Add(1)
	m.Close()
	r := strings.NewReader("x")
	if m.Reader(r) != io.Reader(r) {
		t.Error("a nil Meter wraps the reader")
	}
}
