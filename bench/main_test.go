package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hanconv/hanconv/bench/peer"
)

func TestParse(t *testing.T) {
	f, err := parse([]string{"-quick", "-rounds", "7"}, io.Discard)
	if err != nil || f.rounds != 7 || f.size != 96<<10 || f.profiles == "" {
		t.Errorf("flags %+v, error %v", f, err)
	}
	for _, bad := range [][]string{{"-rounds", "0"}, {"-size", "0"}, {"extra"}, {"-dance"}} {
		if _, err := parse(bad, io.Discard); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
}

func TestChoose(t *testing.T) {
	known := []string{"a", "b", "c"}
	if got, err := choose("x", "", known); err != nil || !slices.Equal(got, known) {
		t.Errorf("all: %q, error %v", got, err)
	}
	if got, err := choose("x", "c,a", known); err != nil || !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("two: %q, error %v", got, err)
	}
	if _, err := choose("x", "d", known); err == nil || !strings.Contains(err.Error(), `"d"`) {
		t.Errorf("unknown: %v", err)
	}
}

// fake has speeds that nobody measured.
func fake() *bench {
	b := &bench{
		profiles: []string{"s2t"}, names: []string{"modern", "keys", "title"},
		speeds: map[cell]float64{
			{"s2t", "modern", "hanconv"}: 400, {"s2t", "modern", "map"}: 800,
			{"s2t", "modern", "opencc-js"}: 20, {"s2t", "modern", "copy"}: 100000,
			{"s2t", "title", "hanconv"}: 200, {"s2t", "title", "opencc-js"}: 4,
		},
		facts: facts{
			starts: []start{{"hanconv", "s2t", 12, 8}},
			loads:  []load{{"hanconv", "s2t", 2, 12, 5}},
			passed: map[string]score{"opencc-js": {472, 475}},
		},
	}
	for _, p := range peer.All() {
		if slices.Contains([]string{"hanconv", "opencc-js", "map", "copy"}, p.Name) {
			b.peers = append(b.peers, p)
		}
	}
	return b
}

func TestTable(t *testing.T) {
	var out strings.Builder
	if err := fake().table().Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| s2t | modern, MB/s | 400 | 20 (20×) | 800 (50%) | 100,000 (<1%) |",
		"| s2t | title of 20 characters, ns | 300 | 15,000 (50×) | – | – |",
		"| s2t | process on one line, ms (CPU) | 12 (8.0) | – | – | – |",
		"| s2t | memory, MB (by loading) | 12 (5.0) | – | – | – |",
		"| all | OpenCC's 475 cases passed | – | 472 of 475 | – | – |",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("no line\n%s\nin\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "keys") {
		t.Errorf("a text without figures has a line:\n%s", out.String())
	}
}

func TestPlot(t *testing.T) {
	plot := fake().plot()
	if len(plot.Groups) != 1 || len(plot.Groups[0].Bars) != 2 || plot.Groups[0].Bars[0].Value != 400 {
		t.Errorf("the plot is %+v", plot)
	}
}

// TestRun measures what is installed here on a tiny text.
func TestRun(t *testing.T) {
	plot := filepath.Join(t.TempDir(), "bench.svg")
	var out, log bytes.Buffer
	err := run([]string{"-rounds", "1", "-size", "3000", "-time", "1ms", "-profiles", "s2t,jp2t", "-texts", "keys,article,title", "-svg", plot}, &out, &log)
	if err != nil {
		t.Fatal(err, log.String())
	}
	for _, want := range []string{"| s2t | keys, MB/s | ", "| s2t | article, MB/s | ", "| jp2t | keys, MB/s | ", "| s2t | title of 20 characters, ns | ", "| all | OpenCC's 475 cases passed | 475 of 475 | "} {
		if strings.Count(out.String(), want) != 1 {
			t.Errorf("not one line %q in\n%s", want, out.String())
		}
	}
	// The Go peers and the limits need nothing but Go.
	row := strings.Split(strings.SplitN(out.String(), "| s2t | keys", 2)[1], "\n")[0]
	if cells := strings.Split(row, "|"); strings.Contains(strings.Join(cells[1:4], ""), none) {
		t.Errorf("a peer in Go was not measured: %s", row)
	}
	if svg, err := os.ReadFile(plot); err != nil || !bytes.Contains(svg, []byte("longbridgeapp")) {
		t.Errorf("the plot: %v\n%s", err, svg)
	}
}

func TestRunRefusesUnknownNames(t *testing.T) {
	for _, args := range [][]string{{"-profiles", "s2x"}, {"-peers", "nobody"}, {"-texts", "novel"}, {"-text", "no-such-file"}} {
		err := run(args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), args[1]) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// scripted is a session whose conversions take a millisecond each.
type scripted struct {
	peer.Session
	asked []int
}

func (s *scripted) Time(_, _ string, repeat int) (time.Duration, error) {
	s.asked = append(s.asked, repeat)
	return time.Duration(repeat) * time.Millisecond, nil
}

func TestInterleave(t *testing.T) {
	s := &scripted{}
	r := &runner{Session: s}
	b := &bench{flags: flags{rounds: 3, target: 100 * time.Millisecond}}
	if err := b.interleave([]*runner{r}, "s2t", "file", 2); err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 4, 16, 64, 100, 100, 100}; !slices.Equal(s.asked, want) {
		t.Errorf("repeated %v times, want %v", s.asked, want)
	}
	for _, rate := range r.rates {
		if rate < 1999 || rate > 2001 {
			t.Errorf("rate %v MB/s, want 2000", rate)
		}
	}
}
