package admission

import (
	"sync/atomic"
	"time"
)

// A call whose text is on its way will want its turn soon, unless its client stalls: then it must not keep others out.
// So calls that are being read count in the queue for as long as a client in earnest takes, and no longer.

const (
	epochLength = 250 * time.Millisecond
	freshEpochs = 4   // a second
	epochs      = 512 // two minutes, longer than a call may take
)

// epoch is when reading began; zero for a call that is not read any more.
type epoch int64

func epochOf(t time.Time) epoch { return epoch(t.UnixNano() / int64(epochLength)) }

// readers counts the calls that are being read by when that began.
type readers [epochs]atomic.Int64

func (r *readers) add(now time.Time) epoch {
	e := epochOf(now)
	r[e%epochs].Add(1)
	return e
}

func (r *readers) remove(e *epoch) {
	if *e != 0 {
		r[*e%epochs].Add(-1)
		*e = 0
	}
}

// fresh is how many began lately.
func (r *readers) fresh(now time.Time) (n int64) {
	e := epochOf(now)
	for i := range epoch(freshEpochs) {
		n += r[(e-i)%epochs].Load()
	}
	return n
}
