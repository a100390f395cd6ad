package check

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func lint(t *testing.T, dockerfile []byte) []string {
	t.Helper()
	var warnings []string
	_, err := dockerfile2llb.DockerfileLint(context.Background(), dockerfile, dockerfile2llb.ConvertOpt{
		Warn: func(rule, _, _, message string, _ []parser.Range) { warnings = append(warnings, rule+": "+message) },
	})
	if err != nil {
		warnings = append(warnings, err.Error())
	}
	return warnings
}

// The linter is that of docker build --check.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range lint(t, text) {
		t.Error(warning)
	}
	last := string(text[strings.LastIndex(string(text), "\nFROM "):])
	for _, line := range []string{"\nFROM scratch\n", "\nUSER 65532:65532\n"} {
		if !strings.Contains(last, line) {
			t.Errorf("the image's last stage lacks %q", line)
		}
	}
}
