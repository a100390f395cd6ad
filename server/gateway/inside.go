package gateway

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"github.com/hanconv/hanconv/server"
)

// connections has the HTTP connections that are open.
type connections struct {
	server *server.Server
	all    sync.Map // of *connection, by net.Conn
}

// connection is an HTTP connection with its connection inside the process, which is made when the first call comes.
type connection struct {
	server    *server.Server
	conn      net.Conn
	began     time.Time
	tls       *tls.ConnectionState // set before the first call
	transport *http.Transport
	once      sync.Once
	takenBack takenBack
}

type connectionKey struct{}

// idleInside is how long a connection inside the process outlives its last call. It takes more memory than the one
// outside, which may be idle for longer.
const idleInside = 5 * time.Second

func (c *connections) open(ctx context.Context, conn net.Conn) context.Context {
	n := &connection{server: c.server, conn: conn, began: time.Now()}
	c.all.Store(conn, n)
	return context.WithValue(ctx, connectionKey{}, n)
}

func (c *connections) changed(conn net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	if n, ok := c.all.LoadAndDelete(conn); ok {
		n.(*connection).close()
	}
}

func connectionOf(r *http.Request) *connection {
	return r.Context().Value(connectionKey{}).(*connection)
}

// start makes the transport; the state of TLS is known only with a request.
func (c *connection) start(r *http.Request) *http.Transport {
	c.once.Do(func() {
		c.tls = r.TLS
		p := new(http.Protocols)
		p.SetUnencryptedHTTP2(true)
		c.transport = &http.Transport{
			Protocols:          p,
			DialContext:        c.dial,
			DisableCompression: true,
			IdleConnTimeout:    idleInside,
		}
	})
	return c.transport
}

func (c *connection) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	o := c.origin()
	o.TLS = c.tls
	return c.server.Dial(ctx, o)
}

func (c *connection) origin() server.Origin {
	return server.Origin{Local: c.conn.LocalAddr(), Remote: c.conn.RemoteAddr()}
}

func (c *connection) chargeTakenBack() { c.server.TakenBack(c.origin()) }

func (c *connection) close() {
	c.once.Do(func() {}) // no call comes any more
	if c.transport != nil {
		c.transport.CloseIdleConnections()
	}
}

// roundTrip sends r on by the connection that belongs to the one it came by.
func roundTrip(r *http.Request) (*http.Response, error) {
	noteCall(r)
	ctx, cancel := context.WithCancel(r.Context())
	resp, err := connectionOf(r).start(r).RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = reply{resp.Body, cancel}
	return resp, nil
}

// reply is the body of a response that may end before the request does, of whose body nothing is sent any more then.
// Without that, its client would hear the end when it sends the next piece.
type reply struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (r reply) Close() error {
	r.cancel()
	return r.ReadCloser.Close()
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// inside hands gRPC to the server by the connection that belongs to the client's.
func inside(log *slog.Logger) http.Handler {
	target := &url.URL{Scheme: "http", Host: "hanconv"}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		Transport:     roundTripper(roundTrip),
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ErrorHandler:  unavailable,
	}
}

// unavailable answers for a server that takes no calls any more; clients may try again elsewhere.
func unavailable(w http.ResponseWriter, r *http.Request, _ error) {
	if r.Context().Err() != nil {
		return // nobody is left to answer
	}
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Grpc-Status", "14")
	w.Header().Set("Grpc-Message", "the server is stopping")
	w.WriteHeader(http.StatusOK)
}
