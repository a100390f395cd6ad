package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/settings"
	"github.com/hanconv/hanconv/server"
)

// daemon is a running server and what it is made of. It begins and ends in this order:
//
//	newDaemon   everything that can fail, before anybody is served: files, listeners, the server
//	start       the listeners are served, then the fronts
//	run         signals: reload, or the end
//	shutdown    the server drains, while fronts still carry replies; then the fronts
//
// Further ways in, such as HTTP, are fronts. Options of the server that come from a section of the settings belong into
// options.
type daemon struct {
	con       console
	source    settings.Source
	settings  *settings.Settings
	log       *slog.Logger
	server    *server.Server
	listeners []net.Listener
	fronts    []front
	failed    chan error // has room for what each listener and front may send
}

// front is a way in beside the listeners of gRPC.
type front interface {
	// start begins to serve and returns. An error later on goes to failed, once.
	start(failed chan<- error) error
	// shutdown lets running calls finish within ctx and ends the front.
	shutdown(ctx context.Context) error
}

func runDaemon(con console, source settings.Source, s *settings.Settings) error {
	d, err := newDaemon(con, source, s)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := d.start(); err != nil {
		return err
	}
	return d.run(signals)
}

func newDaemon(con console, source settings.Source, s *settings.Settings) (*daemon, error) {
	d := &daemon{con: con, source: source, settings: s, log: slog.Default()}
	opts, err := d.options()
	if err != nil {
		return nil, err
	}
	if d.listeners, err = listenAll(s.Listen.Addresses); err != nil {
		return nil, err
	}
	d.server = server.New(opts...)
	return d, nil
}

// options are the settings as the server takes them.
func (d *daemon) options() ([]server.Option, error) {
	s := d.settings
	return []server.Option{
		server.WithLimits(s.Limits.Limits),
		server.WithReflection(s.Service.Reflection),
		server.WithDrainDelay(s.Lifecycle.DrainDelay),
		server.WithLogger(d.log),
	}, nil
}

func (d *daemon) start() error {
	d.failed = make(chan error, len(d.listeners)+len(d.fronts))
	for _, l := range d.listeners {
		go func() { d.failed <- d.server.Serve(l) }()
		d.con.note("hanconv: listening on %s", address(l))
	}
	for _, f := range d.fronts {
		if err := f.start(d.failed); err != nil {
			return err
		}
	}
	return nil
}

func (d *daemon) run(signals <-chan os.Signal) error {
	for {
		select {
		case err := <-d.failed:
			return errors.Join(err, d.shutdown(signals))
		case sig := <-signals:
			if sig == syscall.SIGHUP {
				continue
			}
			d.con.note("hanconv: %v: stopping", sig)
			return d.shutdown(signals)
		}
	}
}

// shutdown waits for the running calls until the time is over or another signal arrives.
func (d *daemon) shutdown(signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), d.settings.Lifecycle.DrainTimeout)
	defer cancel()
	go func() {
		for {
			select {
			case sig := <-signals:
				if sig == syscall.SIGHUP {
					continue
				}
				d.con.note("hanconv: %v: stopping at once", sig)
				cancel()
			case <-ctx.Done():
			}
			return
		}
	}()
	err := d.server.Shutdown(ctx)
	for _, f := range d.fronts {
		err = errors.Join(err, f.shutdown(ctx))
	}
	return err
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
