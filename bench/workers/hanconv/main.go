// Command hanconv is the worker for hanconv itself: "append" reuses one
// buffer, "string" makes a new string each time.
package main

import (
	"fmt"
	"os"

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
	if len(args) == 0 || args[0] != "append" && args[0] != "string" {
		return fmt.Errorf(`the first argument must be "append" or "string", not %q`, args)
	}
	return worker.Run(library{reuse: args[0] == "append"}, args[1:])
}

type library struct{ reuse bool }

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
	if l.reuse {
		return worker.Converter{Discard: appender(c), Convert: convert}, nil
	}
	return worker.Converter{Discard: func(t worker.Text) { sink = c.Convert(t.String) }, Convert: convert}, nil
}

func appender(c *han.Converter) func(worker.Text) {
	var buffer []byte
	return func(t worker.Text) { buffer = c.Append(buffer[:0], t.Bytes) }
}

// sink keeps results alive, so that no conversion is optimised away.
var sink string
