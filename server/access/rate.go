package access

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often somebody may call.
type Rate struct {
	// PerSecond is how many calls a second there may be in the long run; 0 is no limit.
	PerSecond float64
	// Burst is how many calls there may be at once after a pause.
	Burst int
}

// meter counts calls.
type meter interface {
	// take counts a call now, or tells how long to wait before it.
	take(from netip.Addr, now time.Time) time.Duration
}

func newLimiter(r Rate) *rate.Limiter { return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst) }

func take(l *rate.Limiter, now time.Time) time.Duration {
	r := l.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// oneMeter counts all calls together.
type oneMeter struct{ limiter *rate.Limiter }

func (m oneMeter) take(_ netip.Addr, now time.Time) time.Duration { return take(m.limiter, now) }

// mostAddresses bounds the memory of addressMeter to a few megabytes.
const mostAddresses = 1 << 14

// addressMeter counts the calls of each address on its own; an IPv6 network of 64 bits, which is what one customer has,
// counts as one address.
type addressMeter struct {
	rate Rate

	mu       sync.Mutex
	limiters map[netip.Prefix]*rate.Limiter
}

func newAddressMeter(r Rate) *addressMeter {
	return &addressMeter{rate: r, limiters: map[netip.Prefix]*rate.Limiter{}}
}

func (m *addressMeter) take(from netip.Addr, now time.Time) time.Duration {
	return take(m.limiter(networkOf(from), now), now)
}

func (m *addressMeter) limiter(of netip.Prefix, now time.Time) *rate.Limiter {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l, ok := m.limiters[of]; ok {
		return l
	}
	if len(m.limiters) >= mostAddresses {
		m.forget(now)
	}
	l := newLimiter(m.rate)
	m.limiters[of] = l
	return l
}

// forget drops the addresses that have not called for so long that it makes no difference. If all have called, it drops
// them all: their burst is what that gives away.
func (m *addressMeter) forget(now time.Time) {
	for address, l := range m.limiters {
		if l.TokensAt(now) >= float64(m.rate.Burst) {
			delete(m.limiters, address)
		}
	}
	if len(m.limiters) >= mostAddresses {
		clear(m.limiters)
	}
}

func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	network, _ := a.Prefix(bits) // the zero prefix for an address that is not valid
	return network
}
