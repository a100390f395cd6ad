package main

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	systemd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/settings"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/certificates"
)

// daemon is a running server and what it is made of. It begins and ends in this order:
//
//	newDaemon   everything that can fail, before anybody is served: files, listeners, the server
//	start       the listeners are served, then the fronts
//	run         signals: reload, or the end
//	shutdown    the server drains, while fronts still carry replies; then the fronts
//
// Further ways in, such as HTTP, are fronts, which open their listeners through sockets, too, so that checkExposure sees
// them. Options of the server that come from a section of the settings belong into options.
type daemon struct {
	con         console
	source      settings.Source
	settings    *settings.Settings // those in force
	started     *settings.Settings // those at the start
	log         *slog.Logger
	server      *server.Server
	keeper      *certificates.Keeper // nil without TLS
	listeners   []net.Listener       // of gRPC
	web         []net.Listener       // of HTTP
	fronts      []front
	observation *observation
	failed      chan error // has room for what each listener and front may send
}

// front is a way in beside the listeners of gRPC.
type front interface {
	// start begins to serve and returns. An error later on goes to failed, once.
	start(failed chan<- error) error
	// shutdown lets running calls finish within ctx and ends the front.
	shutdown(ctx context.Context) error
}

func runDaemon(con console, source settings.Source, s *settings.Settings) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	d, err := newDaemon(con, source, s)
	if err != nil {
		return err
	}
	if err := d.start(); err != nil {
		return err
	}
	background, end := context.WithCancel(context.Background())
	defer end()
	d.watch(background)
	return d.run(signals)
}

func newDaemon(con console, source settings.Source, s *settings.Settings) (*daemon, error) {
	d := &daemon{con: con, source: source, settings: s, started: s}
	var err error
	if d.observation, err = newObservation(con, s.Telemetry); err != nil {
		return nil, err
	}
	d.log = d.observation.log
	limitMemory(s.Admission.MemoryLimit)
	collectLess()
	opts, err := d.options()
	if err != nil {
		return nil, err
	}
	open, err := newSockets()
	if err != nil {
		return nil, err
	}
	if d.listeners, err = open.listen(s.Listen.Addresses); err != nil {
		return nil, err
	}
	if d.web, err = open.listen(s.HTTP.Addresses); err != nil {
		return nil, err
	}
	metrics, err := open.listen(s.Telemetry.MetricsAddresses)
	if err != nil {
		return nil, err
	}
	if err := checkExposure(s, d.exposed()); err != nil {
		open.close()
		return nil, err
	}
	d.failed = make(chan error, len(d.listeners)+len(d.web)+len(metrics))
	d.server = server.New(opts...)
	return d, d.addFronts(metrics)
}

// exposed are the listeners that take calls.
func (d *daemon) exposed() []net.Listener { return slices.Concat(d.listeners, d.web) }

// options are the settings as the server takes them.
func (d *daemon) options() ([]server.Option, error) {
	s := d.settings
	setup, err := prepareSetup(s)
	if err != nil {
		return nil, err
	}
	opts := []server.Option{
		server.WithLimits(setup.Limits),
		server.WithAccess(setup.Access),
		server.WithProfiles(setup.Profiles...),
		server.WithAdmission(s.Admission.Config),
		server.WithReflection(s.Service.Reflection),
		server.WithDrainDelay(s.Lifecycle.DrainDelay),
	}
	opts = append(opts, d.observation.options(s.Telemetry)...)
	if s.TLS.Cert == "" {
		return opts, nil
	}
	if d.keeper, err = certificates.Load(certificateFiles(s.TLS)); err != nil {
		return nil, err
	}
	return append(opts, server.WithTLS(d.keeper.Config())), nil
}

// limitMemory sets the limit that the garbage collector works towards and above which new calls are refused. The
// runtime knows GOMEMLIMIT by itself, and nothing of control groups.
func limitMemory(bytes int64) {
	if bytes > 0 {
		debug.SetMemoryLimit(bytes)
		return
	}
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return
	}
	if group, err := memlimit.FromCgroup(); err == nil && group > 0 && group < math.MaxInt64 {
		debug.SetMemoryLimit(int64(group / 10 * 9))
	}
}

func (d *daemon) start() error {
	for _, l := range d.listeners {
		go func() { d.failed <- d.server.Serve(l) }()
		d.con.note("hanconv: listening on %s", address(l))
	}
	for _, f := range d.fronts {
		if err := f.start(d.failed); err != nil {
			return err
		}
	}
	tellSystemd(systemd.SdNotifyReady)
	return nil
}

// watch does what recurs: looking at certificates, and telling systemd that the process lives.
func (d *daemon) watch(ctx context.Context) {
	if every := d.settings.Lifecycle.ReloadInterval; d.keeper != nil && every > 0 {
		go d.keeper.Watch(ctx, every,
			func() { d.con.note("hanconv: the certificates have changed and are in use") },
			func(err error) {
				d.con.note("hanconv: the certificates have changed and cannot be used; the old ones stay: %v", err)
			})
	}
	if every, err := systemd.SdWatchdogEnabled(false); err == nil && every > 0 {
		go keepTelling(ctx, every/2)
	}
}

func keepTelling(ctx context.Context, every time.Duration) {
	for ctx.Err() == nil {
		tellSystemd(systemd.SdNotifyWatchdog)
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}

// tellSystemd does nothing where systemd has not started the process.
func tellSystemd(state string) { _, _ = systemd.SdNotify(false, state) }

func (d *daemon) run(signals <-chan os.Signal) error {
	for {
		select {
		case err := <-d.failed:
			return errors.Join(err, d.shutdown(signals))
		case sig := <-signals:
			if sig == syscall.SIGHUP {
				d.hangUp()
				continue
			}
			d.con.note("hanconv: %v: stopping", sig)
			return d.shutdown(signals)
		}
	}
}

func (d *daemon) hangUp() {
	tellSystemd(systemd.SdNotifyReloading + "\n" + systemd.SdNotifyMonotonicUsec())
	defer tellSystemd(systemd.SdNotifyReady)
	err := d.reload()
	d.observation.metrics.Reloaded(err)
	if err != nil {
		d.con.note("hanconv: nothing was reloaded, all stays as it is: %v", err)
		return
	}
	d.con.note("hanconv: reloaded")
}

// shutdown waits for the running calls until the time is over or another signal arrives.
func (d *daemon) shutdown(signals <-chan os.Signal) error {
	tellSystemd(systemd.SdNotifyStopping)
	ctx, cancel := context.WithTimeout(context.Background(), d.settings.Lifecycle.DrainTimeout)
	defer cancel()
	go d.awaitSecond(ctx, cancel, signals)
	err := d.server.Shutdown(ctx)
	for _, f := range d.fronts {
		err = errors.Join(err, f.shutdown(ctx))
	}
	return errors.Join(err, d.observation.end())
}

// awaitSecond ends the time to shut down at the next signal that wants the end.
func (d *daemon) awaitSecond(ctx context.Context, cancel func(), signals <-chan os.Signal) {
	for {
		select {
		case sig := <-signals:
			if sig != syscall.SIGHUP {
				d.con.note("hanconv: %v: stopping at once", sig)
				cancel()
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
