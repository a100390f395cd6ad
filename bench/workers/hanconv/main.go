// Command hanconv is the worker for hanconv itself: "append" reuses one
// buffer, "string" makes a new string each time, "stream" goes through the text
// in pieces of 64 KiB with fixed buffers.
package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/hanconv/hanconv/bench/worker"
	"github.com/hanconv/hanconv/han"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || !slices.Contains([]string{"append", "string", "stream"}, args[0]) {
		return fmt.Errorf(`the first argument must be "append", "string" or "stream", not %q`, args)
	}
	return worker.Run(library{way: args[0]}, args[1:])
}

type library struct{ way string }

func (library) Profiles() (names []string) {
	for _, p := range han.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

func (l library) Load(profile string, tofu bool) (worker.Converter, error) {
	var opts []han.Option
	if tofu {
		opts = append(opts, han.WithTofuRisk())
	}
	c, err := han.New(profile, opts...)
	if err != nil {
		return worker.Converter{}, err
	}
	convert := func(s string) (string, error) { return c.Convert(s), nil }
	switch l.way {
	case "append":
		return worker.Converter{Discard: appender(c), Convert: convert}, nil
	case "stream":
		return worker.Converter{Discard: streamer(c), Convert: convert}, nil
	}
	return worker.Converter{Discard: func(t worker.Text) { sink = c.Convert(t.String) }, Convert: convert}, nil
}

func appender(c *han.Converter) func(worker.Text) {
	var buffer []byte
	return func(t worker.Text) { buffer = c.Append(buffer[:0], t.Bytes) }
}

func streamer(c *han.Converter) func(worker.Text) {
	const piece = 64 << 10
	s := c.NewStream()
	out := make([]byte, 0, 2*piece)
	return func(t worker.Text) {
		for rest := t.Bytes; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
			out = s.Append(out[:0], rest[:min(piece, len(rest))])
		}
		out = s.Flush(out[:0])
	}
}

// sink keeps results alive, so that no conversion is optimised away.
var sink string
