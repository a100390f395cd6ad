package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hanconv/hanconv/dict"
)

// fetchFinance reads the securities terms out of a pinned Go module, which
// the go command checks against the public checksum database. Their file
// repeats terms and separates some by a space; the first of each counts.
func fetchFinance(p dict.Provenance) ([]dict.Entry, error) {
	out, err := exec.Command("go", "mod", "download", "-json", p.Name+"@"+p.Version).Output()
	if err != nil {
		return nil, fmt.Errorf("go mod download %s@%s: %w", p.Name, p.Version, err)
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, err
	}
	if module.Sum != p.Integrity {
		return nil, fmt.Errorf("%s@%s has sum %s, want %s", p.Name, p.Version, module.Sum, p.Integrity)
	}
	data, err := os.ReadFile(filepath.Join(module.Dir, "dictionary", "HKPhrasesFinance.txt"))
	if err != nil {
		return nil, err
	}
	var entries []dict.Entry
	seen := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || seen[fields[0]] {
			continue
		}
		seen[fields[0]] = true
		entries = append(entries, dict.Entry{Key: fields[0], Values: fields[1:]})
	}
	return entries, nil
}
