package admission

import (
	"hash/maphash"
	"net/netip"
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

// A client may open calls, send nothing, and open others when these are not fresh any more. So calls that are being read
// keep out only clients who have such calls themselves, as many as may run at a time.

// clients is how many clients are told apart. Those that fall together are taken for one, which matters only to those who
// have fallen together with a flood.
const clients = 1024

// readers counts the calls that are being read by when that began, and by whose they are.
type readers struct {
	began [epochs]atomic.Int64
	of    [clients]atomic.Int64
}

var seed = maphash.MakeSeed() // so that nobody can choose with whom to fall together

// clientOf is the place of a client by its address.
func clientOf(from netip.Addr) uint64 { return maphash.Comparable(seed, from) % clients }

func (r *readers) add(now time.Time, client uint64) epoch {
	e := epochOf(now)
	r.began[e%epochs].Add(1)
	r.of[client].Add(1)
	return e
}

func (r *readers) remove(c *Call) {
	if c.reading != 0 {
		r.began[c.reading%epochs].Add(-1)
		r.of[c.client].Add(-1)
		c.reading = 0
	}
}

// fresh is how many began lately.
func (r *readers) fresh(now time.Time) (n int64) {
	e := epochOf(now)
	for i := range epoch(freshEpochs) {
		n += r.began[(e-i)%epochs].Load()
	}
	return n
}
