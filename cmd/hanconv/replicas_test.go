package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hanconv/hanconv/client"
)

// replica is a server in a process of its own.
type replica struct {
	*exec.Cmd
	address string
}

// startReplicas starts a server on each of the addresses 127.0.0.1, 127.0.0.2, …, on the same free port.
func startReplicas(t *testing.T, n int, flags ...string) []replica {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "hanconv") // under this name the test program is the command: see TestMain
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	var all []replica
	for i := range n {
		r := replica{address: fmt.Sprintf("127.0.0.%d:%s", i+1, port)}
		r.Cmd = exec.Command(program, append([]string{"serve", "--listen", r.address, "--log-calls", "none"}, flags...)...)
		r.Stderr = os.Stderr
		if err := r.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = errors.Join(r.Process.Kill(), r.Wait()) })
		all = append(all, r)
	}
	for _, r := range all {
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			conn, err := net.Dial("tcp", r.address)
			if err == nil {
				_ = conn.Close()
				break
			}
			if time.Now().After(end) {
				t.Skipf("no server on %s: %v (other systems have one loopback address)", r.address, err)
			}
		}
	}
	return all
}

// loseOne makes calls through a client of three replicas, lets end do what it does to one of them while they run, and
// goes on for a while. Every call has to be answered: a conversion changes nothing, so each is safe to repeat.
func loseOne(t *testing.T, end func(replica) error) (calls int64) {
	t.Helper()
	replicas := startReplicas(t, 3)
	var addresses []string
	for _, r := range replicas {
		addresses = append(addresses, r.address)
	}
	c, err := client.New(strings.Join(addresses, ","))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var answered atomic.Int64
	var lost sync.Map
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for ctx.Err() == nil {
				result, err := c.Convert(context.Background(), "鼠标里面的软件", client.Options{Profile: "s2twp"})
				if err != nil || result.Text != "滑鼠裡面的軟體" {
					lost.Store(fmt.Sprint(result.Text, err), true)
					continue
				}
				answered.Add(1)
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	before := answered.Load()
	if err := end(replicas[1]); err != nil {
		t.Error(err)
	}
	time.Sleep(time.Second)
	cancel()
	workers.Wait()
	lost.Range(func(what, _ any) bool { t.Errorf("a call was lost: %v", what); return true })
	if before == 0 || answered.Load() <= before {
		t.Errorf("%d calls before, %d in all", before, answered.Load())
	}
	return answered.Load()
}

func TestReplicaKilledUnderLoad(t *testing.T) {
	calls := loseOne(t, func(r replica) error { return r.Process.Kill() })
	t.Logf("%d calls, none lost", calls)
}

func TestReplicaStoppedUnderLoad(t *testing.T) {
	calls := loseOne(t, func(r replica) error { return r.Process.Signal(syscall.SIGTERM) })
	t.Logf("%d calls, none lost", calls)
}

// All replicas have their part of the load: one that was asked nothing would be waste.
func TestReplicasShareTheLoad(t *testing.T) {
	metrics := freePort(t)
	replicas := startReplicas(t, 1, "--metrics-listen", metrics)
	others := startReplicas(t, 2)
	c, err := client.New(replicas[0].address + "," + others[0].address + "," + others[1].address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const calls = 90
	for range calls {
		if _, err := c.Convert(t.Context(), "软件", client.Options{Profile: "s2t"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := counted(t, metrics); n < calls/6 || n > calls/2 {
		t.Errorf("%d of %d calls came to one of three replicas", n, calls)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// counted is how many calls of Convert a server says that it has answered.
func counted(t *testing.T, metrics string) (n int) {
	t.Helper()
	resp, err := http.Get("http://" + metrics + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), `hanconv_calls_total{code="OK",method="Convert"} `); ok {
			if _, err := fmt.Sscan(value, &n); err != nil {
				t.Fatal(err)
			}
		}
	}
	return n
}
