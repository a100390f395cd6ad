package main

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/model"
)

// Sentences were written for this project to teach what texts at hand seldom
// have: rare senses, names, words in their other sense. Each file's first line
// tells what its fields are:
//
//	characters*.tsv  region, Simplified characters to learn from, Traditional sentence
//	words*.tsv       region, the mainland's words to learn from, the region's sentence
//	back*.tsv        region, its sentence, the mainland's
//
//go:embed sentences/*.tsv
var sentences embed.FS

// sentence is a line of such a file.
type sentence struct{ region, first, second string }

// each of the regions that a sentence is for.
func (s *sentence) each(yield func(region string)) {
	for _, region := range families[0] {
		if s.region == region || s.region == "both" {
			yield(region)
		}
	}
}

// loadSentences reads every file whose name begins with kind.
func loadSentences(kind string) (list []sentence, err error) {
	names, err := fs.Glob(sentences, "sentences/"+kind+"*.tsv")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := sentences.ReadFile(name)
		if err != nil {
			return nil, err
		}
		more, err := parseSentences(name, string(data))
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

func parseSentences(name, text string) (list []sentence, err error) {
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || !slices.Contains([]string{"tw", "hk", "both"}, f[0]) {
			return nil, fmt.Errorf("%s:%d: want tw, hk or both, and two more fields", name, i+1)
		}
		list = append(list, sentence{f[0], f[1], f[2]})
	}
	return list, nil
}

// sentenceSource tells their provenance; the version is a hash of all files.
func sentenceSource() (model.Source, error) {
	sum := sha256.New()
	err := fs.WalkDir(sentences, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := sentences.ReadFile(path)
		sum.Write(data)
		return err
	})
	return model.Source{
		Name:    "sentences written for this project: internal/train/sentences",
		Version: hex.EncodeToString(sum.Sum(nil)[:6]), License: "Apache-2.0",
	}, err
}

// written is a sample of sentences. They count as much as a setting says.
func written(kind, region, table string) *sample {
	return &sample{
		text:  &text{name: kind + " written for this project", genre: region + "/written", region: region, synthetic: true, written: true},
		table: table,
	}
}

// readSentences reads all of them.
func (t *trainer) readSentences() error {
	for _, k := range []struct {
		kind, table string // "": the region's own
		read        func([]sentence, map[string]*sample) error
	}{
		{"characters", "", t.readCharacters}, {"words", "", t.readWordSentences}, {"back", "cn", t.readBack},
	} {
		list, err := loadSentences(k.kind)
		if err != nil {
			return err
		}
		samples := map[string]*sample{}
		for _, region := range families[0] {
			samples[region] = written(k.kind, region, cmp.Or(k.table, region))
			t.train = append(t.train, samples[region])
		}
		if err := k.read(list, samples); err != nil {
			return err
		}
	}
	return nil
}

func (t *trainer) readCharacters(list []sentence, samples map[string]*sample) error {
	tw2s, err := han.New("tw2s")
	if err != nil {
		return err
	}
	for _, s := range list {
		simplified := tw2s.Convert(s.second)
		characters := []rune(simplified)
		s.each(func(region string) {
			samples[region].examples = append(samples[region].examples,
				t.reader.characters(pair{simplified, s.second}, t.items.Decider("s2t", region), func(i int) bool {
					return strings.ContainsRune(s.first, characters[i])
				})...)
		})
	}
	return nil
}

func (t *trainer) readWordSentences(list []sentence, samples map[string]*sample) (err error) {
	readers := map[string]*wordReader{}
	for _, region := range families[0] {
		if readers[region], err = t.newWordReader(region+"p", region); err != nil {
			return err
		}
	}
	for _, s := range list {
		words := strings.Split(s.first, ",")
		s.each(func(region string) {
			readers[region].only = func(item *model.Item) bool { return slices.Contains(words, item.Source) }
			samples[region].examples = append(samples[region].examples, readers[region].read(s.second)...)
		})
	}
	return nil
}

func (t *trainer) readBack(list []sentence, samples map[string]*sample) error {
	t2s, err := han.New("t2s")
	if err != nil {
		return err
	}
	tw2s, err := han.New("tw2s")
	if err != nil {
		return err
	}
	for _, s := range list {
		s.each(func(region string) {
			r := backReader{t.items.Decider(region+"2sp", "cn"), t.items.Decider("t2s", "cn"), t.reader, t2s, tw2s}
			samples[region].examples = append(samples[region].examples, r.read([]rune(s.first), []rune(s.second))...)
		})
	}
	return nil
}

// backReader reads decisions towards Simplified out of a sentence and what the
// mainland has in its place.
type backReader struct {
	words, characters *model.Decider
	reader            *reader
	t2s, tw2s         *han.Converter
}

func (r *backReader) read(native, mainland []rune) (found []example) {
	folded, prior := r.reader.folded(native), []rune(r.tw2s.Convert(string(native)))
	for i, c := range native {
		for _, item := range r.words.Words(c) {
			if !strings.HasPrefix(string(native[i:]), item.Source) {
				continue
			}
			if gold := r.outcome(item, string(mainland)); gold >= 0 {
				found = append(found, r.reader.word(r.words, item, folded, i, gold))
			}
		}
		item := r.characters.Char(c)
		if item == nil || len(mainland) != len(native) || len(prior) != len(native) {
			continue
		}
		if gold := item.Index(mainland[i]); gold >= 0 {
			found = append(found, r.reader.simplified(r.characters, item, folded, i, prior[i], gold))
		}
	}
	return found
}

// outcome tells which candidate of a word the mainland's sentence has, or -1.
func (r *backReader) outcome(item *model.Item, mainland string) int {
	stays := strings.Contains(mainland, r.t2s.Convert(item.Candidates[0]))
	replaced := strings.Contains(mainland, r.t2s.Convert(item.Candidates[1]))
	switch {
	case stays == replaced:
		return -1
	case replaced:
		return 1
	}
	return 0
}
