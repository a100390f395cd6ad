// Package telemetry tells operators what a server does: metrics for Prometheus, a log of calls, and traces.
//
// Nothing here sees a text. What is counted and logged is what server.Call has.
package telemetry

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/admission"
	"github.com/hanconv/hanconv/server/gateway"
)

// Metrics are the numbers of one server. It is a server.Observer, and safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	inFlight *prometheus.GaugeVec
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	clients  *prometheus.CounterVec
	refusals *prometheus.CounterVec
	http     *prometheus.CounterVec
	reloads  *prometheus.CounterVec
	reloaded prometheus.Gauge
	work     work
}

// seconds are the buckets of durations: a short text takes a quarter of a millisecond, a full queue a second.
var seconds = []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// NewMetrics makes the metrics of a program of the given version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "hanconv_calls_in_flight", Help: "Calls that have begun and not ended.",
		}, []string{"method"}),
		calls:    counter("hanconv_calls_total", "Calls that have ended.", "method", "code"),
		seconds:  histogram("hanconv_call_duration_seconds", "How long calls took; a stream's is up to its client.", "method"),
		clients:  counter("hanconv_client_calls_total", "Calls that have ended, by the client's name.", "client", "code"),
		refusals: counter("hanconv_refusals_total", "Calls that failed, by google.rpc.ErrorInfo.reason.", "reason"),
		http:     counter("hanconv_http_requests_total", "HTTP requests.", "route", "protocol", "status"),
		reloads:  counter("hanconv_reloads_total", "Reloads of configuration, certificates and dictionaries.", "result"),
		reloaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hanconv_reload_successful", Help: "1 if the last reload succeeded or there was none, 0 if the old state was kept.",
		}),
		work: newWork(),
	}
	m.reloaded.Set(1)
	for _, result := range []string{"ok", "failed"} {
		m.reloads.WithLabelValues(result)
	}
	m.registry.MustRegister(
		m.inFlight, m.calls, m.seconds, m.clients, m.refusals, m.http, m.reloads, m.reloaded,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		info("hanconv_build_info", "The program.", prometheus.Labels{"version": version, "go_version": runtime.Version()}),
		info("hanconv_dictionary_info", "The built-in dictionaries.", prometheus.Labels{
			"version": han.DictionaryVersion(), "fingerprint": han.Fingerprint(),
		}),
	)
	m.registry.MustRegister(m.work.all()...)
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds}, labels)
}

// info is a metric whose labels are what it tells.
func info(name, help string, labels prometheus.Labels) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels})
	g.Set(1)
	return g
}

// Registry has all metrics, for programs that add their own.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Handler answers Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// CallStarted implements server.Observer.
func (m *Metrics) CallStarted(method string) { m.inFlight.WithLabelValues(known(method)).Inc() }

// CallEnded implements server.Observer.
func (m *Metrics) CallEnded(_ context.Context, c *server.Call) {
	method, code := known(c.Method), codeName(c.Code)
	if c.Known {
		m.inFlight.WithLabelValues(method).Dec()
	}
	m.calls.WithLabelValues(method, code).Inc()
	m.seconds.WithLabelValues(method).Observe(c.Duration.Seconds())
	if c.Client != "" {
		m.clients.WithLabelValues(c.Client, code).Inc()
	}
	if c.Reason != "" {
		m.refusals.WithLabelValues(c.Reason).Inc()
	}
	if c.Texts > 0 {
		m.work.add(c)
	}
}

// HTTPEnded counts an HTTP request; it is meant for gateway.Config.
func (m *Metrics) HTTPEnded(x gateway.Exchange) {
	m.http.WithLabelValues(x.Route, x.Protocol, strconv.Itoa(x.Status)).Inc()
}

// Reloaded counts a reload, which has failed if err is not nil.
func (m *Metrics) Reloaded(err error) {
	if err != nil {
		m.reloads.WithLabelValues("failed").Inc()
		m.reloaded.Set(0)
		return
	}
	m.reloads.WithLabelValues("ok").Inc()
	m.reloaded.Set(1)
}

