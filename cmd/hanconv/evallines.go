package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/hanconv/hanconv/internal/scoring"
)

// convert converts the sources of pairs by what the command line names.
func (e *evaluation) convert(ctx context.Context, con console, profile string, pairs []scoring.Pair) ([]string, error) {
	lines := make([]string, len(pairs))
	for i, p := range pairs {
		lines[i] = p.Source
	}
	s := e.selection
	s.config = profile
	switch {
	case e.shellCommand != "":
		return byCommand(ctx, con, strings.ReplaceAll(e.shellCommand, "{profile}", profile), lines)
	case e.addr != "":
		return byServer(ctx, &e.remote, &s, lines)
	}
	return byLibrary(ctx, &s, lines)
}

func byLibrary(ctx context.Context, s *selection, lines []string) ([]string, error) {
	c, err := s.load()
	if err != nil {
		return nil, err
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out[i] = c.Convert(line)
	}
	return out, nil
}

// The size of the batches that go to a server: within the limits of one that has the usual ones.
const (
	batchLines = 500
	batchBytes = 1 << 20
)

func byServer(ctx context.Context, r *remote, s *selection, lines []string) ([]string, error) {
	e, err := newRemoteEngine(r, s)
	if err != nil {
		return nil, err
	}
	defer e.close()
	var out []string
	for len(out) < len(lines) {
		batch, err := e.client.ConvertBatch(ctx, nextBatch(lines[len(out):]), e.options)
		if err != nil {
			return nil, e.explain(err)
		}
		for _, item := range batch.Items {
			if item.Err != nil {
				return nil, e.explain(item.Err)
			}
			out = append(out, item.Text)
		}
	}
	return out, nil
}

// nextBatch is one line at least.
func nextBatch(lines []string) []string {
	n, size := 0, 0
	for n < len(lines) && n < batchLines && (n == 0 || size+len(lines[n]) <= batchBytes) {
		size += len(lines[n])
		n++
	}
	return lines[:n]
}

// byCommand has a command of the shell read all lines and write as many.
func byCommand(ctx context.Context, con console, command string, lines []string) ([]string, error) {
	shell := []string{"sh", "-c", command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C", command}
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...) //nolint:gosec // running it is what the user asks for
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	cmd.Stderr = con.err
	cmd.WaitDelay = time.Second // what it has started may keep its output open
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	out := strings.Split(strings.TrimSuffix(string(output), "\n"), "\n")
	if len(out) != len(lines) {
		return nil, fmt.Errorf("%s: wrote %d lines for %d", command, len(out), len(lines))
	}
	for i := range out {
		if !strings.HasSuffix(lines[i], "\r") {
			out[i] = strings.TrimSuffix(out[i], "\r")
		}
	}
	return out, nil
}
