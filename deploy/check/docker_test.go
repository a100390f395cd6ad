package check

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	digest "github.com/opencontainers/go-digest"
)

// offline knows no image, and need not: the linter looks at the file.
type offline struct{}

// ResolveImageConfig implements llb.ImageMetaResolver.
func (offline) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, "", []byte(`{"architecture":"amd64","os":"linux","config":{}}`), nil
}

func lint(t *testing.T, dockerfile []byte) (warnings []string) {
	t.Helper()
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", dockerfile)
	source.Definition = &llb.Definition{} // of a file that no builder has
	results, err := dockerfile2llb.DockerfileLint(t.Context(), dockerfile, dockerfile2llb.ConvertOpt{
		SourceMap:    source,
		MetaResolver: offline{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if results.Error != nil {
		warnings = append(warnings, results.Error.Message)
	}
	for _, w := range results.Warnings {
		warnings = append(warnings, w.RuleName+": "+w.Detail)
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

// A poor file is found: otherwise the test above could not fail.
func TestPoorDockerfileIsFound(t *testing.T) {
	if w := lint(t, []byte("from scratch\nMAINTAINER me\nCMD serve now\n")); len(w) < 2 {
		t.Errorf("only %q", w)
	}
}
