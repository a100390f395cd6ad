// Bench measures hanconv beside its peers and prints one table in Markdown:
// speed for every profile on several texts, start-up, memory and how many of
// OpenCC's own cases each passes. README.md tells what is measured and how.
//
//	go run . -setup     # once: peers and texts
//	go run . [-quick] [-profiles s2t,s2twp] [-svg ../docs/bench.svg]
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hanconv/hanconv/bench/corpus"
	"github.com/hanconv/hanconv/bench/peer"
	"github.com/hanconv/hanconv/han"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type flags struct {
	rounds, size, core                  int
	quick, setup                        bool
	profiles, peers, texts, extra, plot string
	target                              time.Duration
}

func parse(args []string, stderr io.Writer) (f flags, err error) {
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.BoolVar(&f.setup, "setup", false, "install the peers and fetch the texts, then end")
	set.BoolVar(&f.quick, "quick", false, "four profiles, small texts, two rounds: rough figures in about a minute")
	set.IntVar(&f.rounds, "rounds", 5, "how often each speed is measured; the median counts")
	set.IntVar(&f.size, "size", 384<<10, "the longest text, in bytes")
	set.IntVar(&f.core, "cpu", runtime.NumCPU()-1, "the core that measured processes are pinned to")
	set.DurationVar(&f.target, "time", 100*time.Millisecond, "the least CPU time of one measurement")
	set.StringVar(&f.profiles, "profiles", "", "only these profiles, separated by commas")
	set.StringVar(&f.peers, "peers", "", "only these converters, separated by commas: "+strings.Join(peerNames(), ","))
	set.StringVar(&f.texts, "texts", "", "only these texts, separated by commas: "+strings.Join(corpus.Names(), ","))
	set.StringVar(&f.extra, "text", "", "a file of your own as one more text")
	set.StringVar(&f.plot, "svg", "", "write a bar plot to this file")
	if err := set.Parse(args); err != nil {
		return f, err
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q", set.Arg(0))
	}
	if f.rounds < 1 || f.size < 1 {
		return f, errors.New("-rounds and -size must be at least 1")
	}
	given := map[string]bool{}
	set.Visit(func(one *flag.Flag) { given[one.Name] = true })
	if f.quick {
		f.hurry(given)
	}
	return f, nil
}

// hurry lowers what was not given.
func (f *flags) hurry(given map[string]bool) {
	if !given["rounds"] {
		f.rounds = 2
	}
	if !given["size"] {
		f.size = 96 << 10
	}
	if !given["time"] {
		f.target = 20 * time.Millisecond
	}
	if !given["profiles"] {
		f.profiles = "s2t,t2s,s2twp,tw2sp"
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	f, err := parse(args, stderr)
	if err != nil {
		return err
	}
	env, err := environment()
	if err != nil {
		return err
	}
	if f.setup {
		return setUp(env, stderr)
	}
	b, err := newBench(f, env.Pin(f.core), stderr)
	if err != nil {
		return err
	}
	if err := b.measure(); err != nil {
		return err
	}
	if err := b.table().Write(stdout); err != nil {
		return err
	}
	fmt.Fprint(stdout, "\n", b.notes())
	if f.plot == "" {
		return nil
	}
	return os.WriteFile(f.plot, []byte(b.plot().SVG()), 0o644)
}

// environment asks the go command where the benchmark and hanconv are.
func environment() (peer.Env, error) {
	const bench = "github.com/hanconv/hanconv/bench"
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", bench, path.Dir(bench)).Output()
	folders := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(folders) != 2 {
		return peer.Env{}, errors.New("run this inside the folder bench of hanconv's source")
	}
	return peer.Env{Dir: folders[0], Project: folders[1], Cache: filepath.Join(folders[0], "cache")}, nil
}

func peerNames() (names []string) {
	for _, p := range peer.All() {
		names = append(names, p.Name)
	}
	return names
}

func profileNames() (names []string) {
	for _, p := range han.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

// choose returns the known names that a flag's list names, in the known order;
// all if the list is empty.
func choose(flagName, list string, known []string) (chosen []string, err error) {
	if list == "" {
		return known, nil
	}
	wanted := strings.Split(list, ",")
	for _, name := range wanted {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("-%s: unknown name %q; known: %s", flagName, name, strings.Join(known, ", "))
		}
	}
	for _, name := range known {
		if slices.Contains(wanted, name) {
			chosen = append(chosen, name)
		}
	}
	return chosen, nil
}
