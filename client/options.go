package client

import (
	"crypto/tls"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	_ "google.golang.org/grpc/health" // lets round_robin ask servers for their health
	"google.golang.org/grpc/keepalive"
)

// Option changes how a Client is built.
type Option func(*config)

type config struct {
	tls          *tls.Config
	plaintext    bool
	gzip         bool
	userAgent    string
	token        string
	sendBytes    int
	receiveBytes int
	extra        []grpc.DialOption
}

const (
	mib = 1 << 20

	// defaultSendBytes is what a server reads before it refuses without details: twice its own limit of 4 MiB.
	defaultSendBytes = 8 * mib
	// defaultReceiveBytes has room for a reply with the alignment of the largest batch, of whose characters every one has
	// candidates.
	defaultReceiveBytes = 256 * mib
)

func newConfig(opts []Option) config {
	c := config{userAgent: "hanconv", sendBytes: defaultSendBytes, receiveBytes: defaultReceiveBytes}
	for _, o := range opts {
		o(&c)
	}
	return c
}

// WithPlaintext talks without TLS to servers on other machines, too. Texts can be read on the way.
func WithPlaintext() Option {
	return func(c *config) { c.plaintext = true }
}

// WithTLS talks over TLS with this configuration: own roots, a client certificate, another server name. It is taken
// for loopback addresses and Unix sockets as well and wins over WithPlaintext.
func WithTLS(t *tls.Config) Option {
	return func(c *config) { c.tls = t }
}

// WithGzip compresses what is sent, which pays on slow networks; the server answers in kind.
func WithGzip() Option {
	return func(c *config) { c.gzip = true }
}

// WithToken sends a token with each call, for a server that wants to know who calls. It travels as the texts do: over TLS,
// or in plain text on this machine and WithPlaintext.
func WithToken(token string) Option {
	return func(c *config) { c.token = token }
}

// WithUserAgent names the program in the server's logs; the default is "hanconv".
func WithUserAgent(name string) Option {
	return func(c *config) { c.userAgent = name }
}

// WithMaxMessageBytes sets the size of the largest message to send and to receive, in bytes; the defaults of 8 MiB and
// 256 MiB suit a server with default limits. A value that is not positive leaves the default.
func WithMaxMessageBytes(send, receive int) Option {
	return func(c *config) {
		if send > 0 {
			c.sendBytes = send
		}
		if receive > 0 {
			c.receiveBytes = receive
		}
	}
}

// WithGRPCDialOptions passes options to gRPC for what has no option here, such as interceptors for tracing.
func WithGRPCDialOptions(o ...grpc.DialOption) Option {
	return func(c *config) { c.extra = append(c.extra, o...) }
}

// serviceConfig spreads calls over all healthy addresses and repeats those that no server took. Retries stop while
// more than a tenth of the calls fail, so that they do not add to an overload.
const serviceConfig = `{
	"loadBalancingConfig": [{"round_robin": {}}],
	"healthCheckConfig": {"serviceName": "hanconv.v1.ConversionService"},
	"methodConfig": [{
		"name": [{"service": "hanconv.v1.ConversionService"}],
		"retryPolicy": {
			"maxAttempts": 4,
			"initialBackoff": "0.1s",
			"maxBackoff": "1s",
			"backoffMultiplier": 2,
			"retryableStatusCodes": ["UNAVAILABLE"]
		}
	}],
	"retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}
}`

func (c config) dialOptions(target string) ([]grpc.DialOption, error) {
	static, err := staticAddresses(target)
	if err != nil {
		return nil, err
	}
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(c.credentials(target)),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDisableServiceConfig(),
		grpc.WithUserAgent(c.userAgent),
		grpc.WithDefaultCallOptions(c.callOptions()...),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: time.Minute, Timeout: 20 * time.Second}),
	}
	if static != nil {
		opts = append(opts, grpc.WithResolvers(static))
	}
	if c.token != "" {
		opts = append(opts, grpc.WithPerRPCCredentials(bearer(c.token)))
	}
	return append(opts, c.extra...), nil
}

func (c config) callOptions() []grpc.CallOption {
	opts := []grpc.CallOption{
		grpc.MaxCallSendMsgSize(c.sendBytes),
		grpc.MaxCallRecvMsgSize(c.receiveBytes),
		grpc.MaxRetryRPCBufferSize(c.sendBytes),
	}
	if c.gzip {
		opts = append(opts, grpc.UseCompressor(gzip.Name))
	}
	return opts
}

func (c config) credentials(target string) credentials.TransportCredentials {
	switch {
	case c.tls != nil:
		return credentials.NewTLS(c.tls)
	case c.plaintext || isLocal(target):
		return insecure.NewCredentials()
	}
	return credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
}
