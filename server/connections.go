package server

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/peer"
)

// connections counts those that are open. Further ones are closed as soon as they come: in a queue they would wait for
// others that may stay for long, and their clients could not try another server.
type connections struct {
	most, mostOfOne int

	mu     sync.Mutex
	open   int
	of     map[netip.Addr]int
	byEnds map[ends]*countedConn
	owing  networks
	closed atomic.Uint64 // those that were too many
}

// ends are the two addresses of a connection over TCP; others have none.
type ends struct{ local, remote netip.AddrPort }

func endsOf(local, remote net.Addr) ends { return ends{portOf(local), portOf(remote)} }

// portOf is not valid for Unix sockets.
func portOf(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	port := t.AddrPort()
	return netip.AddrPortFrom(port.Addr().Unmap(), port.Port())
}

// mostAbandoned is how many streams a connection may have whose end its client does not take in. gRPC keeps what was
// sent, up to a window each, until the client reads it, and has no way to reset such a stream. A proxy has many clients
// on a connection; so one of them does not end it.
const mostAbandoned = 8

func newConnections(l Limits) *connections {
	return &connections{most: l.Connections, mostOfOne: l.ConnectionsPerAddress, of: map[netip.Addr]int{}, byEnds: map[ends]*countedConn{}, owing: newNetworks()}
}

// LimitConnections makes the connections of l count among the server's, and closes those beyond its limits. Serve does so
// by itself; fronts that serve other protocols call it.
func (s *Server) LimitConnections(l net.Listener) net.Listener {
	return limitedListener{l, s.door.conns}
}

type limitedListener struct {
	net.Listener
	conns *connections
}

// Accept implements net.Listener.
func (l limitedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &countedConn{Conn: conn, ends: endsOf(conn.LocalAddr(), conn.RemoteAddr()), conns: l.conns, gone: make(chan struct{})}
		if l.conns.add(c) {
			return c, nil
		}
		l.conns.closed.Add(1)
		_ = conn.Close()
	}
}

func (c *connections) add(conn *countedConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	address := conn.ends.remote.Addr()
	if c.open >= c.most || c.mostOfOne > 0 && address.IsValid() && c.of[address] >= c.mostOfOne {
		return false
	}
	if c.owing.owes(address, time.Now()) {
		return false
	}
	c.open++
	c.of[address]++
	c.byEnds[conn.ends] = conn
	return true
}

func (c *connections) remove(conn *countedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	address := conn.ends.remote.Addr()
	c.open--
	if c.of[address]--; c.of[address] <= 0 {
		delete(c.of, address)
	}
	if c.byEnds[conn.ends] == conn {
		delete(c.byEnds, conn.ends)
	}
}

// endsFrom are the ends of the connection that a call came by, if they are known.
func endsFrom(ctx context.Context) (e ends, ok bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return e, false
	}
	e = endsOf(p.LocalAddr, p.Addr)
	return e, e.remote.IsValid()
}

// abandon notes that a stream has ended whose client does not read, and closes its connection if it has many.
func (c *connections) abandon(ctx context.Context) {
	e, ok := endsFrom(ctx)
	if !ok {
		return
	}
	c.mu.Lock()
	conn := c.byEnds[e]
	c.mu.Unlock()
	if conn != nil && conn.abandoned.Add(1) >= mostAbandoned {
		_ = conn.Close()
	}
}

// charge notes that a call has cost the server something and its client nothing.
func (c *connections) charge(ctx context.Context) {
	if e, ok := endsFrom(ctx); ok {
		c.chargeEnds(e, time.Now())
	}
}

func (c *connections) chargeEnds(e ends, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owing.charge(e.remote.Addr(), now)
	if conn := c.byEnds[e]; conn != nil {
		conn.toll.charge(now, ofConnection)
	}
}

// TakenBack tells the server of a request that never became a call, because its client took it back before a front came
// to it. The server slows such clients down; calls that are taken back it sees itself.
func (s *Server) TakenBack(o Origin) {
	if e := endsOf(o.Local, o.Remote); e.remote.IsValid() {
		s.door.conns.chargeEnds(e, time.Now())
	}
}

// countedConn is a connection until it is closed.
type countedConn struct {
	net.Conn
	ends      ends
	conns     *connections
	once      sync.Once
	gone      chan struct{}
	abandoned atomic.Int64
	toll      toll
}

// Read implements net.Conn. It begins late where a client owes a toll.
func (c *countedConn) Read(b []byte) (int, error) {
	if c.toll.everOwed() {
		c.pay()
	}
	return c.Conn.Read(b)
}

func (c *countedConn) pay() {
	debt := c.toll.debt(time.Now(), ofConnection)
	if debt <= 0 {
		return
	}
	select {
	case <-time.After(min(debt, mostLate)):
	case <-c.gone:
	}
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.once.Do(func() {
		c.conns.remove(c)
		close(c.gone)
	})
	return c.Conn.Close()
}

// Connections is how many connections are open, and how many were closed because there were too many.
func (s *Server) Connections() (open int, refused uint64) {
	s.door.conns.mu.Lock()
	defer s.door.conns.mu.Unlock()
	return s.door.conns.open, s.door.conns.closed.Load()
}
