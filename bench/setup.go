package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"

	"github.com/hanconv/hanconv/bench/corpus"
	"github.com/hanconv/hanconv/bench/peer"
)

// setUp installs what it can and goes on after what it cannot: the benchmark
// runs with what is there.
func setUp(env peer.Env, log io.Writer) error {
	steps := []struct {
		what string
		do   func() error
	}{
		{"packages of npm", func() error { return npm(env.Dir) }},
		{"texts", func() error { return corpus.Fetch(env.Cache) }},
		{"OpenCC's command", func() error { return peer.InstallOpenCC(env.Cache) }},
		{"workers", func() error { return peer.Build(env) }},
	}
	var failed []error
	for _, step := range steps {
		fmt.Fprintln(log, "setting up:", step.what)
		if err := step.do(); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", step.what, err))
		}
	}
	return errors.Join(failed...)
}

func npm(dir string) error {
	c := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}
