package peer

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fakeOpenCC puts a command into a cache that behaves as OpenCC's does, where
// the peer looks for it.
func fakeOpenCC(t *testing.T, script string) Env {
	t.Helper()
	t.Setenv("PATH", "/usr/bin:/bin")
	if _, err := exec.LookPath("opencc"); err == nil {
		t.Skip("this system has an opencc of its own")
	}
	e := Env{Dir: t.TempDir(), Cache: t.TempDir(), CPU: -1}
	bin := filepath.Join(e.Cache, "opencc", "usr", "bin")
	data := filepath.Join(e.Cache, "opencc", "usr", "share", "opencc")
	for _, folder := range []string{bin, data, filepath.Join(e.Cache, "opencc", "usr", "lib", "x-linux-gnu")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for file, text := range map[string]string{filepath.Join(bin, "opencc"): "#!/bin/sh\n" + script, filepath.Join(data, "s2t.json"): "{}"} {
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func find(t *testing.T, name string) Peer {
	t.Helper()
	for _, p := range All() {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no peer %s", name)
	return Peer{}
}

func TestCommandConverts(t *testing.T) {
	e := fakeOpenCC(t, `test "$(basename "$2")" = s2t.json && sed 's/a/b/g'`)
	s, err := find(t, "opencc").Start(e)
	if err != nil {
		t.Fatal(err)
	}
	if names, _ := s.Profiles(); !reflect.DeepEqual(names, []string{"s2t"}) {
		t.Errorf("profiles %q", names)
	}
	got, err := s.Convert("s2t", []string{"a", "", "xay"})
	if err != nil || !reflect.DeepEqual(got, []string{"b", "", "xby"}) {
		t.Errorf("got %q, error %v", got, err)
	}
	if _, err := s.Convert("t2s", []string{"a"}); err == nil {
		t.Error("a failed command passed")
	}
}

// TestCommandTime has a command that works for as long as its input is big and
// that takes its time to start.
func TestCommandTime(t *testing.T) {
	e := fakeOpenCC(t, `i=0; n=$((20000 + $(wc -c < "$4") * 50)); while [ $i -lt $n ]; do i=$((i+1)); done`)
	s, err := find(t, "opencc").Start(e)
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(e.Cache, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("x", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	once, err := s.Time("s2t", text, 2)
	if err != nil {
		t.Fatal(err)
	}
	often, err := s.Time("s2t", text, 8)
	if err != nil {
		t.Fatal(err)
	}
	if once <= 0 || often < 2*once {
		t.Errorf("%v for two texts, %v for eight", once, often)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(e.Cache, "*.txt")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestCommandMemory(t *testing.T) {
	if !exists("/proc/self/status") {
		t.Skip("no /proc")
	}
	s, err := find(t, "opencc").Start(fakeOpenCC(t, "cat"))
	if err != nil {
		t.Fatal(err)
	}
	if before, err := s.Memory(); before != 0 || err != nil {
		t.Errorf("memory of nothing: %d, error %v", before, err)
	}
	if _, err := s.Load("s2t"); err != nil {
		t.Fatal(err)
	}
	if size, err := s.Memory(); size < 1<<16 || err != nil {
		t.Errorf("memory %d, error %v", size, err)
	}
}

func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	e := Env{Dir: t.TempDir(), Cache: t.TempDir(), CPU: -1}
	for _, name := range []string{"opencc", "opencc-js", "simplecc-wasm"} {
		p := find(t, name)
		if _, err := p.Start(e); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %v", name, err)
		}
		if p.Hint == "" {
			t.Errorf("%s: no hint", name)
		}
	}
}

// TestWorkerThatEnds checks that what a dying worker said is not lost.
func TestWorkerThatEnds(t *testing.T) {
	s, err := startProcess(exec.Command("sh", "-c", "read line; echo out of luck >&2; exit 3"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Load("s2t")
	if err == nil || !strings.Contains(err.Error(), "out of luck") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error %v", err)
	}
}

func TestWorkerTalks(t *testing.T) {
	s, err := startProcess(exec.Command("sh", "-c", `read l; echo '{"cpu":5000000}'; read l; echo '{"error":"no"}'; read l`))
	if err != nil {
		t.Fatal(err)
	}
	if took, err := s.Load("s2t"); took != 5*time.Millisecond || err != nil {
		t.Errorf("took %v, error %v", took, err)
	}
	if _, err := s.Time("s2t", "x", 1); err == nil || !strings.HasSuffix(err.Error(), ": no") {
		t.Errorf("error %v", err)
	}
	if _, err := s.Memory(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err == nil {
		t.Error("read at the end of input fails, and nobody says so")
	}
}

func TestParseResident(t *testing.T) {
	size, err := parseResident("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n")
	if size != 2<<20 || err != nil {
		t.Errorf("%d, error %v", size, err)
	}
	if _, err := parseResident("Name:\tx\n"); err == nil {
		t.Error("a status without memory passed")
	}
}

func TestUpstream(t *testing.T) {
	for version, want := range map[string]string{"1.1.6+ds1-1": "1.1.6", "1.4.2-3": "1.4.2", "1.4": "1.4", "": ""} {
		if got := upstream(version); got != want {
			t.Errorf("%q is %q, want %q", version, got, want)
		}
	}
}
