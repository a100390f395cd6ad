package settings

import (
	"net/url"

	"github.com/spf13/pflag"
)

// Telemetry is what operators are told.
type Telemetry struct {
	LogFormat, LogLevel, LogCalls string
	// MetricsAddresses are where Prometheus asks; nowhere if there are none.
	MetricsAddresses []string
	// TraceEndpoint is the URL of an OTLP collector; without it and its variables of the environment nothing is traced.
	TraceEndpoint string
	// TraceRatio is the share of calls that are traced where clients have not decided.
	TraceRatio float64
}

// The values of Telemetry.LogCalls.
const (
	LogAll    = "all"
	LogFailed = "failed"
	LogNone   = "none"
)

// LogJSON is the value of Telemetry.LogFormat for machines.
const LogJSON = "json"

func (t *Telemetry) register(f *pflag.FlagSet) {
	f.Var(choice(&t.LogFormat, "text", LogJSON), "log-format", "how the log is written: text or json, a line an event")
	f.Var(choice(&t.LogLevel, "info", "debug", "warn", "error"), "log-level", "the least that is logged: debug, info, warn or error")
	f.Var(choice(&t.LogCalls, LogAll, LogFailed, LogNone), "log-calls",
		"which calls are logged, never with their texts: all, failed or none")
	f.StringArrayVar(&t.MetricsAddresses, "metrics-listen", nil,
		"`ADDRESS` to answer Prometheus on, at /metrics, without asking who it is; also /healthz and /readyz; repeatable")
	f.StringVar(&t.TraceEndpoint, "trace-endpoint", "",
		"`URL` of an OpenTelemetry collector (OTLP over gRPC), such as http://127.0.0.1:4317; OTEL_EXPORTER_OTLP_ENDPOINT works, too")
	f.Float64Var(&t.TraceRatio, "trace-ratio", 0.01, "share of calls to trace, where the client has not decided")
}

func (t *Telemetry) check(o Origins) error {
	if t.TraceRatio < 0 || t.TraceRatio > 1 {
		return o.refuse("trace-ratio", "a number from 0 to 1 is wanted")
	}
	if u, err := url.Parse(t.TraceEndpoint); t.TraceEndpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return o.refuse("trace-endpoint", "a URL such as http://127.0.0.1:4317 is wanted")
	}
	return nil
}
