// Siege does to a server what the open internet does, and tells whether others were served meanwhile: floods of HTTP/2
// frames, crowds of connections, readers that do not read, bombs, and a long mixture of everything. It starts the
// server itself and talks to nobody else; each trial ends by itself.
//
//	go run ./siege [-short] [-server PROGRAM] [NAME…]
//
// The names choose trials by a part of their name. README.md tells more.
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

	"github.com/hanconv/hanconv/bench/build"
)

func main() {
	if isAttacker() {
		if err := runAttacker(os.Args[2], os.Args[3], os.Args[4]); err != nil {
			fmt.Fprintln(os.Stderr, "siege:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "siege:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	s := long
	set := flag.NewFlagSet("siege", flag.ContinueOnError)
	isShort := set.Bool("short", false, "a second or so for each trial")
	program := set.String("server", "", "the hanconv to besiege, in place of a fresh build")
	set.DurationVar(&s.soak, "soak", s.soak, "how long the soak takes")
	if err := set.Parse(args); err != nil {
		return err
	}
	if *isShort {
		s = short
	}
	if *program == "" {
		folder, err := os.MkdirTemp("", "siege")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		*program = filepath.Join(folder, "hanconv")
		if err := build.Hanconv(ctx, *program); err != nil {
			return err
		}
	}
	return besiege(ctx, s, *program, set.Args(), out)
}

// besiege runs the trials and prints a table in Markdown.
func besiege(ctx context.Context, s siege, program string, names []string, out io.Writer) error {
	fmt.Fprintln(out, "| trial | what came of it | |\n| --- | --- | --- |")
	var errs []error
	for _, t := range trials(s) {
		if !chosen(t.name, names) {
			continue
		}
		o, err := try(ctx, s, program, t)
		if err = errors.Join(err, ctx.Err()); err != nil {
			o.fails = append(o.fails, err.Error())
		}
		verdict := "passed"
		if len(o.fails) > 0 {
			verdict = "**failed**: " + strings.Join(o.fails, "; ")
			errs = append(errs, fmt.Errorf("%s: %s", t.name, strings.Join(o.fails, "; ")))
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", t.name, o.figure, verdict)
	}
	return errors.Join(errs...)
}

func chosen(name string, names []string) bool {
	for _, n := range names {
		if strings.Contains(name, n) {
			return true
		}
	}
	return len(names) == 0
}

// try gives each trial a server of its own, which has to end well, too.
func try(ctx context.Context, s siege, program string, t trial) (o outcome, err error) {
	server, err := startTarget(ctx, program, t.flags...)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, server.close()) }()
	return t.run(ctx, s, server)
}
