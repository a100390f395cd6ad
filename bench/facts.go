package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hanconv/hanconv/bench/peer"
	"github.com/hanconv/hanconv/bench/report"
	"github.com/hanconv/hanconv/internal/oracle"
)

// factProfiles are those whose start-up and memory are measured.
var factProfiles = []string{"s2t", "s2twp"}

// allProfiles stands for every profile that a peer has.
const allProfiles = "all"

// facts is what is measured once for a peer, not for each text.
type facts struct {
	starts []start
	loads  []load
	passed map[string]score
}

// start is a process that converts one line, by its peer and profile.
type start struct {
	peer, profile string
	wall, cpu     float64 // milliseconds
}

// load is a library that loads one profile, or all.
type load struct {
	peer, profile  string
	cpu            float64 // milliseconds; 0: unknown
	resident, grew float64 // megabytes; 0: unknown
}

type score struct{ passed, offered int }

func (b *bench) measureFacts() error {
	b.facts.passed = map[string]score{}
	for _, p := range b.peers {
		if p.Kind != peer.Library {
			continue
		}
		for _, profile := range append(slices.Clone(factProfiles), allProfiles) {
			if err := b.measureFact(p, profile); err != nil {
				return fmt.Errorf("%s, %s: %w", p.Name, profile, err)
			}
		}
		var err error
		if b.facts.passed[p.Name], err = b.countCases(p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

func (b *bench) measureFact(p peer.Peer, profile string) error {
	profiles := []string{profile}
	if profile == allProfiles {
		profiles = b.offers[p.Name]
	} else {
		s, err := b.startUp(p, profile)
		if err != nil {
			return err
		}
		b.facts.starts = append(b.facts.starts, s)
	}
	var cpu, resident, grew []float64
	for range b.rounds {
		l, err := b.load(p, profiles)
		if err != nil {
			return err
		}
		cpu, resident, grew = append(cpu, l.cpu), append(resident, l.resident), append(grew, l.grew)
	}
	b.facts.loads = append(b.facts.loads,
		load{p.Name, profile, report.Median(cpu), report.Median(resident), report.Median(grew)})
	return nil
}

// line is what the start-up measurement converts.
const line = "这里发现了一只头发很长的猴子。\n"

func (b *bench) startUp(p peer.Peer, profile string) (start, error) {
	var wall, cpu []float64
	for range b.rounds {
		c := p.Once(b.env, profile)
		var out, failure bytes.Buffer
		c.Stdin, c.Stdout, c.Stderr = strings.NewReader(line), &out, &failure
		began := time.Now()
		if err := c.Run(); err != nil {
			return start{}, fmt.Errorf("%s: %w\n%s", c, err, &failure)
		}
		wall = append(wall, milliseconds(time.Since(began)))
		cpu = append(cpu, milliseconds(c.ProcessState.UserTime()+c.ProcessState.SystemTime()))
		if !strings.Contains(out.String(), "發現") {
			return start{}, fmt.Errorf("%s: %q became %q", c, line, &out)
		}
	}
	return start{p.Name, profile, report.Median(wall), report.Median(cpu)}, nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// load loads profiles in a new session. A command cannot load several at once.
func (b *bench) load(p peer.Peer, profiles []string) (l load, err error) {
	s, err := p.Start(b.env)
	if err != nil {
		return l, err
	}
	defer closing(s, &err)
	if _, err := s.Profiles(); err != nil { // which waits until it is up
		return l, err
	}
	before, err := s.Memory()
	if err != nil {
		return l, err
	}
	for _, profile := range profiles {
		cpu, err := s.Load(profile)
		if err != nil {
			return l, err
		}
		l.cpu += milliseconds(cpu)
	}
	if l.cpu == 0 && len(profiles) > 1 {
		return l, nil
	}
	after, err := s.Memory()
	l.resident, l.grew = float64(after)/1e6, float64(after-before)/1e6
	return l, err
}

// countCases converts OpenCC's own cases in the profiles that a peer has.
func (b *bench) countCases(p peer.Peer) (n score, err error) {
	s, err := p.Start(b.env)
	if err != nil {
		return n, err
	}
	defer closing(s, &err)
	for _, profile := range b.offers[p.Name] {
		inputs, wants := cases(profile)
		if len(inputs) == 0 {
			continue
		}
		results, err := s.Convert(profile, inputs)
		if err != nil {
			return n, err
		}
		n.offered += len(inputs)
		for i, result := range results {
			if result == wants[i] {
				n.passed++
			}
		}
	}
	return n, nil
}

func cases(profile string) (inputs, wants []string) {
	for _, c := range oracle.Load().Cases {
		if want, ok := c.Expected[profile]; ok {
			inputs, wants = append(inputs, c.Input), append(wants, want)
		}
	}
	return inputs, wants
}

func allCases() (n int) {
	for _, c := range oracle.Load().Cases {
		n += len(c.Expected)
	}
	return n
}
