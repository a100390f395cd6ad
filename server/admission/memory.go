package admission

import (
	"math"
	"math/rand/v2"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

func jitter(d time.Duration) time.Duration { return rand.N(max(d, 1)) }

// lookEvery is how often the memory is looked at: often enough for what arrives meanwhile, and a look takes a few
// microseconds.
const lookEvery = 50 * time.Millisecond

// memoryWatch tells when the process uses more than its memory limit, that of runtime/debug.SetMemoryLimit. The garbage
// collector works the harder the nearer it comes; what is above the limit, then, is in use.
type memoryWatch struct {
	above atomic.Bool
	once  sync.Once
	stop  chan struct{}
}

func newMemoryWatch() *memoryWatch {
	m := &memoryWatch{stop: make(chan struct{})}
	go m.run()
	return m
}

func (m *memoryWatch) close() { m.once.Do(func() { close(m.stop) }) }

func (m *memoryWatch) short() bool { return m.above.Load() }

func (m *memoryWatch) run() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	use := newMemoryUse()
	for {
		select {
		case <-m.stop:
			return
		case <-tick.C:
			limit := debug.SetMemoryLimit(-1)
			m.above.Store(limit != math.MaxInt64 && use.bytes() > uint64(limit))
		}
	}
}

// memoryUse reads what counts against the limit.
type memoryUse struct{ samples []metrics.Sample }

func newMemoryUse() memoryUse {
	return memoryUse{[]metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}}
}

func (m memoryUse) bytes() uint64 {
	metrics.Read(m.samples)
	return m.samples[0].Value.Uint64() - m.samples[1].Value.Uint64()
}
