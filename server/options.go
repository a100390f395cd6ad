package server

import (
	"crypto/tls"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/stats"

	"github.com/hanconv/hanconv/server/access"
	"github.com/hanconv/hanconv/server/admission"
)

// Option changes how a Server is built.
type Option func(*config)

type config struct {
	limits     Limits
	tls        *tls.Config
	reflection bool
	logger     *slog.Logger
	drainDelay time.Duration
	unary      []grpc.UnaryServerInterceptor
	stream     []grpc.StreamServerInterceptor
	extra      []grpc.ServerOption
	access     *access.List
	profiles   []Profile
	admission  admission.Config
	observers  watcher
	stats      []stats.Handler
}

func newConfig(opts []Option) config {
	c := config{reflection: true, logger: slog.Default()}
	for _, o := range opts {
		o(&c)
	}
	c.limits = c.limits.orDefault()
	return c
}

// WithLimits sets the limits; fields that are zero keep their default.
func WithLimits(l Limits) Option {
	return func(c *config) { c.limits = l }
}

// WithAdmission bounds what the server takes on; fields that are zero keep their default.
func WithAdmission(a admission.Config) Option {
	return func(c *config) { c.admission = a }
}

// WithTLS serves over TLS only, but for Unix sockets, which the system keeps. A configuration that asks for client
// certificates makes it mutual.
func WithTLS(t *tls.Config) Option {
	return func(c *config) { c.tls = t }
}

// WithReflection tells whether the server describes its services to tools such as grpcurl; it does by default.
func WithReflection(on bool) Option {
	return func(c *config) { c.reflection = on }
}

// WithLogger sets where failures of the server itself are logged; the default is slog.Default.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) { c.logger = l }
}

// WithDrainDelay makes Shutdown wait between reporting NOT_SERVING and refusing connections, so that load balancers
// that ask for the server's health turn away first. The default is not to wait.
func WithDrainDelay(d time.Duration) Option {
	return func(c *config) { c.drainDelay = d }
}

// WithUnaryInterceptors adds interceptors for single calls, the first one outermost. They run inside the one that
// turns panics into errors. They may keep messages; so the server cannot use the memory of texts again, and a call
// costs it up to a third more.
func WithUnaryInterceptors(i ...grpc.UnaryServerInterceptor) Option {
	return func(c *config) { c.unary = append(c.unary, i...) }
}

// WithStreamInterceptors is WithUnaryInterceptors for streams.
func WithStreamInterceptors(i ...grpc.StreamServerInterceptor) Option {
	return func(c *config) { c.stream = append(c.stream, i...) }
}

// WithGRPCOptions passes options to the gRPC server after the ones that this package sets, for what has no option
// here, such as a stats handler. An option that replaces the codec breaks the service's error reports. They cost what
// WithUnaryInterceptors costs.
func WithGRPCOptions(o ...grpc.ServerOption) Option {
	return func(c *config) { c.extra = append(c.extra, o...) }
}

// streamWorkers is how many goroutines wait for calls. A new goroutine begins with a small stack and copies it again and
// again as it grows, which makes up a quarter of a short call; one that waits has grown. Calls beyond these get goroutines
// of their own.
const streamWorkers = 64

// grpcOptions are the settings of the gRPC server, whose own defaults leave most things unlimited.
func (c config) grpcOptions(inner ...grpc.ServerOption) []grpc.ServerOption {
	l := c.limits
	opts := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(l.messageBytes()),
		grpc.MaxConcurrentStreams(l.ConcurrentStreams),
		grpc.MaxHeaderListSize(l.HeaderListBytes),
		grpc.ConnectionTimeout(l.HandshakeTimeout),
		grpc.KeepaliveParams(l.keepalive()),
		grpc.KeepaliveEnforcementPolicy(l.pingPolicy()),
		grpc.WaitForHandlers(true),
		grpc.NumStreamWorkers(streamWorkers),
	}
	var own credentials.TransportCredentials
	if c.tls != nil {
		own = remoteOnly{tlsCredentials(c.tls)}
	}
	opts = append(opts, grpc.Creds(withRelay(own)))
	if len(c.observers) > 0 {
		opts = append(opts, grpc.StatsHandler(c.observers))
	}
	for _, h := range c.stats {
		opts = append(opts, grpc.StatsHandler(h))
	}
	return append(append(opts, inner...), c.extra...)
}

// pool lends the memory of texts, unless others see the messages, too, who may keep them.
func (c config) pool() *pool {
	if len(c.unary)+len(c.stream)+len(c.extra) > 0 || grpc.EnableTracing {
		return nil
	}
	return &pool{}
}

func (c config) firstUnary(guard recoverer) []grpc.UnaryServerInterceptor {
	if len(c.observers) == 0 {
		return []grpc.UnaryServerInterceptor{guard.unary}
	}
	return []grpc.UnaryServerInterceptor{c.observers.unary, guard.unary}
}

func (c config) firstStream(guard recoverer) []grpc.StreamServerInterceptor {
	if len(c.observers) == 0 {
		return []grpc.StreamServerInterceptor{guard.stream}
	}
	return []grpc.StreamServerInterceptor{c.observers.stream, guard.stream}
}
