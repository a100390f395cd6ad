// Package measure runs hanconv's server and an echo server side by side, puts
// the same load on both in turn, and compares what it costs them.
package measure

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/hanconv/hanconv/bench/report"
	"github.com/hanconv/hanconv/bench/service/load"
	"github.com/hanconv/hanconv/han"
)

// Config says what to measure.
type Config struct {
	Self     string        // the program of bench/service, for the echo server and the load
	Hanconv  []string      // programs to measure: hanconv, or several builds of it
	Profiles []string      // each is measured on its own
	Text     string        // the file with the text
	Rounds   int           // how often each figure is measured
	Duration time.Duration // of one measurement
	Cases    []Case
}

// Case is a kind of load.
type Case struct {
	Kind    string // load.Unary, load.Stream or load.Reader
	Size    int    // of a text or a chunk, in bytes
	Callers int
}

// DefaultCases are the loads that the project watches.
func DefaultCases() []Case {
	return []Case{
		{load.Unary, 300, 1}, {load.Unary, 300, 64}, {load.Unary, 20_000, 1}, {load.Unary, 20_000, 64},
		{load.Stream, 16_000, 1}, {load.Stream, 64_000, 1}, {load.Stream, 65_536, 1}, {load.Stream, 64_000, 4},
		{load.Reader, 64_000, 1},
	}
}

// Contestant is one column of the table.
type Contestant struct {
	Name    string
	profile string
	server  *server
}

// Result is what one kind of load cost each contestant: medians of the rounds.
type Result struct {
	Case
	Figures []Figure // in the order of the contestants; the echo is the first
}

// Figure is a contestant's median of each value.
type Figure struct {
	CPU      float64 // the server's, in µs a call, of streams in µs a MB of text sent
	Ratio    float64 // CPU as a multiple of the echo's in the same round
	Load     float64 // the load's own CPU time, in the same unit
	Rate     float64 // calls a second, of streams MB a second
	P50, P99 float64 // of calls, in ms
}

// Run measures. It returns the contestants' names, the echo first, and a result
// for each case.
func Run(ctx context.Context, c Config) (names []string, results []Result, err error) {
	r := &run{Config: c}
	defer func() {
		err = errors.Join(err, r.stop())
		if ctx.Err() != nil { // then everything that was started has failed
			err = ctx.Err()
		}
	}()
	if err := r.start(ctx); err != nil {
		return nil, nil, err
	}
	for _, one := range r.contestants {
		names = append(names, one.Name)
		if err := r.check(one); err != nil {
			return nil, nil, err
		}
	}
	for _, one := range c.Cases {
		result, err := r.measure(ctx, one)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, result)
	}
	return names, results, nil
}

type run struct {
	Config
	servers     []*server
	contestants []Contestant
}

func (r *run) start(ctx context.Context) error {
	s, err := start(ctx, r.Self, r.Self, "echo")
	if err != nil {
		return err
	}
	r.servers = append(r.servers, s)
	r.contestants = append(r.contestants, Contestant{"echo", "echo", s})
	for _, program := range r.Hanconv {
		s, err := start(ctx, r.Self, program, "serve", "--listen", "127.0.0.1:0")
		if err != nil {
			return err
		}
		r.servers = append(r.servers, s)
		for _, profile := range r.Profiles {
			r.contestants = append(r.contestants, Contestant{filepath.Base(program) + " " + profile, profile, s})
		}
	}
	return nil
}

func (r *run) stop() error {
	var errs []error
	for _, s := range r.servers {
		errs = append(errs, s.stop())
	}
	return errors.Join(errs...)
}

// check makes sure that a contestant does what it is measured for.
func (r *run) check(c Contestant) error {
	const size = 100_000
	want, err := load.Text(r.Text, size)
	if err != nil {
		return err
	}
	if c.profile != "echo" {
		converter, err := han.New(c.profile)
		if err != nil {
			return err
		}
		want = converter.Convert(want)
	}
	reply, err := c.server.ask(load.Request{Kind: load.Check, Profile: c.profile, File: r.Text, Size: size})
	if err != nil {
		return err
	}
	for i, method := range []string{"Convert", "StreamConvert"} {
		if reply.Texts[i] != want {
			return fmt.Errorf("%s: the answer of %s is not the text that was expected", c.Name, method)
		}
	}
	return nil
}

// measure lets the contestants take turns, so that what else the machine does
// hits all of them.
func (r *run) measure(ctx context.Context, c Case) (Result, error) {
	samples := make([][]Figure, len(r.contestants))
	for round := range r.Rounds + 1 { // the first one warms up
		for i, one := range r.contestants {
			f, err := r.sample(one, c)
			if err != nil {
				return Result{}, err
			}
			if err := ctx.Err(); err != nil {
				return Result{}, err
			}
			if round == 0 {
				continue
			}
			samples[i] = append(samples[i], f)
			samples[i][round-1].Ratio = f.CPU / samples[0][round-1].CPU
		}
	}
	result := Result{Case: c}
	for _, s := range samples {
		result.Figures = append(result.Figures, medians(s))
	}
	return result, nil
}

func (r *run) sample(one Contestant, c Case) (Figure, error) {
	server, client, err := one.server.spent()
	if err != nil {
		return Figure{}, err
	}
	reply, err := one.server.ask(load.Request{
		Kind: c.Kind, Profile: one.profile, File: r.Text, Size: c.Size, Callers: c.Callers, Duration: r.Duration,
	})
	if err != nil {
		return Figure{}, err
	}
	serverAfter, clientAfter, err := one.server.spent()
	return figure(c, reply, serverAfter-server, clientAfter-client), err
}

func figure(c Case, reply load.Reply, server, client time.Duration) Figure {
	amount := float64(reply.Sent) / 1e6
	if c.Kind == load.Unary {
		amount = float64(reply.Calls)
	}
	return Figure{
		CPU:  server.Seconds() * 1e6 / amount,
		Load: client.Seconds() * 1e6 / amount,
		Rate: amount / reply.Elapsed.Seconds(),
		P50:  reply.P50.Seconds() * 1e3,
		P99:  reply.P99.Seconds() * 1e3,
	}
}

func medians(samples []Figure) Figure {
	median := func(value func(Figure) float64) float64 {
		var values []float64
		for _, s := range samples {
			values = append(values, value(s))
		}
		return report.Median(values)
	}
	return Figure{
		CPU:   median(func(f Figure) float64 { return f.CPU }),
		Ratio: median(func(f Figure) float64 { return f.Ratio }),
		Load:  median(func(f Figure) float64 { return f.Load }),
		Rate:  median(func(f Figure) float64 { return f.Rate }),
		P50:   median(func(f Figure) float64 { return f.P50 }),
		P99:   median(func(f Figure) float64 { return f.P99 }),
	}
}
