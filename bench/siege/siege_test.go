package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/bench/build"
)

func TestMain(m *testing.M) {
	if isAttacker() { // the trials start this program again
		if err := runAttacker(os.Args[2], os.Args[3], os.Args[4]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// The short form of each trial. Which of them pass at their full length docs/operations.md tells.
func TestShortSiege(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	program := filepath.Join(t.TempDir(), "hanconv")
	if err := build.Hanconv(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	for _, trial := range trials(short) {
		t.Run(trial.name, func(t *testing.T) {
			o, err := try(t.Context(), short, program, trial)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(o.figure)
			for _, f := range o.fails {
				t.Error(f)
			}
		})
	}
}

// A server that does not bear a trial fails it.
func TestFailuresAreTold(t *testing.T) {
	o := outcome{}
	o.checkOthers(siegeBeside{before: honest{asked: 10, answered: 10}, during: honest{asked: 10, answered: 8}})
	if len(o.fails) != 1 || !strings.Contains(o.fails[0], "80.0%") {
		t.Errorf("%v", o.fails)
	}
}

func TestSlope(t *testing.T) {
	for _, test := range []struct {
		points []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 0}, {[]float64{1, 3, 5, 7}, 2}, {[]float64{2, 2, 2}, 0}, {[]float64{5, 1, 5, 1}, -0.8}} {
		if got := slope(test.points); got != test.want {
			t.Errorf("%v: %v, not %v", test.points, got, test.want)
		}
	}
}