// WatchReadiness shows what ready says at the moment.
func (m *Metrics) WatchReadiness(ready func() bool) {
	m.gauge("hanconv_ready", "1 as long as the server takes calls.", func() float64 {
		if ready() {
			return 1
		}
		return 0
	})
}

// WatchLoad shows what a gate has to do and what it has refused.
func (m *Metrics) WatchLoad(load func() admission.Load) {
	m.gauge("hanconv_running_conversions", "Texts that are being converted.", func() float64 { return float64(load().Running) })
	m.gauge("hanconv_queue_length", "Calls that wait for their turn.", func() float64 { return float64(load().Waiting) })
	m.gauge("hanconv_open_calls", "Calls that are open, streams left out.", func() float64 { return float64(load().Calls) })
	m.gauge("hanconv_open_streams", "Streams that are open.", func() float64 { return float64(load().Streams) })
	m.gauge("hanconv_text_memory_bytes", "Texts of open calls.", func() float64 { return float64(load().Bytes) })
	for cause := range load().Refused {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "hanconv_shed_total", Help: "Calls that were refused because there was too much to do, by what there was too much of.",
			ConstLabels: prometheus.Labels{"cause": string(cause)},
		}, func() float64 { return float64(load().Refused[cause]) }))
	}
}

// WatchCertificate shows when the certificate in use ends.
func (m *Metrics) WatchCertificate(end func() time.Time) {
	m.gauge("hanconv_certificate_expiry_timestamp_seconds", "When the server's certificate ends, in seconds since 1970.",
		func() float64 { return float64(end().Unix()) })
}

// WatchConnections shows how many connections are open and how many were closed because there were too many.
func (m *Metrics) WatchConnections(connections func() (open int, refused uint64)) {
	m.gauge("hanconv_connections", "Connections that are open.", func() float64 {
		open, _ := connections()
		return float64(open)
	})
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "hanconv_connections_refused_total", Help: "Connections that were closed because there were too many.",
	}, func() float64 {
		_, refused := connections()
		return float64(refused)
	}))
}

func (m *Metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// work counts what was converted.
type work struct {
	texts, in, out, characters, byContext *prometheus.CounterVec
	profiles                              *sync.Map // of *profileWork, by name
}

type profileWork struct{ texts, in, out, characters, byContext prometheus.Counter }

func newWork() work {
	return work{
		texts:      counter("hanconv_texts_total", "Texts that were converted.", "profile"),
		in:         counter("hanconv_text_in_bytes_total", "Text before conversion, UTF-8.", "profile"),
		out:        counter("hanconv_text_out_bytes_total", "Text after conversion, UTF-8.", "profile"),
		characters: counter("hanconv_characters_total", "Code points before conversion.", "profile"),
		byContext:  counter("hanconv_characters_by_context_total", "Code points that context decided otherwise than the dictionaries.", "profile"),
		profiles:   new(sync.Map),
	}
}

func (w work) all() []prometheus.Collector {
	return []prometheus.Collector{w.texts, w.in, w.out, w.characters, w.byContext}
}

func (w work) of(profile string) *profileWork {
	if p, ok := w.profiles.Load(profile); ok {
		return p.(*profileWork)
	}
	p, _ := w.profiles.LoadOrStore(profile, &profileWork{
		w.texts.WithLabelValues(profile), w.in.WithLabelValues(profile), w.out.WithLabelValues(profile),
		w.characters.WithLabelValues(profile), w.byContext.WithLabelValues(profile),
	})
	return p.(*profileWork)
}

func (w work) add(c *server.Call) {
	p := w.of(c.Profile)
	p.texts.Add(float64(c.Texts))
	p.in.Add(float64(c.BytesIn))
	p.out.Add(float64(c.BytesOut))
	p.characters.Add(float64(c.Characters))
	p.byContext.Add(float64(c.CharactersByContext))
}
