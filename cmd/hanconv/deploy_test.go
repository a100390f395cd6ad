package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/settings"
)

// The configurations in deploy are ones that hanconv serve takes.
func TestDeployedConfigurations(t *testing.T) {
	for _, file := range []string{"systemd/hanconv.yaml", "kubernetes/base/hanconv.yaml"} {
		f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
		settings.RegisterFile(f)
		new(settings.Settings).Register(f)
		if err := f.Parse([]string{"--config", filepath.Join("../../deploy", file)}); err != nil {
			t.Fatal(err)
		}
		s, err := settings.Load(settings.Source{Flags: f})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if s.Service.Reflection || len(s.HTTP.Addresses) != 1 || s.Access.File == "" {
			t.Errorf("%s: %+v", file, s)
		}
	}
}

func TestSystemdUnit(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd here")
	}
	out, err := exec.Command(analyze, "verify", "../../deploy/systemd/hanconv.service", "../../deploy/systemd/hanconv.socket").CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "/usr/local/bin/hanconv is not executable") { // it is not installed here
			t.Errorf("systemd-analyze verify: %s (%v)", line, err)
		}
	}
	// Exposure goes from 0 to 10, here in tenths.
	out, err = exec.Command(analyze, "security", "--offline=true", "--threshold=20", "../../deploy/systemd/hanconv.service").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The program that the image holds needs nothing beside itself: it runs in an empty root.
func TestEmptyRoot(t *testing.T) {
	chroot, err := exec.LookPath("chroot")
	if err != nil || runtime.GOOS != "linux" || exec.Command(chroot, "/", "true").Run() != nil {
		t.Skip("chroot is not for us here")
	}
	if testing.Short() {
		t.Skip("builds the program")
	}
	root := t.TempDir()
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=v9.9.9", "-o", filepath.Join(root, "hanconv"), ".")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.Command(chroot, "--userspec=65532:65532", root, "/hanconv", "convert", "-c", "s2twp")
	run.Stdin = strings.NewReader("鼠标")
	if out, err := run.Output(); err != nil || string(out) != "滑鼠" {
		t.Errorf("%q %v", out, err)
	}
	if out, err := exec.Command(chroot, root, "/hanconv", "version").Output(); err != nil || !strings.Contains(string(out), "v9.9.9") {
		t.Errorf("%q %v", out, err)
	}
	serveIn(t, chroot, root)
}

// serveIn asks a server in the empty root by HTTP.
func serveIn(t *testing.T, chroot, root string) {
	t.Helper()
	address, web := freePort(t), freePort(t)
	serve := exec.Command(chroot, "--userspec=65532:65532", root, "/hanconv", "serve", "--listen", address, "--http-listen", web)
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		if err := serve.Wait(); err != nil {
			t.Error(err)
		}
	}()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		resp, err := http.Get("http://" + web + "/v1/profiles")
		if err != nil {
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Error(resp.Status)
		}
		return
	}
	t.Error("it does not answer")
}
