package check

import (
	"slices"
	"testing"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

// goreleaser reads its configuration strictly: a field that it does not have is an error.
func TestReleaseConfiguration(t *testing.T) {
	project, err := config.Load("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(project.SBOMs) != 2 || project.Checksum.Algorithm != "sha256" || !project.Source.Enabled {
		t.Errorf("no SBOM, checksums or source: %+v %+v", project.SBOMs, project.Checksum)
	}
	for _, b := range project.Builds {
		if !slices.Contains(b.Env, "CGO_ENABLED=0") {
			t.Errorf("%s is not static", b.ID)
		}
	}
}
