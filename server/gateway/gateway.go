// Package gateway offers a server's calls over HTTP: JSON at the paths that the .proto files give by google.api.http,
// gRPC-Web, Connect, and gRPC itself.
//
// A gateway is a front and no second door. Each HTTP connection gets a connection of its own to the server, inside the
// process, that bears its address and certificates (server.Dial). So whoever may call, may send so much or has to wait
// is decided in one place, and flow control reaches from end to end.
package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/hanconv/hanconv/server"
)

// Config is how a gateway is set up.
type Config struct {
	// Limits are those of the server, by whose numbers HTTP connections are bound, too; zero fields have their default.
	Limits server.Limits
	// TLS makes the gateway speak TLS only, HTTP/2 or 1.1. Without it both are spoken in plain text.
	TLS *tls.Config
	// AllowedOrigins are the origins, such as "https://example.org", whose scripts browsers let call; "*" is all of them.
	// None are allowed unless given: no CORS header is sent.
	AllowedOrigins []string
	// Version is what the OpenAPI document calls its version.
	Version string
	// Observe, if not nil, hears of each HTTP request when it is over. It must not block.
	Observe func(Exchange)
	// Log is where failures go; slog.Default if nil.
	Log *slog.Logger
}

// Exchange tells what became of an HTTP request.
type Exchange struct {
	// Route is the path of a route that the gateway has, or "other".
	Route string
	// Protocol is "json", "grpc-web", "connect", "grpc" or "page".
	Protocol string
	// Called tells that the request became a call, of which the server's own observers hear more.
	Called   bool
	Status   int
	Peer     net.Addr
	Duration time.Duration
}

// Gateway is an HTTP server in front of a server.Server. Its methods are safe for concurrent use.
type Gateway struct {
	server *server.Server
	http   *http.Server
	tls    bool
}

// New makes a gateway to s.
func New(s *server.Server, c Config) (*Gateway, error) {
	c.Limits = c.Limits.WithDefaults()
	if c.Log == nil {
		c.Log = slog.Default()
	}
	calls, err := newTranscoder(c)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	doc, err := openAPI(c.Version)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	h := withPages(s, doc, withCORS(c.AllowedOrigins, calls))
	conns := &connections{server: s}
	return &Gateway{
		server: s,
		tls:    c.TLS != nil,
		http: &http.Server{
			Handler:           observed(c.Observe, inEarnest(c.Log, paced(s, c.Limits, explained(c.Limits, h)))),
			TLSConfig:         forHTTP(c.TLS),
			Protocols:         protocols(),
			HTTP2:             http2Config(c.Limits),
			ReadHeaderTimeout: c.Limits.HandshakeTimeout,
			ReadTimeout:       patience(c.Limits), // where paced begins
			WriteTimeout:      patience(c.Limits),
			IdleTimeout:       c.Limits.ConnectionIdle,
			MaxHeaderBytes:    int(c.Limits.HeaderListBytes),
			ConnContext:       conns.open,
			ConnState:         conns.changed,
			ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug), // clients' own mistakes
		},
	}, nil
}

func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

func http2Config(l server.Limits) *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams: int(l.ConcurrentStreams),
		SendPingTimeout:      l.PingInterval,
		PingTimeout:          l.PingTimeout,
	}
}

// forHTTP is c for the protocols that a gateway speaks. Configurations that c makes for single connections have to name
// them themselves.
func forHTTP(c *tls.Config) *tls.Config {
	if c == nil {
		return nil
	}
	c = c.Clone()
	c.NextProtos = []string{"h2", "http/1.1"}
	if perConn := c.GetConfigForClient; perConn != nil {
		c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			own, err := perConn(hello)
			if own != nil {
				own = own.Clone()
				own.NextProtos = c.NextProtos
			}
			return own, err
		}
	}
	return c
}

// Serve answers connections of l, which it closes, until Shutdown is called or l fails. After a Shutdown it returns
// nil. Several listeners may be served at the same time. Connections count against those that the server may have, and
// those of Unix sockets have no TLS.
func (g *Gateway) Serve(l net.Listener) error {
	where := l.Addr()
	l = g.server.LimitConnections(l)
	var err error
	if g.tls && where.Network() != "unix" {
		err = g.http.ServeTLS(l, "", "")
	} else {
		err = g.http.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve HTTP on %s: %w", where, err)
}

// Shutdown takes no further connections and waits for requests that are being answered. When ctx ends first, the rest
// is cut off and ctx's error returned. The server behind the gateway has to go on until Shutdown has returned.
func (g *Gateway) Shutdown(ctx context.Context) error {
	err := g.http.Shutdown(ctx)
	if err != nil {
		_ = g.http.Close() // what is left is cut off anyway
		return fmt.Errorf("HTTP requests were still running at the end of the time to shut down and were cut off: %w", err)
	}
	return nil
}
