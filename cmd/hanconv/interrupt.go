package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// cleanupTime is how long interrupted work has for removing its temporary files.
const cleanupTime = time.Second

// interruption tells that a signal ended the work.
type interruption struct{ signal os.Signal }

func (i *interruption) Error() string { return fmt.Sprintf("interrupted: %v", i.signal) }

// interruptible runs work until it ends or a signal arrives. Then the context ends and the work cleans up; a second
// signal does not wait for that.
func interruptible(ctx context.Context, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, heeded(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)...)
	defer signal.Stop(signals)
	done := make(chan error, 1)
	go func() { done <- work(ctx) }()
	select {
	case err := <-done:
		return err
	case s := <-signals:
		cancel()
		select {
		case <-done: //nolint:errcheck // the signal decides how this ends, not the error of what it cut short
		case <-signals:
		case <-time.After(cleanupTime):
		}
		return &interruption{s}
	}
}

// heeded leaves out the signals that the calling program ignores, as nohup does: asking for them would undo it.
func heeded(all ...os.Signal) []os.Signal {
	var heeded []os.Signal
	for _, s := range all {
		if !signal.Ignored(s) {
			heeded = append(heeded, s)
		}
	}
	if heeded == nil {
		heeded = []os.Signal{syscall.SIGTERM} // an empty list would mean every signal
	}
	return heeded
}
