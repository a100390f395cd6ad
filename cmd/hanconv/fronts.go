package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/hanconv/hanconv/server/gateway"
)

// httpFront is the way in by HTTP.
type httpFront struct {
	con       console
	gateway   *gateway.Gateway
	listeners []net.Listener
}

func (f *httpFront) start(failed chan<- error) error {
	for _, l := range f.listeners {
		go func() { failed <- f.gateway.Serve(l) }()
		f.con.note("hanconv: HTTP on %s", address(l))
	}
	return nil
}

func (f *httpFront) shutdown(ctx context.Context) error { return f.gateway.Shutdown(ctx) }

// metricsFront answers Prometheus and those who ask how the server is. It goes on until all else has ended.
type metricsFront struct {
	con       console
	http      *http.Server
	listeners []net.Listener
}

func newMetricsFront(d *daemon, listeners []net.Listener) *metricsFront {
	const patience = 10 * time.Second
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", d.observation.metrics.Handler())
	mux.Handle("/", gateway.Health(d.server))
	return &metricsFront{d.con, &http.Server{
		Handler: mux, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: 6 * patience, MaxHeaderBytes: 16 << 10,
	}, listeners}
}

func (f *metricsFront) start(failed chan<- error) error {
	for _, l := range f.listeners {
		go func() {
			err := f.http.Serve(l)
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			failed <- err
		}()
		f.con.note("hanconv: metrics on http://%s/metrics", address(l))
	}
	return nil
}

func (f *metricsFront) shutdown(ctx context.Context) error {
	if f.http.Shutdown(ctx) != nil {
		return f.http.Close()
	}
	return nil
}

// addFronts prepares the ways in beside gRPC, whose listeners are open.
func (d *daemon) addFronts(metrics []net.Listener) error {
	if len(d.web) > 0 {
		c := gateway.Config{
			Limits: d.settings.Limits.Limits, AllowedOrigins: d.settings.HTTP.Origins, Version: buildVersion(),
			Observe: d.observation.exchange, Log: d.observation.log,
		}
		if d.keeper != nil {
			c.TLS = d.keeper.Config()
		}
		g, err := gateway.New(d.server, c)
		if err != nil {
			return fmt.Errorf("--http-listen: %w", err)
		}
		d.fronts = append(d.fronts, &httpFront{d.con, g, d.web})
	}
	if len(metrics) > 0 {
		d.observation.watch(d.server, d.keeper)
		d.fronts = append(d.fronts, newMetricsFront(d, metrics))
	}
	return nil
}
