package telemetry_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc"

	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/gateway"
	"github.com/hanconv/hanconv/server/telemetry"
)

// exposed are the names of all metrics that a server has that has done a bit of everything.
func exposed(t *testing.T) []string {
	t.Helper()
	m := telemetry.NewMetrics("v1")
	s, conn := start(t, append(serverOptions(m), server.WithUnaryInterceptors(named))...)
	m.WatchLoad(s.Load)
	m.WatchReadiness(s.Ready)
	m.WatchConnections(s.Connections)
	m.WatchCertificate(time.Now)
	m.HTTPEnded(gateway.Exchange{})
	calls(t, conn)
	for end := time.Now().Add(5 * time.Second); !strings.Contains(scrape(t, m), `code="UNIMPLEMENTED"`); {
		if time.Now().After(end) {
			t.Fatal("the last call is not counted")
		}
	}
	families, err := m.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"up"} // Prometheus's own
	for _, f := range families {
		names = append(names, f.GetName())
		if f.GetType().String() == "HISTOGRAM" {
			names = append(names, f.GetName()+"_bucket", f.GetName()+"_sum", f.GetName()+"_count")
		}
	}
	return names
}

var metricName = regexp.MustCompile(`\b(?:hanconv|go|process)_[a-z0-9_]+|\bup\b`)

// named gives the caller a name, as the access file does.
func named(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	server.Identify(ctx, "reader")
	return next(ctx, req)
}

// expressions finds what Prometheus is asked in v: the strings named expr and query.
func expressions(v any) []string {
	var found []string
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if s, ok := value.(string); ok && (key == "expr" || key == "query") {
				found = append(found, s)
				continue
			}
			found = append(found, expressions(value)...)
		}
	case []any:
		for _, value := range v {
			found = append(found, expressions(value)...)
		}
	}
	return found
}

// Every metric that the dashboard and the alerts name is one that a server has; and what operators most need is shown.
func TestDashboardAndAlertsNameMetricsThatExist(t *testing.T) {
	known := exposed(t)
	for file, parse := range map[string]func([]byte, any) error{
		"../../deploy/grafana/hanconv.json":   json.Unmarshal,
		"../../deploy/prometheus/alerts.yaml": yaml.Unmarshal,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := parse(text, &v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		used := map[string]bool{}
		for _, expression := range expressions(v) {
			for _, name := range metricName.FindAllString(expression, -1) {
				used[name] = true
				if !slices.Contains(known, name) {
					t.Errorf("%s: %s: there is no metric %s", file, expression, name)
				}
			}
		}
		for _, name := range []string{"hanconv_calls_total", "hanconv_shed_total", "hanconv_queue_length", "hanconv_dictionary_info"} {
			if !used[name] {
				t.Errorf("%s does not use %s", file, name)
			}
		}
	}
}
