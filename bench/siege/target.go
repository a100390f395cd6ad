package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// target is a server in a process of its own, with all its doors on this machine.
type target struct {
	cmd                *exec.Cmd
	grpc, web, metrics string
	peak               atomic.Int64 // of the resident memory, in bytes
	stop               context.CancelFunc
	said               strings.Builder // on standard error; complete when the process has ended
}

// startTarget starts program with further flags and waits until it is ready.
func startTarget(ctx context.Context, program string, flags ...string) (*target, error) {
	addresses, err := freeAddresses(3)
	if err != nil {
		return nil, err
	}
	t := &target{grpc: addresses[0], web: addresses[1], metrics: addresses[2]}
	args := append([]string{
		"serve", "--listen", t.grpc, "--http-listen", t.web, "--metrics-listen", t.metrics, "--log-calls", "none",
	}, flags...)
	t.cmd = exec.Command("nice", append([]string{"-n", serverNice, program}, args...)...)
	t.cmd.Stderr = &t.said
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	ctx, t.stop = context.WithCancel(ctx)
	for range 500 {
		if t.ready() {
			go t.watch(ctx)
			return t, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.stop()
	return nil, errors.Join(fmt.Errorf("%s is not ready after 5 seconds: %s", t.cmd, t.said.String()), t.cmd.Process.Kill(), t.cmd.Wait())
}

func freeAddresses(n int) ([]string, error) {
	var all []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all, nil
}

func (t *target) ready() bool {
	resp, err := http.Get("http://" + t.metrics + "/readyz")
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// close ends the server as an operator does; it must end by itself and without an error.
func (t *target) close() error {
	t.stop()
	if err := t.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	late := time.AfterFunc(20*time.Second, func() { _ = t.cmd.Process.Kill() })
	defer late.Stop()
	if err := t.cmd.Wait(); err != nil {
		return fmt.Errorf("the server ended badly: %w: %s", err, t.said.String())
	}
	return nil
}

// watch keeps the highest resident memory.
func (t *target) watch(ctx context.Context) {
	for ctx.Err() == nil {
		if now, err := t.resident(); err == nil && now > t.peak.Load() {
			t.peak.Store(now)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// resident is the memory of the process that is in use, in bytes.
func (t *target) resident() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// metric reads one metric without labels.
func (t *target) metric(name string) (float64, error) {
	resp, err := http.Get("http://" + t.metrics + "/metrics")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			_, _ = io.Copy(io.Discard, resp.Body)
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("no metric %s", name)
}
