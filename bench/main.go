// Bench measures hanconv beside its peers and prints a table in Markdown:
// megabytes of UTF-8 input a second of CPU time, the median of interleaved
// rounds, for every profile and three texts (see texts.go).
//
//	npm ci            # once, for opencc-js
//	go run . [-rounds 5] [-profiles s2t,s2twp]
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	longbridge "github.com/longbridgeapp/opencc"

	"github.com/hanconv/hanconv/han"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 5, "how often everything is measured")
	only := flag.String("profiles", "", "measure only these, separated by commas")
	flag.Parse()
	if err := run(os.Stdout, *rounds, *only); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, rounds int, only string) error {
	folder, err := os.MkdirTemp("", "hanconv-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	simplified, traditional, err := makeTexts(folder)
	if err != nil {
		return err
	}
	peers := allPeers()
	header(w, peers)
	for _, p := range han.Profiles() {
		if only != "" && !slices.Contains(strings.Split(only, ","), p.Name) {
			continue
		}
		texts := traditional
		if strings.HasPrefix(p.Name, "s") {
			texts = simplified
		}
		for _, t := range texts {
			speeds, err := measureAll(peers, p.Name, t, rounds)
			if err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
			row(w, p.Name, t.name, speeds)
		}
	}
	return nil
}

func allPeers() []peer {
	peers := []peer{&hanconv{}, &longbridgeapp{converters: map[string]*longbridge.OpenCC{}}}
	js, err := newOpenccJS()
	if err != nil {
		log.Print(err)
		return peers
	}
	return append(peers, js)
}

// measureAll returns the median speed of each peer in MB/s, 0 where a peer
// does not offer the profile.
func measureAll(peers []peer, profile string, t text, rounds int) ([]float64, error) {
	times := make([][]time.Duration, len(peers))
	for range rounds {
		for i, p := range peers {
			took, err := p.measure(profile, t)
			if errors.Is(err, errNotOffered) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name(), err)
			}
			times[i] = append(times[i], took)
		}
	}
	speeds := make([]float64, len(peers))
	for i := range peers {
		if m := median(times[i]); m > 0 {
			speeds[i] = float64(len(t.data)) / 1e6 / m.Seconds()
		}
	}
	return speeds, nil
}

func median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func header(w io.Writer, peers []peer) {
	line := "| profile | text |"
	rule := "|---|---|"
	for _, p := range peers {
		line += " " + p.name() + " |"
		rule += "---:|"
	}
	for _, p := range peers[1:] {
		line += " × " + p.name() + " |"
		rule += "---:|"
	}
	fmt.Fprintln(w, line+"\n"+rule)
}

// row prints the speeds and how many times hanconv, the first, is as fast as
// each of the others.
func row(w io.Writer, profile, text string, speeds []float64) {
	line := fmt.Sprintf("| %s | %s |", profile, text)
	for _, s := range speeds {
		line += cell("%.1f", s)
	}
	for _, s := range speeds[1:] {
		if s == 0 {
			line += cell("%.0f", 0)
			continue
		}
		line += cell("%.0f", speeds[0]/s)
	}
	fmt.Fprintln(w, line)
}

func cell(format string, value float64) string {
	if value == 0 {
		return " – |"
	}
	return " " + fmt.Sprintf(format, value) + " |"
}
