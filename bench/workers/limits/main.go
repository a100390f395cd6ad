// Command limits is the worker for what bounds every converter: "map" maps
// single characters and nothing else, "copy" copies, "valid" checks UTF-8.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hanconv/hanconv/bench/tablemap"
	"github.com/hanconv/hanconv/bench/worker"
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || !slices.Contains([]string{"map", "copy", "valid"}, args[0]) {
		return fmt.Errorf(`the first argument must be "map", "copy" or "valid", not %q`, args)
	}
	return worker.Run(limit(args[0]), args[1:])
}

type limit string

func (limit) Profiles() (names []string) {
	for _, p := range han.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

func (l limit) Load(profile string, _ bool) (worker.Converter, error) {
	var buffer []byte
	same := func(s string) (string, error) { return s, nil }
	switch l {
	case "copy":
		return worker.Converter{Discard: func(t worker.Text) { buffer = append(buffer[:0], t.Bytes...) }, Convert: same}, nil
	case "valid":
		return worker.Converter{Discard: func(t worker.Text) { valid = utf8.Valid(t.Bytes) }, Convert: same}, nil
	}
	m := tablemap.New(characters(profile))
	return worker.Converter{
		Discard: func(t worker.Text) { buffer = m.Append(buffer[:0], t.Bytes) },
		Convert: func(s string) (string, error) { return string(m.Append(nil, []byte(s))), nil },
	}, nil
}

// characters returns OpenCC's characters for the direction of a profile.
func characters(profile string) map[rune]rune {
	file := "TSCharacters.txt"
	if strings.HasPrefix(profile, "s2") {
		file = "STCharacters.txt"
	}
	pairs := map[rune]rune{}
	for _, entry := range oracle.Load().Dictionaries[file] {
		from, to := []rune(entry[0]), []rune(entry[1])
		if len(from) == 1 && len(to) == 1 {
			pairs[from[0]] = to[0]
		}
	}
	return pairs
}

// valid keeps the result alive, so that no check is optimised away.
var valid bool
