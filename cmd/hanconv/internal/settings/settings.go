// Package settings reads what hanconv serve is told: by flags, by variables of the environment and by one YAML file.
//
// Every setting has one name everywhere. What is --max-text on the command line is HANCONV_MAX_TEXT in the environment
// and max-text in the file, where settings may also be grouped at any hyphen (max: {text: 4MiB}). A flag wins over the
// environment, the environment over the file, the file over the default. Whatever is not a setting or not a value of
// it is refused with the place where it stands.
//
// # Adding a section
//
// A section is a struct in a file of its own with two methods, and a field of Settings listed in sections. register
// binds its fields to flags, which gives them their environment variables, their place in the file and in
// --print-config; Reloadable and Secret mark flags. check refuses values that do not go together, by Origins.refuse,
// which knows where the value stands.
package settings

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/hanconv/hanconv/server"
)

// Settings are everything that a server can be told.
type Settings struct {
	Listen    Listen
	TLS       TLS
	Access    Access
	Service   Service
	Limits    Limits
	Admission Admission
	Lifecycle Lifecycle
	HTTP      HTTP
	Telemetry Telemetry

	origins Origins
	flags   *pflag.FlagSet // what the fields are bound to, once loaded
}

// section is a group of settings that belong together.
type section interface {
	register(f *pflag.FlagSet)
	check(o Origins) error
}

func (s *Settings) sections() []section {
	return []section{&s.Listen, &s.TLS, &s.Access, &s.Service, &s.Limits, &s.Admission, &s.Lifecycle, &s.HTTP, &s.Telemetry}
}

// Register adds a flag for each setting.
func (s *Settings) Register(f *pflag.FlagSet) {
	for _, section := range s.sections() {
		section.register(f)
	}
}

// Origins tells where the settings' values come from.
func (s *Settings) Origins() Origins { return s.origins }

// Listen is where clients come in.
type Listen struct {
	Addresses []string
	// Plaintext allows talking without TLS to other machines.
	Plaintext bool
}

const defaultListen = "127.0.0.1:7420"

func (l *Listen) register(f *pflag.FlagSet) {
	f.StringArrayVar(&l.Addresses, "listen", []string{defaultListen},
		"`ADDRESS` to listen on: HOST:PORT, unix:PATH or systemd; repeatable")
	f.BoolVar(&l.Plaintext, "insecure-plaintext", false,
		"talk without TLS to other machines, too; who is in between reads the texts")
}

func (l *Listen) check(o Origins) error {
	if len(l.Addresses) == 0 {
		return o.refuse("listen", "at least one address is wanted")
	}
	return nil
}

// The values of TLS.ClientAuth.
const (
	ClientAuthRequire  = "require"
	ClientAuthOptional = "optional"
)

// TLS is how connections are secured.
type TLS struct {
	Cert, Key, ClientCA string
	ClientAuth          string
}

func (t *TLS) register(f *pflag.FlagSet) {
	f.StringVar(&t.Cert, "tls-cert", "", "PEM `FILE` with the server's certificate; makes TCP connections TLS only")
	f.StringVar(&t.Key, "tls-key", "", "PEM `FILE` with the key of the certificate")
	f.StringVar(&t.ClientCA, "tls-client-ca", "", "PEM `FILE` with the authorities that vouch for clients' certificates")
	f.Var(choice(&t.ClientAuth, ClientAuthRequire, ClientAuthOptional), "tls-client-auth",
		"whether clients must have a certificate: require, or optional where some come with a token")
	Reloadable(f, "tls-cert", "tls-key", "tls-client-ca", "tls-client-auth")
}

func (t *TLS) check(o Origins) error {
	switch {
	case t.Cert != "" && t.Key == "":
		return o.refuse("tls-cert", "tls-cert and tls-key go together, and tls-key is missing")
	case t.Cert == "" && t.Key != "":
		return o.refuse("tls-key", "tls-cert and tls-key go together, and tls-cert is missing")
	case t.ClientCA != "" && t.Cert == "":
		return o.refuse("tls-client-ca", "clients' certificates need TLS: tls-cert and tls-key are missing")
	case t.ClientCA == "" && t.ClientAuth != ClientAuthRequire:
		return o.refuse("tls-client-auth", "tls-client-ca has to name the authorities that vouch for clients")
	}
	return nil
}

// Access is who may call.
type Access struct {
	File      string
	Anonymous string
}

// The values of Access.Anonymous.
const (
	AnonymousAuto  = "auto"
	AnonymousLocal = "local"
	AnonymousAll   = "all"
	AnonymousNone  = "none"
)

func (a *Access) register(f *pflag.FlagSet) {
	f.StringVar(&a.File, "access-file", "", "YAML `FILE` with who may call: names, hashes of tokens, identities, rates")
	f.Var(choice(&a.Anonymous, AnonymousAuto, AnonymousLocal, AnonymousAll, AnonymousNone), "anonymous",
		"whose calls need no token or certificate: local (of this machine), all, none, or auto: local without --access-file, else none")
	Reloadable(f, "access-file", "anonymous")
}

