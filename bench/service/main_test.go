package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hanconv/hanconv/bench/build"
	"github.com/hanconv/hanconv/bench/service/load"
	"github.com/hanconv/hanconv/bench/service/measure"
)

// TestMain lets the test program play the parts of the echo server and of the
// load, as the program itself does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "echo" || os.Args[1] == "load") {
		main()
		return
	}
	os.Exit(m.Run())
}

func config(t *testing.T) measure.Config {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	hanconv := filepath.Join(t.TempDir(), "hanconv")
	if err := build.Hanconv(t.Context(), hanconv); err != nil {
		t.Fatal(err)
	}
	return measure.Config{
		Self: self, Hanconv: []string{hanconv}, Profiles: []string{"s2t", "t2s"}, Text: "../../testdata/article.zh-Hans.txt",
		Rounds: 2, Duration: 20 * time.Millisecond,
		Cases: []measure.Case{{Kind: load.Unary, Size: 300, Callers: 4}, {Kind: load.Stream, Size: 16_000, Callers: 2}, {Kind: load.Reader, Size: 16_000, Callers: 1}},
	}
}

func TestEveryContestantIsMeasured(t *testing.T) {
	c := config(t)
	names, results, err := measure.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names, ", "); got != "echo, hanconv s2t, hanconv t2s" {
		t.Fatalf("contestants: %s", got)
	}
	for i, r := range results {
		if r.Case != c.Cases[i] || len(r.Figures) != len(names) || r.Figures[0].Ratio != 1 {
			t.Errorf("result %d: %+v", i, r)
		}
		for j, f := range r.Figures {
			// Faster than a microsecond a call or a GB/s, and slower than a second a call or MB, nothing is.
			if f.CPU < 1 || f.CPU > 1e6 || f.Load < 1 || f.Load > 1e6 || f.Rate < 1 || f.Rate > 1e6 || f.Ratio <= 0 {
				t.Errorf("%s, %s: %+v", r, names[j], f)
			}
		}
	}
	var table bytes.Buffer
	if err := measure.Table(names, results).Write(&table); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(table.String(), "\n"); lines != 2+4+3+3 {
		t.Errorf("%d lines:\n%s", lines, &table)
	}
}

func TestAServerThatConvertsOtherwiseIsNotMeasured(t *testing.T) {
	c := config(t)
	c.Profiles = []string{"nonsense"}
	if _, _, err := measure.Run(t.Context(), c); err == nil {
		t.Error("no error for an unknown profile")
	}
	c.Profiles, c.Text = []string{"s2t"}, filepath.Join(t.TempDir(), "missing")
	if _, _, err := measure.Run(t.Context(), c); err == nil {
		t.Error("no error for a missing text")
	}
	c.Hanconv = []string{"false"}
	if _, _, err := measure.Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "before it listened") {
		t.Errorf("a server that ends at once: %v", err)
	}
}

func TestFlags(t *testing.T) {
	c, err := parse([]string{"-profiles", "s2t", "-hanconv", "a,b", "-only", "20,000"}, io.Discard)
	if err != nil || len(c.Profiles) != 1 || len(c.Hanconv) != 2 || len(c.Cases) != 2 || c.Rounds < 3 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, args := range []string{"-only nothing", "surplus", "-rounds 0", "-nonsense"} {
		if _, err := parse(strings.Fields(args), io.Discard); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := measure.Run(ctx, config(t)); err != context.Canceled {
		t.Errorf("%v", err)
	}
}
