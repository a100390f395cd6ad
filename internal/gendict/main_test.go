package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/internal/oracle"
)

// upstream lays the oracle's dictionaries and configurations out as the files
// that the compiler reads.
func upstream() fstest.MapFS {
	files := fstest.MapFS{}
	for name, entries := range oracle.Load().Dictionaries {
		var b strings.Builder
		for _, e := range entries {
			b.WriteString(e[0] + "\t" + strings.Join(e[1:], " ") + "\n")
		}
		files[name] = &fstest.MapFile{Data: []byte(b.String())}
	}
	for name, config := range oracle.Load().Configs {
		files[name+".json"] = &fstest.MapFile{Data: config}
	}
	return files
}

// TestEmbeddedFileIsCurrent compiles the built-in dictionaries anew from the
// entries that the tests judge by: the file in the tree must hold programs of
// the same names and meaning. (That every byte is current, go generate shows;
// it needs the word frequencies.)
func TestEmbeddedFileIsCurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles every profile")
	}
	data, err := compile(upstream(), []byte("头发 3 n\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := dict.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	want := dict.BuiltIn()
	if !slices.Equal(got.Names(), want.Names()) || got.Fingerprint() != want.Fingerprint() {
		t.Errorf("compiling gives %s of %v, dict/opencc.dict has %s of %v; run go generate ./dict",
			got.Fingerprint(), got.Names(), want.Fingerprint(), want.Names())
	}
}

// TestUsages refuses lines that are not a word, its frequency and its tag.
func TestUsages(t *testing.T) {
	for words, want := range map[string]string{
		"头发 3":     "2 fields",
		"头发 三 n":   "invalid syntax",
		"头发 3 n x": "4 fields",
	} {
		_, _, err := usages(upstream(), []byte("发现 2 v\n"+words+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", words, err, want)
		}
	}
}

// TestSimplifiedTerms derives the finance profile's segmentation again.
func TestSimplifiedTerms(t *testing.T) {
	files := upstream()
	var terms []dict.Entry
	for _, e := range oracle.Load().Dictionaries["HKPhrasesFinance.txt"] {
		terms = append(terms, dict.Entry{Key: e[0], Values: e[1:]})
	}
	if len(terms) != 83 {
		t.Errorf("%d securities terms, want 83", len(terms))
	}
	simplified, err := simplifiedTerms(files, terms)
	if err != nil {
		t.Fatal(err)
	}
	want := files["STPhrases_GeneratedFromFinance.txt"].Data
	if got := textFile(simplified); !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
