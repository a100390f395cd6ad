package measure

import (
	"fmt"

	"github.com/hanconv/hanconv/bench/report"
	"github.com/hanconv/hanconv/bench/service/load"
)

// Table has a column for each contestant and some rows for each result.
func Table(names []string, results []Result) *report.Table {
	t := &report.Table{Labels: 2, Head: append([]string{"load", "measured"}, names...)}
	for _, r := range results {
		row := func(what string, cell func(Figure) string) {
			cells := []string{r.String(), what}
			for _, f := range r.Figures {
				cells = append(cells, cell(f))
			}
			t.Add(cells...)
		}
		if r.Kind == load.Unary {
			row("server CPU, µs a call (× echo)", costCell)
			row("load's own CPU, µs a call", loadCell)
			row("calls a second", func(f Figure) string { return report.Number(f.Rate) })
			row("p50, p99 in ms", func(f Figure) string { return fmt.Sprintf("%.2f, %.2f", f.P50, f.P99) })
			continue
		}
		row("server CPU, µs a MB (× echo)", costCell)
		row("load's own CPU, µs a MB", loadCell)
		row("MB/s", func(f Figure) string { return report.Number(f.Rate) })
	}
	return t
}

func costCell(f Figure) string { return fmt.Sprintf("%s (%.2f)", report.Number(f.CPU), f.Ratio) }

func loadCell(f Figure) string { return report.Number(f.Load) }

// String names the load for people.
func (c Case) String() string {
	switch c.Kind {
	case load.Unary:
		return fmt.Sprintf("Convert, %s bytes, %s", report.Number(float64(c.Size)), many(c.Callers, "caller"))
	case load.Stream:
		return fmt.Sprintf("StreamConvert, chunks of %s bytes, %s", report.Number(float64(c.Size)), many(c.Callers, "stream"))
	}
	return fmt.Sprintf("NewReader of the Go client, %s", many(c.Callers, "stream"))
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
