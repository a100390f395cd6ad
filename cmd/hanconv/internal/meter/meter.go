// Package meter shows on a terminal how far long work has come.
package meter

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Delay is how long work has to last before a bar appears: short work should
// leave the terminal alone.
const Delay = time.Second

// Meter counts bytes and shows a bar once the work has lasted for Delay. The
// zero Meter and a nil one show nothing. It is not safe for concurrent use.
type Meter struct {
	out   io.Writer
	total int64
	done  int64
	now   func() time.Time
	start time.Time
	bar   *progressbar.ProgressBar
}

// New returns a Meter that writes to out. total is the number of bytes that
// are to come, or -1 when nobody knows.
func New(out io.Writer, total int64) *Meter { return newMeter(out, total, time.Now) }

func newMeter(out io.Writer, total int64, now func() time.Time) *Meter {
	return &Meter{out: out, total: total, now: now, start: now()}
}

// Add tells that n more bytes are done.
func (m *Meter) Add(n int) {
	if m == nil || m.out == nil {
		return
	}
	m.done += int64(n)
	if m.bar == nil && m.now().Sub(m.start) >= Delay {
		m.bar = m.draw()
	}
	if m.bar != nil {
		_ = m.bar.Set64(m.done) // a bar that cannot be drawn is no reason to stop
	}
}

func (m *Meter) draw() *progressbar.ProgressBar {
	return progressbar.NewOptions64(m.total,
		progressbar.OptionSetWriter(m.out),
		progressbar.OptionSetDescription("converting"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

// Close removes the bar from the terminal.
func (m *Meter) Close() {
	if m == nil || m.bar == nil {
		return
	}
	_ = m.bar.Clear()
	_ = m.bar.Exit()
	m.bar = nil
}

// Reader returns r with its bytes counted.
func (m *Meter) Reader(r io.Reader) io.Reader {
	if m == nil || m.out == nil {
		return r
	}
	return &countedReader{r, m}
}

type countedReader struct {
	io.Reader
	meter *Meter
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.meter.Add(n)
	return n, err
}
