package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/hanconv/hanconv/bench/corpus"
	"github.com/hanconv/hanconv/bench/peer"
	"github.com/hanconv/hanconv/bench/report"
)

// bench is one run of the benchmark.
type bench struct {
	flags
	env      peer.Env
	log      io.Writer
	peers    []peer.Peer
	offers   map[string][]string // profiles by peer
	missing  []string            // what is not there and how to get it
	profiles []string
	names    []string // of texts
	texts    *corpus.Corpus
	speeds   map[cell]float64 // MB/s
	facts    facts
}

// cell is a place in the table.
type cell struct{ profile, text, peer string }

func newBench(f flags, env peer.Env, log io.Writer) (*bench, error) {
	b := &bench{flags: f, env: env, log: log, offers: map[string][]string{}, speeds: map[cell]float64{}}
	var err error
	if b.profiles, err = choose("profiles", f.profiles, profileNames()); err != nil {
		return nil, err
	}
	if b.names, err = choose("texts", f.texts, corpus.Names()); err != nil {
		return nil, err
	}
	wanted, err := choose("peers", f.peers, peerNames())
	if err != nil {
		return nil, err
	}
	b.texts = corpus.Open(env.Cache, env.Project, f.size)
	if f.extra != "" {
		if _, err := os.Stat(f.extra); err != nil {
			return nil, fmt.Errorf("-text: %w", err)
		}
		b.texts.Add("own", f.extra)
		b.names = append(slices.Clone(b.names), "own")
	}
	if err := peer.Build(env); err != nil {
		return nil, err
	}
	return b, b.findPeers(wanted)
}

// findPeers keeps the peers that are installed.
func (b *bench) findPeers(wanted []string) error {
	for _, p := range peer.All() {
		if !slices.Contains(wanted, p.Name) {
			continue
		}
		offered, err := b.offered(p)
		if errors.Is(err, peer.ErrMissing) {
			b.missing = append(b.missing, fmt.Sprintf("%s is not installed: %s", p.Title, p.Hint))
			continue
		}
		if err != nil {
			return err
		}
		b.peers = append(b.peers, p)
		b.offers[p.Name] = offered
	}
	return nil
}

func (b *bench) offered(p peer.Peer) (profiles []string, err error) {
	s, err := p.Start(b.env)
	if err != nil {
		return nil, err
	}
	defer closing(s, &err)
	return s.Profiles()
}

// closing ends a session and keeps its error, if there is no other yet.
func closing(s peer.Session, err *error) {
	if closed := s.Close(); *err == nil {
		*err = closed
	}
}

func (b *bench) measure() error {
	for _, profile := range b.profiles {
		fmt.Fprintln(b.log, "measuring", profile)
		if err := b.measureProfile(profile); err != nil {
			return fmt.Errorf("%s: %w", profile, err)
		}
	}
	fmt.Fprintln(b.log, "measuring start-up, memory and correctness")
	return b.measureFacts()
}

// runner is a session that has loaded the profile under measurement.
type runner struct {
	peer.Session
	name   string
	files  bool
	repeat int // conversions in one measurement
	rates  []float64
}

// measureProfile starts each peer anew, so that none carries the tables and
// the garbage of other profiles.
func (b *bench) measureProfile(profile string) (err error) {
	var runners []*runner
	for _, p := range b.peers {
		if !slices.Contains(b.offers[p.Name], profile) {
			continue
		}
		s, err := p.Start(b.env)
		if err != nil {
			return err
		}
		defer closing(s, &err)
		if _, err := s.Load(profile); err != nil {
			return err
		}
		runners = append(runners, &runner{Session: s, name: p.Name, files: p.Files})
	}
	for _, text := range b.names {
		if err := b.measureText(runners, profile, text); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measureText(runners []*runner, profile, text string) error {
	file, err := b.texts.File(text, profile)
	if errors.Is(err, corpus.ErrNone) {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		b.note("text " + text + " is not there: run: go run . -setup")
		return nil
	}
	if err != nil {
		return err
	}
	defer os.Remove(file)
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if text == corpus.Title {
		runners = slices.DeleteFunc(slices.Clone(runners), func(r *runner) bool { return r.files })
	}
	if err := b.interleave(runners, profile, file, float64(info.Size())/1e6); err != nil {
		return err
	}
	for _, r := range runners {
		b.speeds[cell{profile, text, r.name}] = report.Median(r.rates)
	}
	return nil
}

func (b *bench) note(missing string) {
	if !slices.Contains(b.missing, missing) {
		b.missing = append(b.missing, missing)
	}
}

// interleave measures the peers in turn, so that what else the machine does
// hits all of them.
func (b *bench) interleave(runners []*runner, profile, file string, megabytes float64) error {
	for _, r := range runners {
		r.rates = nil
		if err := r.calibrate(profile, file, b.target); err != nil {
			return err
		}
	}
	for range b.rounds {
		for _, r := range runners {
			took, err := r.Time(profile, file, r.repeat)
			if err != nil {
				return err
			}
			if took > 0 {
				r.rates = append(r.rates, megabytes*float64(r.repeat)/took.Seconds())
			}
		}
	}
	return nil
}

// calibrate warms up and finds how many conversions take the target time.
func (r *runner) calibrate(profile, file string, target time.Duration) error {
	const most = 1 << 22 // for conversions too short to measure
	for r.repeat = 1; r.repeat < most; r.repeat *= 4 {
		took, err := r.Time(profile, file, r.repeat)
		if err != nil {
			return err
		}
		if took >= target/4 {
			r.repeat = max(1, int(float64(r.repeat)*target.Seconds()/took.Seconds()+0.5))
			return nil
		}
	}
	return nil
}
