package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/model"
)

// text is one file of native Traditional lines, with what the mainland writes
// in their place.
type text struct {
	name, genre, region string
	lines               []pair
	weight              float64 // of its examples
	synthetic, written  bool    // no text has it; a sentence written for this project
}

type pair struct{ simplified, traditional string }

// newText names a text after its file: GENRE-REGION-NAME.
func newText(path string) *text {
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".xz"), filepath.Ext(strings.TrimSuffix(path, ".xz")))
	genre, rest, _ := strings.Cut(name, "-")
	t := &text{name: name, genre: genre, region: "tw", weight: 1}
	if strings.HasPrefix(rest, "hk") || strings.Contains(name, "_hk_") {
		t.region = "hk"
	}
	t.genre = t.region + "/" + genre
	return t
}

// loadTexts reads every text of a folder and simplifies it.
func loadTexts(folder string) ([]*text, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt*"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no *.txt or *.txt.xz", folder)
	}
	var texts []*text
	for _, f := range files {
		t := newText(f)
		c, err := han.New(t.region + "2s")
		if err != nil {
			return nil, err
		}
		err = eachLine(f, func(line string) {
			if s := c.Convert(line); runeCount(s) == runeCount(line) {
				t.lines = append(t.lines, pair{s, line})
			}
		})
		if err != nil {
			return nil, err
		}
		texts = append(texts, t)
	}
	return texts, nil
}

// misspelled are words that no writer of Traditional text has: they come of a
// conversion. 太後悔 is no such word.
var misspelled = regexp.MustCompile(`太後(?:[^悔面來方人]|$)|皇後(?:[^來人]|$)|于是|制造|裏麵|麵前|製度|髮現|彆人|乾涉|醜時|沖動|復雜`)

// native leaves out what has passed through Simplified: lines that have three or
// more misspelled ones around them, such as a whole novel, and these themselves.
func native(lines []pair) []pair {
	const around, most = 100, 2
	before := make([]int, len(lines)+1) // misspelled lines before each
	for i, p := range lines {
		before[i+1] = before[i]
		if misspelled.MatchString(p.traditional) {
			before[i+1]++
		}
	}
	var kept []pair
	for i, p := range lines {
		near := before[min(len(lines), i+around+1)] - before[max(0, i-around)]
		if near <= most && before[i+1] == before[i] {
			kept = append(kept, p)
		}
	}
	return kept
}

// loadPairs reads files of lines that have a Simplified text of their own.
func loadPairs(list string) ([]*text, error) {
	var texts []*text
	for _, f := range splitList(list) {
		t := newText(f)
		err := eachLine(f, func(line string) {
			fields := strings.Split(line, "\t")
			if len(fields) >= 2 && runeCount(fields[0]) == runeCount(fields[1]) {
				t.lines = append(t.lines, pair{fields[0], fields[1]})
			}
		})
		if err != nil {
			return nil, err
		}
		texts = append(texts, t)
	}
	return texts, nil
}

// eachLine reads a file, through the xz command if its name asks for it.
func eachLine(path string, yield func(string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read-only: nothing to lose
	in := bufio.NewReader(f)
	wait := func() error { return nil }
	if strings.HasSuffix(path, ".xz") {
		cmd := exec.Command("xz", "-dc", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		in, wait = bufio.NewReader(out), cmd.Wait
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		yield(lines.Text())
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return wait()
}

// sources reads SOURCES.tsv for the provenance of the texts in use.
func sources(folder string, texts []*text) ([]model.Source, error) {
	used := map[string]bool{}
	for _, t := range texts {
		used[t.name+".txt"] = true
	}
	table := filepath.Join(filepath.Dir(filepath.Clean(folder)), "SOURCES.tsv")
	var list []model.Source
	err := eachLine(table, func(line string) {
		f := strings.Split(line, "\t")
		if len(f) > 6 && used[f[1]] {
			list = append(list, model.Source{Name: f[1] + ": " + f[4], Version: f[5], License: f[6]})
		}
	})
	return list, err
}

func splitList(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func runeCount(s string) int { return len([]rune(s)) }
