package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/server"
)

const serveHelp = `Answer hanconv.v1.ConversionService over gRPC, with the standard health service
and reflection, until SIGTERM or SIGINT arrives.

Then the server reports that it is not serving, takes no further calls and waits
for the running ones, --drain-timeout long. A second signal cancels them at once.`

const defaultListen = "127.0.0.1:7420"

type serveFlags struct {
	listen       []string
	limits       server.Limits
	reflection   bool
	drainDelay   time.Duration
	drainTimeout time.Duration
	cert, key    string
}

func newServe(con console) *cobra.Command {
	var s serveFlags
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Run the gRPC server",
		Long:    serveHelp,
		Example: "  hanconv serve\n  hanconv serve --listen 0.0.0.0:7420 --listen unix:/run/hanconv.sock",
		Args:    noArguments,
		RunE: action(func(cmd *cobra.Command, _ []string) error {
			if (s.cert == "") != (s.key == "") {
				return &usageError{cmd.CommandPath(), "--tls-cert and --tls-key go together"}
			}
			return s.run(con)
		}),
	}
	s.register(cmd)
	return cmd
}

func (s *serveFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringArrayVar(&s.listen, "listen", []string{defaultListen}, "`ADDRESS` to listen on, HOST:PORT or unix:PATH; repeatable")
	f.StringVar(&s.cert, "tls-cert", "", "PEM `FILE` with the server's certificate; TLS only")
	f.StringVar(&s.key, "tls-key", "", "PEM `FILE` with the key of the certificate")
	f.DurationVar(&s.drainTimeout, "drain-timeout", 30*time.Second, "how long running calls may go on after a signal")
	f.DurationVar(&s.drainDelay, "drain-delay", 0, "how long to take calls after reporting that the server stops")
	f.BoolVar(&s.reflection, "reflection", true, "describe the service to tools such as grpcurl")
	s.limits = server.DefaultLimits()
	l := &s.limits
	f.Var(sizeFlag(&l.TextBytes), "max-text", "largest text of one call")
	f.Var(sizeFlag(&l.AlignedTextBytes), "max-aligned-text", "largest text whose alignment is wanted")
	f.Var(sizeFlag(&l.BatchBytes), "max-batch", "largest batch")
	f.IntVar(&l.BatchItems, "max-batch-items", l.BatchItems, "largest number of texts in a batch")
	f.Var(sizeFlag(&l.StreamBytes), "max-stream", "largest text of one stream")
	f.Uint32Var(&l.ConcurrentStreams, "max-calls", l.ConcurrentStreams, "largest number of running calls on a connection")
	f.DurationVar(&l.ConnectionIdle, "idle-timeout", l.ConnectionIdle, "how long a connection without calls stays open")
	f.DurationVar(&l.ConnectionAge, "max-age", l.ConnectionAge, "when a connection is asked to begin anew")
}

func (s *serveFlags) run(con console) error {
	opts, err := s.options()
	if err != nil {
		return err
	}
	listeners, err := listenAll(s.listen)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	srv := server.New(opts...)
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { ended <- srv.Serve(l) }()
		con.note("hanconv: listening on %s", address(l))
	}
	select {
	case err = <-ended:
		_ = s.shutdown(srv, signals, con)
	case sig := <-signals:
		con.note("hanconv: %v: stopping", sig)
		err = s.shutdown(srv, signals, con)
	}
	return err
}

func (s *serveFlags) options() ([]server.Option, error) {
	opts := []server.Option{
		server.WithLimits(s.limits), server.WithReflection(s.reflection), server.WithDrainDelay(s.drainDelay),
	}
	if s.cert == "" {
		return opts, nil
	}
	pair, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	return append(opts, server.WithTLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})), nil
}

// shutdown waits for the running calls until the time is over or another signal arrives.
func (s *serveFlags) shutdown(srv *server.Server, signals <-chan os.Signal, con console) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.drainTimeout)
	defer cancel()
	go func() {
		select {
		case sig := <-signals:
			con.note("hanconv: %v: stopping at once", sig)
			cancel()
		case <-ctx.Done():
		}
	}()
	return srv.Shutdown(ctx)
}

// listenAll opens every listener or none.
func listenAll(addresses []string) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, a := range addresses {
		l, err := server.Listen(a)
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			return nil, explainListen(a, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func explainListen(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is taken by another program; choose another address with --listen: %w", address, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s is not allowed to you; choose another address with --listen: %w", address, err)
	}
	return fmt.Errorf("cannot listen on %q (HOST:PORT or unix:PATH is wanted): %w", address, err)
}

// address is what clients give to --addr.
func address(l net.Listener) string {
	if l.Addr().Network() == "unix" {
		return "unix:" + l.Addr().String()
	}
	return l.Addr().String()
}
