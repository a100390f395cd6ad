// Package hanconv_test holds the house to its plan: who may import whom.
package hanconv_test

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/hanconv/hanconv/"

func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", module+pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}

var belowServer = []string{
	"dict", "internal/opencc", "internal/bytesize", "model", "han", "proto/hanconv/v1", "server/access", "server/admission",
}

func TestImportsRunOneWay(t *testing.T) {
	for pkg, allowed := range map[string][]string{
		"dict":                nil,
		"internal/bytesize":   nil,
		"server/access":       {"internal/bytesize", "proto/hanconv/v1"},
		"server/admission":    nil,
		"internal/opencc":     {"dict"},
		"model":               {"dict"},
		"han":                 {"dict", "internal/opencc", "model"},
		"proto/hanconv/v1":    nil,
		"server":              belowServer,
		"server/certificates": nil,
		"server/gateway":      append([]string{"server"}, belowServer...),
		"server/telemetry":    append([]string{"server", "server/gateway"}, belowServer...),
		"client":              {"proto/hanconv/v1"},
		"cmd/hanconv": {
			"dict", "internal/opencc", "internal/bytesize", "internal/scoring", "model", "han", "proto/hanconv/v1", "client",
			"server", "server/access", "server/admission", "server/certificates", "server/gateway", "server/telemetry",
			"cmd/hanconv/internal/atomicfile", "cmd/hanconv/internal/meter", "cmd/hanconv/internal/settings",
		},
		"internal/npm":     {"dict"},
		"internal/gendict": {"dict", "internal/opencc", "internal/oracle", "internal/npm"},
		"internal/train":   {"dict", "internal/opencc", "model", "han", "internal/npm"},
		"internal/oracle":  nil,
		"internal/scoring": nil,
	} {
		for _, dep := range deps(t, pkg) {
			own, ok := strings.CutPrefix(dep, module)
			if ok && own != pkg && !slices.Contains(allowed, own) {
				t.Errorf("%s depends on %s", pkg, own)
			}
		}
	}
}

func TestEngineKnowsNoNetwork(t *testing.T) {
	for _, dep := range deps(t, "han") {
		if dep == "net" || strings.HasPrefix(dep, "net/") || strings.HasPrefix(dep, "google.golang.org/") {
			t.Errorf("han depends on %s", dep)
		}
	}
}

// Programs that embed the server or use the client do not link what only hanconv serve needs.
func TestLibrariesStayLight(t *testing.T) {
	heavy := []string{"connectrpc.com/", "github.com/prometheus/", "go.opentelemetry.io/", "github.com/coreos/", "github.com/knadh/"}
	for _, pkg := range []string{"server", "client"} {
		for _, dep := range deps(t, pkg) {
			for _, prefix := range heavy {
				if strings.HasPrefix(dep, prefix) {
					t.Errorf("%s depends on %s", pkg, dep)
				}
			}
		}
	}
}

func TestEveryRoomHasAName(t *testing.T) {
	out, err := exec.Command("go", "list", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		if slices.Contains([]string{"util", "utils", "common", "helpers", "misc"}, path.Base(pkg)) {
			t.Errorf("%s: name the package after what it is for", pkg)
		}
	}
}
