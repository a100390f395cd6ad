package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/meter"
)

const convertHelp = `Convert the files, one after the other, or standard input, to standard output.

-c takes the name of a built-in profile (see hanconv profiles) or the path of an
OpenCC configuration file. A name without a path separator is a built-in profile
first, then a file in the working folder, in the folders of --path and in the one
that the variable OPENCC_DATA_DIR names.

With --context, characters and words that have several candidates are chosen by
the text around them, where OpenCC takes the longest phrase of its dictionaries;
the result then differs from OpenCC's and has fewer wrong characters. --from and
--to do so unless --context=false is given; -c does so only when asked.

A file that is written to, by -o or by --in-place, is replaced in one step: when
something fails the old file is whole. Bytes that are not UTF-8 stay as they are
unless --strict refuses them.

The flags of OpenCC's command work here: "hanconv convert" takes the place of
"opencc" in scripts.`

const convertExamples = `  hanconv convert -c s2twp article.txt -o article.tw.txt
  hanconv convert --from zh-TW --to zh-CN < article.txt
  hanconv convert -c s2tw --context article.txt
  hanconv convert -c t2s --in-place *.md
  hanconv convert -c s2hk -r notes -o notes.hk --pattern '*.md' --pattern '*.txt'
  hanconv convert -c ./mine.json article.txt
  hanconv convert --addr 127.0.0.1:7420 -c s2twp article.txt`

type convertFlags struct {
	selection
	remote
	files
	strict       bool
	quiet        bool
	inspect      bool
	segmentation bool
}

func newConvert(con console) *cobra.Command {
	var c convertFlags
	cmd := &cobra.Command{
		Use:     "convert [FILE…]",
		Short:   "Convert files or standard input",
		Long:    convertHelp,
		Example: convertExamples,
		RunE: action(func(cmd *cobra.Command, args []string) error {
			c.inputs = append(c.inputs, args...)
			c.files.usage = c.selection.usage
			if err := c.check(cmd); err != nil {
				return err
			}
			return c.run(cmd.Context(), con)
		}),
	}
	c.selection.register(cmd)
	c.remote.register(cmd)
	c.register(cmd)
	c.registerOpenCC(cmd)
	cmd.Flags().SortFlags = false
	return cmd
}

func (c *convertFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&c.output, "output", "o", "", "write to this `FILE`, or into this folder")
	f.BoolVar(&c.inPlace, "in-place", false, "replace the files by their conversions")
	f.BoolVarP(&c.recursive, "recursive", "r", false, "convert the files in folders, too; hidden folders are left out")
	f.StringArrayVar(&c.patterns, "pattern", nil, "which files of a folder, by name: a `GLOB`; repeatable (default *.txt)")
	f.BoolVar(&c.strict, "strict", false, "refuse text that is not UTF-8 and write nothing of it")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "show no progress bar")
}

// registerOpenCC adds what only OpenCC's scripts use.
func (c *convertFlags) registerOpenCC(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&c.inputs, "input", "i", nil, "read this `FILE`, as if it were an argument")
	f.BoolVar(&c.inspect, "inspect", false, "write segments, stages and output as JSON, a line for each line")
	f.BoolVar(&c.segmentation, "segmentation", false, "write the segments as JSON, a line for each line")
	f.Var(ignoredBool{}, "noflush", "accepted and without effect")
	for name, reason := range map[string]string{
		"ambiguities":     "marking ambiguous spots is not offered",
		"measured_result": "measure with a program such as time(1) or hyperfine instead",
		"resource-zip":    "unpack the archive and name its folder with --path",
	} {
		f.Var(refused(reason), name, "")
		f.Lookup(name).NoOptDefVal = "true"
		f.Lookup(name).Hidden = true
	}
}

func (c *convertFlags) check(cmd *cobra.Command) error {
	if err := errors.Join(c.selection.check(cmd), c.remote.check(&c.selection)); err != nil {
		return err
	}
	switch {
	case c.inspect && c.segmentation:
		return c.selection.usage("--inspect and --segmentation each ask for another output; give one of them")
	case c.showsJSON() && c.addr != "":
		return c.selection.usage("--inspect and --segmentation do not go through a server; leave out --addr")
	case c.showsJSON() && c.inPlace:
		return c.selection.usage("--inspect and --segmentation do not replace files; leave out --in-place")
	case cmd.Flags().Changed("output") && c.output == "":
		return c.selection.usage("-o is empty: give the name of a file")
	}
	return nil
}

func (c *convertFlags) showsJSON() bool { return c.inspect || c.segmentation }

func (c *convertFlags) run(ctx context.Context, con console) error {
	e, err := c.engine()
	if err != nil {
		return err
	}
	defer e.close()
	tasks, err := c.plan(con)
	if err != nil {
		return err
	}
	r := runner{con: con, engine: e, strict: c.strict, meter: c.meter(con, tasks)}
	defer r.meter.Close()
	r.advice = "leave out --strict to keep such bytes as they are"
	if c.showsJSON() {
		r.advice = "JSON cannot show such bytes"
	}
	return interruptible(ctx, func(ctx context.Context) error { return r.run(ctx, tasks) })
}

func (c *convertFlags) engine() (engine, error) {
	if c.addr != "" {
		return newRemoteEngine(&c.remote, &c.selection)
	}
	converter, err := c.load()
	if err != nil {
		return nil, err
	}
	if c.showsJSON() {
		return &inspectEngine{converter, c.segmentation}, nil
	}
	return newLocalEngine(converter), nil
}

// meter leaves out the bar where nobody sees it, and where the text itself runs over the terminal.
func (c *convertFlags) meter(con console, tasks []task) *meter.Meter {
	onTerminal := tasks[0].target.path == "" && isTerminal(con.out)
	if c.quiet || onTerminal || !isTerminal(con.err) {
		return nil
	}
	return meter.New(con.err, totalBytes(tasks))
}

// ignoredBool is a flag whose value has no effect.
type ignoredBool struct{}

func (ignoredBool) Set(s string) error {
	if _, err := strconv.ParseBool(s); err != nil {
		return errors.New("true or false is wanted")
	}
	return nil
}

func (ignoredBool) String() string { return "" }

func (ignoredBool) Type() string { return "bool" }

// refused is a flag of OpenCC that hanconv does not have; its text says what to do.
type refused string

// Set implements pflag.Value.
func (r refused) Set(string) error { return errors.New(string(r)) }

func (r refused) String() string { return "" }

// Type implements pflag.Value.
func (r refused) Type() string { return "" }
