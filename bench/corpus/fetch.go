package corpus

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Fetch downloads the Debian packages debian-handbook (GPL-2.0-or-later or
// CC-BY-SA-3.0) and fortunes-zh (GPL-3.0-or-later) with apt-get, which needs
// no privileges, and makes the texts of them.
func Fetch(cache string) error {
	folder := filepath.Join(cache, "texts")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	texts := map[string]*strings.Builder{}
	for name, add := range map[string]adder{"debian-handbook": addHandbook, "fortunes-zh": addFortunes} {
		archive, err := Download(cache, name)
		if err != nil {
			return err
		}
		if err := EachFile(archive, func(name string, data []byte) error {
			add(texts, name, string(data))
			return nil
		}); err != nil {
			return err
		}
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(folder, name+".txt"), []byte(text.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

type adder func(texts map[string]*strings.Builder, name, data string)

func addHandbook(texts map[string]*strings.Builder, name, data string) {
	script, ok := map[string]string{"zh-CN": hans, "zh-TW": hant, "ja-JP": jpan}[path.Base(path.Dir(name))]
	if !ok || path.Ext(name) != ".html" {
		return
	}
	add(texts, Modern+"."+script, prose(data))
	if share(data, asian) > translated {
		add(texts, HTML+"."+script, data)
	}
}

// translated is the part of a page's characters, markup included, that tells a
// translated page from one that is still in English.
const translated = 0.06

func addFortunes(texts map[string]*strings.Builder, name, data string) {
	if slices.Contains([]string{"chinese", "tang300", "song100"}, path.Base(name)) {
		simplified, traditional := fortunes(data)
		add(texts, Classical+"."+hans, simplified)
		add(texts, Classical+"."+hant, traditional)
	}
}

func add(texts map[string]*strings.Builder, name, data string) {
	if texts[name] == nil {
		texts[name] = &strings.Builder{}
	}
	texts[name].WriteString(data)
}

// Download fetches a Debian package into the cache, unless it is there, and
// returns its file.
func Download(cache, name string) (string, error) {
	folder := filepath.Join(cache, "debian")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	if found := downloaded(folder, name); found != "" {
		return found, nil
	}
	get := exec.Command("apt-get", "download", "-q", name)
	get.Dir = folder
	if out, err := get.CombinedOutput(); errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("package %s: %w; only Debian and its kin have it", name, err)
	} else if err != nil {
		return "", fmt.Errorf("apt-get download %s: %w; if the package is unknown, run apt-get update as root first\n%s", name, err, out)
	}
	return downloaded(folder, name), nil
}

func downloaded(folder, name string) string {
	found, _ := filepath.Glob(filepath.Join(folder, name+"_*.deb")) // the pattern is well formed
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

// EachFile calls f with every regular file of a Debian package.
func EachFile(archive string, f func(name string, data []byte) error) error {
	unpack := exec.Command("dpkg-deb", "--fsys-tarfile", archive)
	out, err := unpack.StdoutPipe()
	if err != nil {
		return err
	}
	if err := unpack.Start(); err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	err = eachEntry(tar.NewReader(out), f)
	_, _ = io.Copy(io.Discard, out) // lets dpkg-deb end
	if err := errors.Join(err, unpack.Wait()); err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	return nil
}

func eachEntry(r *tar.Reader, f func(name string, data []byte) error) error {
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := f(header.Name, data); err != nil {
			return err
		}
	}
}

// Version is that of a package in the cache, "" if it is not there.
func Version(cache, name string) string {
	parts := strings.Split(filepath.Base(downloaded(filepath.Join(cache, "debian"), name)), "_")
	if len(parts) != 3 {
		return ""
	}
	return parts[1]
}

// Sources names the packages that the fetched texts come from.
func Sources(cache string) (names []string) {
	for _, name := range []string{"debian-handbook", "fortunes-zh"} {
		if version := Version(cache, name); version != "" {
			names = append(names, name+" "+version)
		}
	}
	return names
}
