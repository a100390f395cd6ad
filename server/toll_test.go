package server

import (
	"net/netip"
	"testing"
	"time"
)

func TestTollIsPaidByWaiting(t *testing.T) {
	var c toll
	now, p := time.Unix(1_000_000, 0), price{free: 10, each: time.Millisecond}
	if c.everOwed() {
		t.Error("a new connection owes something")
	}
	for range p.free {
		c.charge(now, p)
	}
	if debt := c.debt(now, p); debt > 0 || !c.everOwed() {
		t.Errorf("what is free takes %v", debt)
	}
	for range 100 {
		c.charge(now, p)
	}
	if debt := c.debt(now, p); debt != 100*p.each {
		t.Errorf("a hundred calls more take %v", debt)
	}
	if debt := c.debt(now.Add(100*p.each), p); debt > 0 {
		t.Errorf("what is paid takes %v", debt)
	}
	later := now.Add(time.Hour)
	c.charge(later, p)
	if debt := c.debt(later, p); debt > 0 {
		t.Errorf("an hour later one call takes %v", debt)
	}
}

func TestNetworksPayTogether(t *testing.T) {
	now, n := time.Unix(1_000_000, 0), newNetworks()
	one, neighbour, other := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("2001:db8:1::1")
	for range ofNetwork.free + 1 {
		n.charge(one, now)
	}
	if !n.owes(neighbour, now) || n.owes(other, now) || n.owes(netip.MustParseAddr("192.0.2.1"), now) {
		t.Error("the wrong ones owe")
	}
	if n.owes(one, now.Add(ofNetwork.each)) {
		t.Error("what is paid is owed")
	}
}

func TestNetworksAreBounded(t *testing.T) {
	now, n := time.Unix(1_000_000, 0), newNetworks()
	for i := range 3 * mostNetworks {
		n.charge(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(n.tolls) != mostNetworks {
		t.Errorf("%d networks are kept", len(n.tolls))
	}
	n.charge(netip.MustParseAddr("192.0.2.1"), now.Add(2*time.Second))
	if len(n.tolls) != 1 {
		t.Errorf("%d networks are kept that have paid", len(n.tolls))
	}
}
