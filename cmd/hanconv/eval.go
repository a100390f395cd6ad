package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/internal/scoring"
)

const evalHelp = `Convert texts whose right conversion is known, and count the wrong characters: by
a profile, with and without --context, by a server, or by any command.

A SET is a file of lines: text, TAB, right text, both with as many characters. The
table tells for each set and for all together:

  n       how many Han characters were compared
  fold%   how many of a hundred are right, and how many are wrong; characters of one
          group of --variants are equal
  AMB%    the same for the characters of --ambiguous, all of them,
  HARD%   and those of its first line
  macro%  the mean over the senses of the latter (character and right result) that
          occur ten times or more, so that a frequent sense cannot hide a rare one
  sent%   how many of a hundred lines are right as a whole

--variants is a file with a group of interchangeable characters on each line, and
--ambiguous one with two lines: the characters of the source with several results
between which the meaning decides, and those where usage does. Lines that begin
with # are left out. Without these files every difference is an error.`

const evalExamples = `  hanconv eval -c s2tw --context news.tsv novel.tsv
  hanconv eval -c s2tw --for '*hk*=s2hk' --ambiguous ambiguous.txt *.tsv
  hanconv eval --addr 127.0.0.1:7420 --from zh-CN --to zh-TW news.tsv
  hanconv eval --command 'opencc -c {profile}.json' -c s2tw --errors wrong.tsv news.tsv`

// evaluation is what the command line of eval says.
type evaluation struct {
	selection
	remote
	shellCommand string
	profiles     []string // GLOB=PROFILE
	variants     string
	ambiguous    string
	errors       string
	json         string
}

func newEval(con console) *cobra.Command {
	var e evaluation
	cmd := &cobra.Command{
		Use:     "eval SET…",
		Short:   "Count the errors of a conversion on texts whose right conversion is known",
		Long:    evalHelp,
		Example: evalExamples,
		RunE: action(func(cmd *cobra.Command, args []string) error {
			if err := e.check(cmd, args); err != nil {
				return err
			}
			return interruptible(cmd.Context(), func(ctx context.Context) error { return e.run(ctx, con, args) })
		}),
	}
	e.selection.register(cmd)
	e.remote.register(cmd)
	f := cmd.Flags()
	f.StringVar(&e.shellCommand, "command", "",
		"score this `COMMAND` of the shell, which converts its input line by line; {profile} in it is the set's profile")
	f.StringArrayVar(&e.profiles, "for", nil, "another profile for sets by name: `GLOB=PROFILE`; repeatable, the first counts")
	f.StringVar(&e.variants, "variants", "", "`FILE` of interchangeable characters")
	f.StringVar(&e.ambiguous, "ambiguous", "", "`FILE` of characters with several results")
	f.StringVar(&e.errors, "errors", "", "write a list of the errors, with what stands around them, to this `FILE`")
	f.StringVar(&e.json, "json", "", "write the figures as JSON to this `FILE`")
	f.SortFlags = false
	return cmd
}

func (e *evaluation) check(cmd *cobra.Command, sets []string) error {
	if err := e.selection.check(cmd); err != nil {
		return err
	}
	if err := e.remote.check(&e.selection); err != nil {
		return err
	}
	switch {
	case len(sets) == 0:
		return e.usage("name a file with texts and their right conversions")
	case e.shellCommand != "" && e.addr != "":
		return e.usage("--command and --addr both say what converts; give one of them")
	case e.shellCommand != "" && (e.context.given || e.tofuRisk):
		return e.usage("--context and --tofu are not for other commands; write what they need into --command")
	case len(e.profiles) > 0 && e.from != "":
		return e.usage("--for goes with profiles: leave out --from and --to")
	}
	return e.checkProfiles()
}

func (e *evaluation) checkProfiles() error {
	for _, rule := range e.profiles {
		glob, profile, ok := strings.Cut(rule, "=")
		if _, err := filepath.Match(glob, ""); !ok || profile == "" || err != nil {
			return e.usage(fmt.Sprintf("--for %q cannot be understood: GLOB=PROFILE is wanted, such as '*hk*=s2hk'", rule))
		}
	}
	return nil
}

// profileOf is the profile for a set; empty where languages are given.
func (e *evaluation) profileOf(set string) string {
	if e.from != "" {
		return ""
	}
	for _, rule := range e.profiles {
		glob, profile, _ := strings.Cut(rule, "=")
		if ok, _ := filepath.Match(glob, set); ok {
			return profile
		}
	}
	return e.profile()
}

func (e *evaluation) run(ctx context.Context, con console, files []string) error {
	judge, err := e.judge()
	if err != nil {
		return err
	}
	list, err := newErrorList(con, e.errors)
	if err != nil {
		return err
	}
	defer list.Abort()
	table, err := scoring.NewTable(con.stdout(), judge.Ambiguous != nil)
	if err != nil {
		return err
	}
	r := report{All: scored{Set: "ALL"}}
	for _, file := range files {
		s, err := e.score(ctx, con, judge, file, list)
		if err != nil {
			return err
		}
		if err := table.Row(s.Set, &s.Score); err != nil {
			return err
		}
		r.add(s)
	}
	if err := table.Row(r.All.Set, &r.All.Score); err != nil {
		return err
	}
	if err := list.Commit(); err != nil {
		return err
	}
	return r.write(con, e.json, judge.Ambiguous != nil)
}

func (e *evaluation) judge() (judge scoring.Judge, err error) {
	if e.variants != "" {
		if judge.Variants, err = readWith(e.variants, scoring.ReadVariants); err != nil {
			return judge, err
		}
	}
	if e.ambiguous != "" {
		judge.Ambiguous, err = readWith(e.ambiguous, scoring.ReadAmbiguous)
	}
	return judge, err
}

func readWith[T any](file string, read func(io.Reader) (T, error)) (v T, err error) {
	f, err := os.Open(file)
	if err != nil {
		return v, err
	}
	defer func() { _ = f.Close() }()
	if v, err = read(f); err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return v, err
}

// score converts a set and compares.
func (e *evaluation) score(
	ctx context.Context, con console, judge scoring.Judge, file string, list *errorList,
) (scored, error) {
	pairs, err := readWith(file, scoring.ReadPairs)
	if err != nil {
		return scored{}, err
	}
	base := filepath.Base(file)
	s := scored{Set: strings.TrimSuffix(base, filepath.Ext(base))}
	s.Profile = e.profileOf(s.Set)
	got, err := e.convert(ctx, con, s.Profile, pairs)
	if err != nil {
		return scored{}, fmt.Errorf("%s: %w", file, err)
	}
	for i, p := range pairs {
		judge.Compare(&s.Score, p, got[i], list.adder(s.Set))
	}
	if s.LinesSkipped > 0 {
		con.note("%s: %d lines are left out: source and right text have different numbers of characters", file, s.LinesSkipped)
	}
	return s, nil
}
