package check

import (
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The program that the image holds needs nothing beside itself: it converts and serves in an empty root, as a user who
// may do nothing.
func TestEmptyRoot(t *testing.T) {
	chroot, err := exec.LookPath("chroot")
	if err != nil || runtime.GOOS != "linux" || exec.Command(chroot, "/", "true").Run() != nil {
		t.Skip("chroot is not for us here")
	}
	root := t.TempDir()
	build := exec.Command("go", "build", "-C", "../..", "-ldflags", "-s -w -X main.version=v9.9.9",
		"-o", filepath.Join(root, "hanconv"), "./cmd/hanconv")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	inside := func(args ...string) *exec.Cmd {
		return exec.Command(chroot, append([]string{"--userspec=65532:65532", root, "/hanconv"}, args...)...)
	}
	convert := inside("convert", "-c", "s2twp")
	convert.Stdin = strings.NewReader("鼠标")
	if out, err := convert.Output(); err != nil || string(out) != "滑鼠" {
		t.Errorf("%q %v", out, err)
	}
	if out, err := inside("version").Output(); err != nil || !strings.Contains(string(out), "v9.9.9") {
		t.Errorf("%q %v", out, err)
	}
	grpc, web := freeAddress(t), freeAddress(t)
	serve := inside("serve", "--listen", grpc, "--http-listen", web)
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	answers(t, "http://"+web+"/v1/profiles")
	_ = serve.Process.Signal(syscall.SIGTERM)
	if err := serve.Wait(); err != nil {
		t.Error(err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func answers(t *testing.T, url string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		resp, err := http.Get(url)
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
