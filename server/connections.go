package server

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// connections counts those that are open. Further ones are closed as soon as they come: in a queue they would wait for
// others that may stay for long, and their clients could not try another server.
type connections struct {
	most, mostOfOne int

	mu      sync.Mutex
	open    int
	of      map[netip.Addr]int
	remotes map[netip.AddrPort]*countedConn
	closed  atomic.Uint64 // those that were too many
}

// mostAbandoned is how many streams a connection may have whose end its client does not take in. gRPC keeps what was
// sent, up to a window each, until the client reads it, and has no way to reset such a stream. A proxy has many clients
// on a connection; so one of them does not end it.
const mostAbandoned = 8

func newConnections(l Limits) *connections {
	return &connections{most: l.Connections, mostOfOne: l.ConnectionsPerAddress, of: map[netip.Addr]int{}, remotes: map[netip.AddrPort]*countedConn{}}
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
		c := &countedConn{Conn: conn, from: remoteOf(conn.RemoteAddr()), conns: l.conns}
		if l.conns.add(c) {
			return c, nil
		}
		l.conns.closed.Add(1)
		_ = conn.Close()
	}
}

// remoteOf is not valid for Unix sockets.
func remoteOf(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	remote := t.AddrPort()
	return netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
}

func (c *connections) add(conn *countedConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	address := conn.from.Addr()
	if c.open >= c.most || c.mostOfOne > 0 && address.IsValid() && c.of[address] >= c.mostOfOne {
		return false
	}
	c.open++
	c.of[address]++
	c.remotes[conn.from] = conn
	return true
}

func (c *connections) remove(conn *countedConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	address := conn.from.Addr()
	c.open--
	if c.of[address]--; c.of[address] <= 0 {
		delete(c.of, address)
	}
	if c.remotes[conn.from] == conn {
		delete(c.remotes, conn.from)
	}
}

// abandon notes that a stream has ended whose client does not read, and closes its connection if it has many.
func (c *connections) abandon(from net.Addr) {
	remote := remoteOf(from)
	if !remote.IsValid() {
		return
	}
	c.mu.Lock()
	conn := c.remotes[remote]
	if conn != nil {
		conn.abandoned++
	}
	tooMany := conn != nil && conn.abandoned >= mostAbandoned
	c.mu.Unlock()
	if tooMany {
		_ = conn.Close()
	}
}

// countedConn is a connection until it is closed.
type countedConn struct {
	net.Conn
	from      netip.AddrPort
	conns     *connections
	once      sync.Once
	abandoned int // guarded by conns.mu
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.once.Do(func() { c.conns.remove(c) })
	return c.Conn.Close()
}

// Connections is how many connections are open, and how many were closed because there were too many.
func (s *Server) Connections() (open int, refused uint64) {
	s.door.conns.mu.Lock()
	defer s.door.conns.mu.Unlock()
	return s.door.conns.open, s.door.conns.closed.Load()
}
