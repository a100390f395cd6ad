package check

import (
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

func TestAlertsArePrometheusRules(t *testing.T) {
	text, err := os.ReadFile("../prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rulefmt.Parse(text, false, model.LegacyValidation, newParser(), slog.Default())
	for _, err := range errs {
		t.Error(err)
	}
	if groups == nil || len(groups.Groups) == 0 || len(groups.Groups[0].Rules) < 5 {
		t.Errorf("%v", groups)
	}
}

func TestDashboardAsksInPromQL(t *testing.T) {
	text, err := os.ReadFile("../grafana/hanconv.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	asked := 0
	variables := strings.NewReplacer("$__rate_interval", "5m", "$job", ".*", "$instance", ".*") // as Grafana fills them in
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			asked++
			if _, err := newParser().ParseExpr(variables.Replace(target.Expr)); err != nil {
				t.Errorf("%s: %v", p.Title, err)
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d expressions", asked)
	}
}

func newParser() parser.Parser { return parser.NewParser(parser.Options{}) }
