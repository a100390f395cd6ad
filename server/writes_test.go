package server_test

import (
	"net"
	"sync/atomic"
)

// countedWrites counts the bytes that are written to connections.
type countedWrites struct{ n atomic.Int64 }

func (w *countedWrites) count(c net.Conn) net.Conn { return countedConn{c, w} }

type countedConn struct {
	net.Conn
	writes *countedWrites
}

func (c countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.writes.n.Add(int64(n))
	return n, err
}
