package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const rootHelp = `hanconv converts Chinese text between Simplified and Traditional script and
between the regional variants of China, Taiwan, Hong Kong and Japan. What it
writes is byte for byte what OpenCC writes with the same profile.

  hanconv convert -c s2twp article.txt           to standard output
  hanconv convert -c s2twp < article.txt         from standard input
  hanconv convert -c tw2sp --in-place -r notes   every *.txt file of a folder
  hanconv convert --from zh-CN --to zh-HK a.txt  by language
  hanconv serve                                  a gRPC server
  hanconv convert --addr 127.0.0.1:7420 a.txt    the same through that server

It ends with 0 when all went well, 1 when a conversion, a file or a connection
failed, and 2 when the command line cannot be understood.`

func newRoot(con console) *cobra.Command {
	root := &cobra.Command{
		Use:           "hanconv",
		Short:         "Convert Chinese text between scripts and regional variants",
		Long:          rootHelp,
		Version:       buildVersion(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          runRoot,
	}
	root.SetIn(con.in)
	root.SetOut(con.stdout())
	root.SetErr(con.err)
	root.SetFlagErrorFunc(explainFlag)
	root.SetVersionTemplate("hanconv {{.Version}}\n")
	root.AddCommand(newConvert(con), newInspect(con), newEval(con), newProfiles(con), newServe(con), newToken(con), newTour(con), newVersion(con))
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.RunE = chooseShell
	}
	return root
}

// runRoot is reached without a command and with one that does not exist.
func runRoot(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	cmd.SuggestionsMinimumDistance = 2
	reason := fmt.Sprintf("there is no command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		reason += fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return &usageError{cmd.CommandPath(), reason}
}

// chooseShell is reached where completion is given no shell that it knows.
func chooseShell(cmd *cobra.Command, _ []string) error {
	return &usageError{cmd.CommandPath(), "name a shell: bash, zsh, fish or powershell"}
}

func explainFlag(cmd *cobra.Command, err error) error {
	reason := err.Error()
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if why, ok := invalid.GetFlag().Value.(refused); ok {
			reason = fmt.Sprintf("OpenCC's --%s does not work here: %s", invalid.GetFlag().Name, string(why))
		}
	}
	if !cmd.HasParent() {
		reason += "; flags for a conversion come after the command: hanconv convert -c s2t -i FILE"
	}
	return &usageError{cmd.CommandPath(), reason}
}

// action turns f into what cobra runs. Errors of cobra itself are about the command line; so are f's usage errors, and
// all others are failures.
func action(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		var usage *usageError
		if err == nil || errors.As(err, &usage) {
			return err
		}
		return &failure{err}
	}
}

// noArguments refuses arguments.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &usageError{cmd.CommandPath(), fmt.Sprintf("unexpected argument %q", args[0])}
}
