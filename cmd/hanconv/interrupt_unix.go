//go:build unix

package main

import (
	"os/signal"
	"syscall"
	"time"
)

// expectErrors lets failures that end a process by default arrive as errors of the write that caused them: a closed pipe,
// and a file that outgrows the limit set for the process. Temporary files are then removed as after any other error.
func expectErrors() { signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ) }

// die ends the process by the signal that interrupted it.
func (i *interruption) die() {
	s, ok := i.signal.(syscall.Signal)
	if !ok {
		return
	}
	signal.Reset(s)
	if syscall.Kill(syscall.Getpid(), s) == nil {
		time.Sleep(time.Second) // the signal arrives meanwhile
	}
}
