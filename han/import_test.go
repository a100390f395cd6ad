package han_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// TestNothingHappensAtImport starts this test's own binary, in which han and
// dict are linked, and reads what the runtime says about their initialisation.
func TestNothingHappensAtImport(t *testing.T) {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !regexp.MustCompile(`(?m)^init \S+ @`).Match(out) {
		t.Fatalf("the runtime tells nothing:\n%s", out)
	}
	// A package without work at import has no line, or one with small figures
	// for its tables and errors.
	lines := regexp.MustCompile(`(?m)^init (github.com/hanconv/hanconv/(?:han|dict|internal/opencc)) @.* clock, (\d+) bytes, (\d+) allocs`)
	for _, m := range lines.FindAllStringSubmatch(string(out), -1) {
		if bytes, _ := strconv.Atoi(m[2]); bytes > 64<<10 {
			t.Errorf("%s allocates %d bytes at import", m[1], bytes)
		}
	}
}
