package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// An attack runs in a process of its own. Attackers and the honest are somewhere else and have processors of their own;
// here they share the server's, and what they take from each other would look as if the server were slow. So attackers
// have what the server leaves them, which is much as long as it withstands them, and the honest go before both: they need
// next to nothing.
const (
	serverNice   = "5"
	attackerNice = "10"
)

// attackers are what is done, by name, to the server at address until ctx ends.
var attackers = map[string]func(ctx context.Context, address string) spoils{
	"rapid reset":             floodBy(rapidReset, mostFrames),
	"rapid reset, anew":       floodBy(rapidReset, 1000),
	"PING flood":              floodBy(pings, mostFrames),
	"SETTINGS flood":          floodBy(settings, mostFrames),
	"CONTINUATION flood":      floodBy(continuations, mostFrames),
	"readers that never read": readBy(0),
	"slow readers":            readBy(time.Second),
}

// spoils are what an attack came to.
type spoils struct {
	Frames, Connections int
	Bytes               int64  // that the server took in
	Failed              string // why there was no attack
}

const attackCommand = "attack" // with name, address and duration

// isAttacker tells that this process was started by attack.
func isAttacker() bool { return len(os.Args) == 5 && os.Args[1] == attackCommand }

// runAttacker is main for an attacker.
func runAttacker(name, address, duration string) error {
	d, err := time.ParseDuration(duration)
	if err != nil {
		return err
	}
	do, ok := attackers[name]
	if !ok {
		return fmt.Errorf("there is no attack %q", name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return json.NewEncoder(os.Stdout).Encode(do(ctx, address))
}

// attack runs an attacker on address for as long as d.
func attack(ctx context.Context, name, address string, d time.Duration) (s spoils, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	cmd := exec.CommandContext(ctx, "nice", "-n", attackerNice, self, attackCommand, name, address, d.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, err
	}
	if s.Failed != "" {
		err = fmt.Errorf("%s: %s", name, s.Failed)
	}
	return s, err
}

func floodBy(f flooder, frames int) func(context.Context, string) spoils {
	return func(ctx context.Context, address string) (s spoils) {
		s.Frames, s.Connections = flood(ctx, address, f, frames)
		if s.Frames == 0 {
			s.Failed = "no frame was sent"
		}
		return s
	}
}

func readBy(every time.Duration) func(context.Context, string) spoils {
	return func(ctx context.Context, address string) (s spoils) {
		all, err := openStreams(ctx, address, deafStreams)
		if err != nil {
			return spoils{Failed: err.Error()}
		}
		s.Connections, s.Bytes = len(all), pushInto(ctx, all, every)
		return s
	}
}

const deafStreams = 50