func (a *Access) check(o Origins) error {
	if a.Anonymous == AnonymousNone && a.File == "" {
		return o.refuse("anonymous", "nobody could call: access-file has to say who may")
	}
	return nil
}

// Service is what is offered.
type Service struct {
	Reflection bool
	Profiles   string
}

func (s *Service) register(f *pflag.FlagSet) {
	f.BoolVar(&s.Reflection, "reflection", true, "describe the service to tools such as grpcurl")
	f.StringVar(&s.Profiles, "profiles", "", "`FOLDER` with OpenCC configurations (NAME.json) to offer as further profiles")
	Reloadable(f, "profiles")
}

func (s *Service) check(Origins) error { return nil }

// Lifecycle is how the server comes and goes.
type Lifecycle struct {
	DrainDelay, DrainTimeout, ReloadInterval time.Duration
}

func (l *Lifecycle) register(f *pflag.FlagSet) {
	f.DurationVar(&l.DrainTimeout, "drain-timeout", 30*time.Second, "how long running calls may go on after a signal")
	f.DurationVar(&l.DrainDelay, "drain-delay", 0, "how long to take calls after reporting that the server stops")
	f.DurationVar(&l.ReloadInterval, "reload-interval", 10*time.Second,
		"how often to look whether certificates have changed; 0 is never, and SIGHUP always does")
	Reloadable(f, "drain-timeout")
}

func (l *Lifecycle) check(o Origins) error {
	return o.refuseNegative(map[string]time.Duration{
		"drain-timeout": l.DrainTimeout, "drain-delay": l.DrainDelay, "reload-interval": l.ReloadInterval,
	})
}

// Limits bounds each call, stream and connection.
type Limits struct{ server.Limits }

func (l *Limits) register(f *pflag.FlagSet) {
	l.Limits = server.DefaultLimits()
	f.Var(sizeFlag(&l.TextBytes), "max-text", "largest text of one call")
	f.Var(sizeFlag(&l.AlignedTextBytes), "max-aligned-text", "largest text whose alignment is wanted")
	f.Var(sizeFlag(&l.AlignedBatchBytes), "max-aligned-batch", "largest batch whose alignment is wanted")
	f.Var(sizeFlag(&l.BatchBytes), "max-batch", "largest batch")
	f.IntVar(&l.BatchItems, "max-batch-items", l.BatchItems, "largest number of texts in a batch")
	f.Var(sizeFlag(&l.StreamBytes), "max-stream", "largest text of one stream")
	f.Uint32Var(&l.ConcurrentStreams, "max-calls", l.ConcurrentStreams, "largest number of running calls on a connection")
	f.Uint32Var(&l.HeaderListBytes, "max-header", l.HeaderListBytes, "largest metadata of a call, in bytes")
	f.IntVar(&l.Connections, "max-connections", l.Connections, "largest number of connections; further ones are closed")
	f.IntVar(&l.ConnectionsPerAddress, "max-connections-per-address", l.ConnectionsPerAddress,
		"largest number of connections from one IP address; 0 is no limit")
	f.DurationVar(&l.RequestTimeout, "request-timeout", l.RequestTimeout, "how long a call that is no stream may take, sending it included")
	f.DurationVar(&l.StreamIdle, "stream-idle-timeout", l.StreamIdle, "how long a stream may stand still")
	f.DurationVar(&l.HandshakeTimeout, "handshake-timeout", l.HandshakeTimeout, "how long setting up a connection may take")
	f.DurationVar(&l.ConnectionIdle, "idle-timeout", l.ConnectionIdle, "how long a connection without calls stays open")
	f.DurationVar(&l.ConnectionAge, "max-age", l.ConnectionAge, "when a connection is asked to begin anew")
	f.DurationVar(&l.ConnectionAgeGrace, "max-age-grace", l.ConnectionAgeGrace, "how long running calls of such a connection may go on")
	f.DurationVar(&l.ClientPingInterval, "min-ping-interval", l.ClientPingInterval, "clients that ping more often lose their connection")
	Reloadable(f, "max-text", "max-aligned-text", "max-aligned-batch", "max-batch", "max-batch-items", "max-stream", "stream-idle-timeout", "request-timeout")
}

func (l *Limits) check(o Origins) error {
	return o.firstRefusal(
		positive("max-batch-items", l.BatchItems), positive("max-calls", l.ConcurrentStreams),
		positive("max-header", l.HeaderListBytes), positive("max-connections", l.Connections),
		notNegative("max-connections-per-address", l.ConnectionsPerAddress),
		positive("request-timeout", l.RequestTimeout), positive("stream-idle-timeout", l.StreamIdle),
		positive("handshake-timeout", l.HandshakeTimeout), positive("idle-timeout", l.ConnectionIdle),
		positive("max-age", l.ConnectionAge), positive("max-age-grace", l.ConnectionAgeGrace),
		positive("min-ping-interval", l.ClientPingInterval),
	)
}
