package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"
)

// errOutputClosed tells that nobody reads the output any more, which ends the work without being an error.
var errOutputClosed = errors.New("the output is closed")

// console is what the process was given to read from and to write to.
type console struct{ in, out, err *os.File }

// stdout returns standard output, whose errors wrap errOutputClosed where that is the reason.
func (c console) stdout() io.Writer { return pipeWriter{c.out} }

func (c console) report(err error) {
	_, _ = fmt.Fprintf(c.err, "hanconv: %v\n", err) // with standard error closed nobody can be told
}

func (c console) note(format string, args ...any) {
	_, _ = fmt.Fprintf(c.err, format+"\n", args...)
}

// writeJSON writes v on lines of its own, with the characters of the text as they are.
func (c console) writeJSON(v any) error {
	enc := json.NewEncoder(c.stdout())
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// pipeWriter is an output whose reader may go away.
type pipeWriter struct{ io.Writer }

func (w pipeWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		err = errOutputClosed
	}
	return n, err
}
