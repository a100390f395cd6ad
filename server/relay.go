package server

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// Origin is the client on whose behalf a connection is made.
type Origin struct {
	// Local and Remote are the two ends of the client's own connection.
	Local, Remote net.Addr
	// TLS is the state of the client's own connection; nil if that is plain text.
	TLS *tls.ConnectionState
}

// Dial opens a connection inside the process, for a front that takes in clients by another protocol and speaks HTTP/2
// in plain text to the server. For the server the connection is o's: identities, limits and admission hold as if o had
// come by itself.
func (s *Server) Dial(ctx context.Context, o Origin) (net.Conn, error) {
	s.relaying.Do(func() { go s.serveRelay() })
	conn, err := s.relay.dial(ctx, o)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// relayBytes is the size of the buffers between both ends of a connection inside the process.
const relayBytes = 16 * kib

// relay is a listener whose connections come from inside the process.
type relay struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newRelay() *relay { return &relay{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (r *relay) dial(ctx context.Context, o Origin) (net.Conn, error) {
	near, far := newPipe()
	select {
	case r.conns <- relayed{far, o}:
		return near, nil
	case <-r.closed:
	case <-ctx.Done():
	}
	_, _ = near.Close(), far.Close()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, net.ErrClosed
}

// newPipe returns both ends of a connection with buffers, without which two ends that both begin by writing would wait
// for each other.
func newPipe() (near, far net.Conn) {
	l := bufconn.Listen(relayBytes)
	defer func() { _ = l.Close() }()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept() // fails only when l is closed
		accepted <- c
	}()
	near, _ = l.Dial()
	return near, <-accepted
}

// Accept implements net.Listener.
func (r *relay) Accept() (net.Conn, error) {
	select {
	case c := <-r.conns:
		return c, nil
	case <-r.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (r *relay) Close() error {
	r.once.Do(func() { close(r.closed) })
	return nil
}

// Addr implements net.Listener.
func (r *relay) Addr() net.Addr { return relayAddr{} }

type relayAddr struct{}

func (relayAddr) Network() string { return "relay" }
func (relayAddr) String() string  { return "inside the process" }

// relayed is the server's end of a connection inside the process.
type relayed struct {
	net.Conn
	origin Origin
}

func (r relayed) LocalAddr() net.Addr  { return orRelay(r.origin.Local) }
func (r relayed) RemoteAddr() net.Addr { return orRelay(r.origin.Remote) }

func orRelay(a net.Addr) net.Addr {
	if a == nil {
		return relayAddr{}
	}
	return a
}

// relayCredentials take over the identity of connections inside the process, and leave others to the credentials that
// they stand before.
type relayCredentials struct {
	credentials.TransportCredentials
}

func withRelay(c credentials.TransportCredentials) credentials.TransportCredentials {
	if c == nil {
		c = insecure.NewCredentials()
	}
	return relayCredentials{c}
}

// ServerHandshake implements credentials.TransportCredentials.
func (c relayCredentials) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	r, ok := conn.(relayed)
	if !ok {
		return c.TransportCredentials.ServerHandshake(conn)
	}
	if r.origin.TLS == nil {
		return insecure.NewCredentials().ServerHandshake(conn)
	}
	return conn, credentials.TLSInfo{
		State:          *r.origin.TLS,
		CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity},
	}, nil
}

// Clone implements credentials.TransportCredentials.
func (c relayCredentials) Clone() credentials.TransportCredentials {
	return relayCredentials{c.TransportCredentials.Clone()}
}

// serveRelay answers the connections inside the process until the server ends.
func (s *Server) serveRelay() {
	if err := s.Serve(s.relay); err != nil && !errors.Is(err, net.ErrClosed) {
		s.log.Error("connections inside the process are not served any more", "error", err)
	}
}
