// Service measures what a conversion over gRPC costs hanconv's server beside a
// server that only echoes, and prints one table in Markdown. README.md tells
// how.
//
//	go run ./service [-profiles s2t,s2twp] [-text FILE] [-rounds 5] [-time 1s]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/hanconv/hanconv/bench/build"
	"github.com/hanconv/hanconv/bench/service/echo"
	"github.com/hanconv/hanconv/bench/service/load"
	"github.com/hanconv/hanconv/bench/service/measure"
)

func main() {
	err := run(os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

// run plays one of three parts: this program starts itself again for the
// echo server and for the load.
func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case len(args) == 1 && args[0] == "echo":
		return echo.Serve(ctx, func(address string) { fmt.Fprintln(os.Stderr, "echo: listening on", address) })
	case len(args) == 2 && args[0] == "load":
		return load.Serve(ctx, args[1], os.Stdin, os.Stdout)
	}
	return compare(ctx, args, os.Stdout, os.Stderr)
}

func compare(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if c.Self, err = os.Executable(); err != nil {
		return err
	}
	if len(c.Hanconv) == 0 {
		folder, err := os.MkdirTemp("", "service")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		c.Hanconv = []string{filepath.Join(folder, "hanconv")}
		if err := build.Hanconv(ctx, c.Hanconv[0]); err != nil {
			return err
		}
	}
	names, results, err := measure.Run(ctx, c)
	if err != nil {
		return err
	}
	return measure.Table(names, results).Write(stdout)
}

func parse(args []string, stderr io.Writer) (c measure.Config, err error) {
	var hanconv, profiles, only string
	set := flag.NewFlagSet("service", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.IntVar(&c.Rounds, "rounds", 5, "how often each figure is measured; the median counts")
	set.DurationVar(&c.Duration, "time", time.Second, "how long one measurement takes")
	set.StringVar(&profiles, "profiles", "s2t,s2twp", "the profiles, separated by commas")
	set.StringVar(&c.Text, "text", "../testdata/article.zh-Hans.txt", "the file whose text is converted, repeated to size")
	set.StringVar(&hanconv, "hanconv", "", "programs to measure in place of a fresh build, separated by commas")
	set.StringVar(&only, "only", "", "only loads whose name contains this, such as StreamConvert or 20,000")
	if err := set.Parse(args); err != nil {
		return c, err
	}
	if set.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	if c.Rounds < 1 {
		return c, errors.New("-rounds must be at least 1")
	}
	if hanconv != "" {
		c.Hanconv = strings.Split(hanconv, ",")
	}
	c.Profiles = strings.Split(profiles, ",")
	for _, one := range measure.DefaultCases() {
		if strings.Contains(one.String(), only) {
			c.Cases = append(c.Cases, one)
		}
	}
	if len(c.Cases) == 0 {
		return c, fmt.Errorf("-only: no load has %q in its name", only)
	}
	return c, nil
}
