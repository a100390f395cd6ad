// Package corpus holds the texts of the benchmark. Most are fetched from
// Debian packages into a cache that is never committed; the worst case and the
// text of the project itself are always there. No table was fitted to any.
package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
)

// ErrNone says that there is no such text for a profile's script.
var ErrNone = errors.New("no such text in this script")

// The names of the texts, in the order of the table.
const (
	Modern    = "modern"    // prose of debian-handbook
	Classical = "classical" // poems and classics of fortunes-zh
	HTML      = "html"      // debian-handbook as it is: mostly ASCII
	Keys      = "keys"      // the worst case, made for each profile
	Article   = "article"   // the project's own, so that one is always there
	Title     = "title"     // 20 characters, the same for every profile of a script
)

// TitleBytes is the length of every title.
const TitleBytes = 60

var titles = map[string]string{
	hans: "如何在三分钟内复制一个网站并发布到服务器",
	hant: "如何在三分鐘內複製一個網站並發佈到伺服器",
	jpan: "図書館で開いた学会に参加する編集者の発表",
}

// Names lists the texts.
func Names() []string { return []string{Modern, Classical, HTML, Keys, Article, Title} }

// The scripts, as the files' names end.
const (
	hans = "hans"
	hant = "hant"
	jpan = "jpan"
)

// Corpus finds texts and cuts them to size. It is not safe for concurrent use.
type Corpus struct {
	cache, project string
	size           int
	extra          map[string]string
}

// Open returns the texts in a cache folder and in hanconv's source, each of at
// most size bytes.
func Open(cache, project string, size int) *Corpus {
	return &Corpus{cache, project, size, map[string]string{}}
}

// Add adds a file as a text for every profile, whatever its script.
func (c *Corpus) Add(name, file string) { c.extra[name] = file }

// File returns a file with the named text in the script that the profile
// reads. ErrNone is no failure; an error that wraps fs.ErrNotExist means that
// texts have not been fetched.
func (c *Corpus) File(name, profile string) (string, error) {
	text, err := c.text(name, profile)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(c.cache, "run")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(folder, fmt.Sprintf("%s-%s-%d.txt", name, profile, c.size))
	return file, os.WriteFile(file, []byte(cut(text, c.size)), 0o644)
}

func (c *Corpus) text(name, profile string) (string, error) {
	script, err := scriptOf(profile)
	if err != nil {
		return "", err
	}
	switch file, extra := c.extra[name]; {
	case extra:
		return read(file)
	case name == Keys:
		return worstCase(profile, c.size)
	case name == Article:
		return c.article(script)
	case name == Title:
		return titles[script], nil
	case name == Classical && script == jpan:
		return "", ErrNone
	}
	return read(filepath.Join(c.cache, "texts", name+"."+script+".txt"))
}

func read(file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w; fetch the texts with: go run . -setup", err)
	}
	return string(data), err
}

func scriptOf(profile string) (string, error) {
	p, err := han.LookupProfile(profile)
	switch {
	case err != nil:
		return "", err
	case strings.HasPrefix(p.Source, "zh-Hans"):
		return hans, nil
	case strings.HasPrefix(p.Source, "ja"):
		return jpan, nil
	}
	return hant, nil
}

// article repeats the project's sample, which is short. Its Traditional form
// is made by hanconv: there is no other.
func (c *Corpus) article(script string) (string, error) {
	if script == jpan {
		return "", ErrNone
	}
	data, err := os.ReadFile(filepath.Join(c.project, "testdata", "article.zh-Hans.txt"))
	if err != nil || len(data) == 0 {
		return "", err
	}
	text := string(data)
	if script == hant {
		traditional, err := han.New("s2tw")
		if err != nil {
			return "", err
		}
		text = traditional.Convert(text)
	}
	return strings.Repeat(text, c.size/len(text)+1), nil
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
