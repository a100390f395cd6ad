package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
