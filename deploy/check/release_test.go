package check

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/yaml"
)

// goreleaser is the newest version whose modules can all be had everywhere: 2.16 and 2.17 need one whose host refuses
// the module proxy.
const goreleaser = "github.com/goreleaser/goreleaser/v2@v2.14.3"

// checkRelease is goreleaser check. The program wants to see a repository that comes from somewhere, which a clone of a
// clone need not be.
func checkRelease(t *testing.T, config []byte) (said string, err error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ".goreleaser.yaml"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"remote", "add", "origin", "https://github.com/hanconv/hanconv.git"}} {
		if out, err := exec.Command("git", append([]string{"-C", folder}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", goreleaser, "check")
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func releaseConfiguration(t *testing.T) []byte {
	t.Helper()
	config, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestReleaseConfiguration(t *testing.T) {
	said, err := checkRelease(t, releaseConfiguration(t))
	if err != nil || !strings.Contains(said, "1 configuration file(s) validated") {
		t.Errorf("%v: %s", err, said)
	}
}

// A misspelt field is found: otherwise the test above could not fail.
func TestPoorReleaseConfigurationIsFound(t *testing.T) {
	poor := bytes.Replace(releaseConfiguration(t), []byte("\nchecksum:\n"), []byte("\nchecksum:\n  algorithn: sha256\n"), 1)
	if said, err := checkRelease(t, poor); err == nil || !strings.Contains(said, "algorithn") {
		t.Errorf("%v: %s", err, said)
	}
}

// What is released has checksums, its source and SBOMs of both, and is static.
func TestReleaseHasWhatItShould(t *testing.T) {
	var project struct {
		SBOMs    []struct{ Artifacts string }
		Checksum struct{ Algorithm string }
		Source   struct{ Enabled bool }
		Builds   []struct{ Env []string }
	}
	if err := yaml.Unmarshal(releaseConfiguration(t), &project); err != nil {
		t.Fatal(err)
	}
	if len(project.SBOMs) != 2 || project.Checksum.Algorithm != "sha256" || !project.Source.Enabled {
		t.Errorf("no SBOM, checksums or source: %+v", project)
	}
	for i, b := range project.Builds {
		if !slices.Contains(b.Env, "CGO_ENABLED=0") {
			t.Errorf("build %d is not static", i)
		}
	}
}
