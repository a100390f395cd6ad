// Command hanconv converts Chinese text between scripts and regional variants.
//
// See hanconv --help, and testdata/script for its use by example.
package main

import (
	"errors"
	"fmt"
	"os"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // a conversion, a file or a connection failed
	exitUsage   = 2 // the command line cannot be understood
)

func main() {
	os.Exit(run(os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

func run(args []string, con console) int {
	expectErrors()
	root := newRoot(con)
	root.SetArgs(args)
	return exitCode(root.Execute(), con)
}

// exitCode reports err. An interrupted command does not return from here: it dies of the signal, so that a calling
// shell sees what happened.
func exitCode(err error, con console) int {
	var failed *failure
	var interrupted *interruption
	switch {
	case err == nil, errors.Is(err, errOutputClosed):
		return exitOK
	case errors.As(err, &interrupted):
		interrupted.die()
		return exitFailure
	case errors.As(err, &failed):
		con.report(err)
		return exitFailure
	}
	con.report(err)
	return exitUsage
}

// failure marks an error that is not about the command line.
type failure struct{ error }

func (f *failure) Unwrap() error { return f.error }

// usageError tells what is wrong with the command line of a command.
type usageError struct {
	command string
	reason  string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%s; see %s --help", e.reason, e.command)
}
