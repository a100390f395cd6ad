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

	mu     sync.Mutex
	open   int
	of     map[netip.Addr]int
	closed atomic.Uint64 // those that were too many
}

func newConnections(l Limits) *connections {
	return &connections{most: l.Connections, mostOfOne: l.ConnectionsPerAddress, of: map[netip.Addr]int{}}
}

// LimitConnections makes the connections of l count among the server's, and closes those beyond its limits. Serve does so
// by itself; fronts that serve other protocols call it.
func (s *Server) LimitConnections(l net.Listener) net.Listener { return limitedListener{l, s.conns} }

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
		from := addressOfConn(conn)
		if l.conns.add(from) {
			return &countedConn{Conn: conn, from: from, conns: l.conns}, nil
		}
		l.conns.closed.Add(1)
		_ = conn.Close()
	}
}

func addressOfConn(c net.Conn) netip.Addr {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return a.AddrPort().Addr().Unmap()
}

func (c *connections) add(from netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.most || c.mostOfOne > 0 && from.IsValid() && c.of[from] >= c.mostOfOne {
		return false
	}
	c.open++
	if c.mostOfOne > 0 {
		c.of[from]++
	}
	return true
}

func (c *connections) remove(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if c.of[from]--; c.of[from] <= 0 {
		delete(c.of, from)
	}
}

// countedConn is a connection until it is closed.
type countedConn struct {
	net.Conn
	from  netip.Addr
	conns *connections
	once  sync.Once
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.once.Do(func() { c.conns.remove(c.from) })
	return c.Conn.Close()
}

// Connections is how many connections are open, and how many were closed because there were too many.
func (s *Server) Connections() (open int, refused uint64) {
	s.conns.mu.Lock()
	defer s.conns.mu.Unlock()
	return s.conns.open, s.conns.closed.Load()
}
