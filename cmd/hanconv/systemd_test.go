//go:build linux

package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hanconv/hanconv/client"
)

// TestSystemd starts the command as systemd does: with a socket that is open already and with one to report to.
func TestSystemd(t *testing.T) {
	dir := t.TempDir()
	notices, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = notices.Close() }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	c, err := client.New(l.Addr().String()) // calls wait in the socket until the service is there
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()

	// The shell is what gives LISTEN_PID its value: the process that it becomes.
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$0" serve --listen systemd:grpc --drain-timeout 5s`, command(t))
	cmd.Env = append(unsetSettings(), "LISTEN_FDS=1", "LISTEN_FDNAMES=grpc", "WATCHDOG_USEC=200000",
		"NOTIFY_SOCKET="+filepath.Join(dir, "notify"))
	cmd.ExtraFiles = []*os.File{socket}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	defer func() {
		if !ended {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}()
	expectNotice(t, notices, "READY=1")
	expectNotice(t, notices, "WATCHDOG=1")
	if r, err := c.Convert(t.Context(), "汉字", client.Options{Profile: "s2t"}); err != nil || r.Text != "漢字" {
		t.Errorf("got %v, %v", r, err)
	}
	send(t, cmd, syscall.SIGHUP)
	if reloading := expectNotice(t, notices, "RELOADING=1"); !strings.Contains(reloading, "MONOTONIC_USEC=") {
		t.Errorf("the notice is %q", reloading)
	}
	expectNotice(t, notices, "READY=1")
	send(t, cmd, syscall.SIGTERM)
	expectNotice(t, notices, "STOPPING=1")
	ended = true
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &stderr)
	}
}

func send(t *testing.T, cmd *exec.Cmd, s syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// expectNotice reads until a notice begins like this one.
func expectNotice(t *testing.T, notices *net.UnixConn, want string) string {
	t.Helper()
	_ = notices.SetReadDeadline(time.Now().Add(time.Minute))
	for b := make([]byte, 4096); ; {
		n, err := notices.Read(b)
		if err != nil {
			t.Fatalf("no %s: %v", want, err)
		}
		if strings.HasPrefix(string(b[:n]), want) {
			return string(b[:n])
		}
	}
}

// unsetSettings is the environment without variables that the command would take for settings, such as those of .ci/run.
func unsetSettings() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "HANCONV_") })
}

// command builds the command.
func command(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "hanconv")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// TestDrainLosesNothing stops the command under load from many clients: every call has its reply or was not begun.
func TestDrainLosesNothing(t *testing.T) {
	program := command(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	cmd := exec.Command(program, "serve", "--listen", addr, "--drain-delay", "300ms")
	cmd.Env = unsetSettings()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			break
		}
	}
	results := make(chan error, 8)
	text := strings.Repeat("鼠标里面的硅二极管坏了。", 500)
	for range 8 {
		go func() { results <- callUntilGone(t, addr, text) }()
	}
	time.Sleep(time.Second)
	send(t, cmd, syscall.SIGTERM)
	for range 8 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

var errFewCalls = errors.New("there was no load")

// callUntilGone calls until no server takes calls any more, which is the only error that is right.
func callUntilGone(t *testing.T, addr, text string) error {
	c, err := client.New(addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for calls := 0; ; calls++ {
		r, err := c.Convert(t.Context(), text, client.Options{Profile: "s2twp"})
		var failed *client.Error
		switch {
		case err == nil && !strings.HasPrefix(r.Text, "滑鼠裡面的矽二極體壞了。"):
			return errors.New("the reply is wrong")
		case err == nil:
		case errors.As(err, &failed) && failed.Code == client.Unavailable && calls > 3:
			return nil
		case errors.As(err, &failed) && failed.Code == client.Unavailable:
			return errFewCalls
		default:
			return err
		}
	}
}
