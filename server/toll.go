package server

import (
	"maps"
	"net/netip"
	"sync/atomic"
	"time"
)

// Opening a call and taking it back at once costs a client nothing and the server a call (CVE-2023-44487); so does one
// that the caller may not make. Clients in earnest do so now and then, and with all their calls when they give up; a flood
// does nothing else. So some of these are free, and more are paid for by waiting: by the connection, of which less is
// read, and by the network it comes from, which for a while gets no further connections. A connection is not closed: a
// proxy has many clients on one, which would lose their calls.
var (
	ofConnection = price{free: 256, each: time.Millisecond} // all calls that may be open, unless the operator has changed that
	ofNetwork    = price{free: 1024, each: time.Millisecond / 4}
)

const (
	// mostLate bounds how long a connection waits at a time; what it owes stays owed.
	mostLate = time.Second
	// mostNetworks bounds how many networks owe something.
	mostNetworks = 4096
)

// price is what calls cost: nothing for so many at once, then so much time each.
type price struct {
	free int
	each time.Duration
}

// toll is what is owed: the time at which all will have been paid, in nanoseconds; 0 if nothing ever was.
type toll struct{ paid atomic.Int64 }

// charge adds one more call.
func (t *toll) charge(now time.Time, p price) {
	for {
		paid := t.paid.Load()
		if t.paid.CompareAndSwap(paid, max(paid, now.UnixNano())+int64(p.each)) {
			return
		}
	}
}

func (t *toll) everOwed() bool { return t.paid.Load() != 0 }

// debt is how long has to be waited at the time now; not above zero where nothing has.
func (t *toll) debt(now time.Time, p price) time.Duration {
	return time.Unix(0, t.paid.Load()).Sub(now) - time.Duration(p.free)*p.each
}

// networks are those that owe something. They are guarded by whoever has them.
type networks struct {
	tolls     map[netip.Addr]*toll
	forgotten time.Time // when those that had paid were dropped last
}

func newNetworks() networks { return networks{tolls: map[netip.Addr]*toll{}} }

// networkOf is the address, or, with IPv6, what one customer usually has.
func networkOf(a netip.Addr) netip.Addr {
	const customer = 64
	if p, err := a.Prefix(customer); err == nil && a.Is6() {
		return p.Addr()
	}
	return a
}

func (n *networks) charge(a netip.Addr, now time.Time) {
	key := networkOf(a)
	t := n.tolls[key]
	if t == nil {
		if n.isFull(now) {
			return
		}
		t = &toll{}
		n.tolls[key] = t
	}
	t.charge(now, ofNetwork)
}

// isFull tells that there is no room for one more, once those that have paid are dropped; it looks for them now and then.
func (n *networks) isFull(now time.Time) bool {
	if len(n.tolls) < mostNetworks {
		return false
	}
	if now.Sub(n.forgotten) > time.Second {
		n.forgotten = now
		maps.DeleteFunc(n.tolls, func(_ netip.Addr, t *toll) bool { return t.paid.Load() <= now.UnixNano() })
	}
	return len(n.tolls) >= mostNetworks
}

// owes tells whether a has to wait for its next connection.
func (n *networks) owes(a netip.Addr, now time.Time) bool {
	if len(n.tolls) == 0 {
		return false
	}
	t := n.tolls[networkOf(a)]
	return t != nil && t.debt(now, ofNetwork) > 0
}
