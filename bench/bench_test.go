package main

import (
	"strings"
	"testing"
	"time"

	longbridge "github.com/longbridgeapp/opencc"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

func TestMedian(t *testing.T) {
	if m := median([]time.Duration{9, 1, 5}); m != 5 {
		t.Errorf("median %d, want 5", m)
	}
	if m := median(nil); m != 0 {
		t.Errorf("median of nothing: %d", m)
	}
}

func TestRow(t *testing.T) {
	var b strings.Builder
	row(&b, "s2t", "article", []float64{400, 4, 0})
	if want := "| s2t | article | 400.0 | 4.0 | – | 100 | – |\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestRun(t *testing.T) {
	var b strings.Builder
	if err := run(&b, 1, "s2t"); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(b.String(), "\n"); lines != 2+3 {
		t.Errorf("%d lines:\n%s", lines, b.String())
	}
}

// TestCases counts how many of OpenCC's own cases the Go converters pass.
func TestCases(t *testing.T) {
	passed, offered, all := map[string]int{}, map[string]int{}, 0
	for _, c := range oracle.Load().Cases {
		for profile, want := range c.Expected {
			all++
			ours, err := han.New(profile, han.WithTofuRisk())
			if err != nil {
				t.Fatal(err)
			}
			if ours.Convert(c.Input) == want {
				passed["hanconv"]++
			}
			theirs, err := longbridge.New(profile)
			if err != nil {
				continue
			}
			offered["longbridgeapp/opencc"]++
			if got, err := theirs.Convert(c.Input); err == nil && got == want {
				passed["longbridgeapp/opencc"]++
			}
		}
	}
	t.Logf("%d cases; passed: %v; offered: %v", all, passed, offered)
	if passed["hanconv"] != all {
		t.Errorf("hanconv passes %d of %d cases", passed["hanconv"], all)
	}
}

func BenchmarkProfiles(b *testing.B) {
	simplified, traditional, err := makeTexts(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range han.Profiles() {
		texts := traditional
		if strings.HasPrefix(p.Name, "s") {
			texts = simplified
		}
		ours, err := han.New(p.Name)
		if err != nil {
			b.Fatal(err)
		}
		theirs, errTheirs := longbridge.New(p.Name)
		for _, t := range texts {
			b.Run(p.Name+"/"+t.name+"/hanconv", func(b *testing.B) {
				b.SetBytes(int64(len(t.data)))
				var dst []byte
				for b.Loop() {
					dst = ours.Append(dst[:0], t.data)
				}
			})
			if errTheirs != nil {
				continue
			}
			b.Run(p.Name+"/"+t.name+"/longbridgeapp", func(b *testing.B) {
				b.SetBytes(int64(len(t.data)))
				for b.Loop() {
					if _, err := theirs.Convert(string(t.data)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
