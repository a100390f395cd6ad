package main

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

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
	for _, read := range []func() ([]*sample, error){t.readCharacters, t.readWordSentences, t.readBack} {
		samples, err := read()
		if err != nil {
			return err
		}
		t.train = append(t.train, samples...)
	}
	return nil
}

// byRegion makes samples of one kind, by region.
func byRegion(kind, table string) (samples map[string]*sample, list []*sample) {
	samples = map[string]*sample{}
	for _, region := range families[0] {
		in := table
		if in == "" {
			in = region
		}
		samples[region] = written(kind, region, in)
		list = append(list, samples[region])
	}
	return samples, list
}

func (t *trainer) readCharacters() ([]*sample, error) {
	list, err := loadSentences("characters")
	if err != nil {
		return nil, err
	}
	samples, all := byRegion("characters", "")
	t2s, err := han.New("tw2s")
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		simplified := t2s.Convert(s.second)
		characters := []rune(simplified)
		s.each(func(region string) {
			samples[region].examples = append(samples[region].examples,
				t.reader.characters(pair{simplified, s.second}, t.items.Decider("s2t", region), func(i int) bool {
					return strings.ContainsRune(s.first, characters[i])
				})...)
		})
	}
	return all, nil
}

func (t *trainer) readWordSentences() ([]*sample, error) {
	list, err := loadSentences("words")
	if err != nil {
		return nil, err
	}
	samples, all := byRegion("words", "")
	readers := map[string]*wordReader{}
	for _, region := range families[0] {
		if readers[region], err = t.newWordReader(region+"p", region); err != nil {
			return nil, err
		}
	}
	for _, s := range list {
		words := strings.Split(s.first, ",")
		s.each(func(region string) {
			readers[region].only = func(item *model.Item) bool { return slices.Contains(words, item.Source) }
			samples[region].examples = append(samples[region].examples, readers[region].read(s.second)...)
		})
	}
	return all, nil
}

func (t *trainer) readBack() ([]*sample, error) {
	list, err := loadSentences("back")
	if err != nil {
		return nil, err
	}
	samples, all := byRegion("back", "cn")
	t2s, err := han.New("t2s")
	if err != nil {
		return nil, err
	}
	tw2s, err := han.New("tw2s")
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		s.each(func(region string) {
			r := backReader{t.items.Decider(region+"2sp", "cn"), t.items.Decider("t2s", "cn"), t.reader, t2s, tw2s}
			samples[region].examples = append(samples[region].examples, r.read([]rune(s.first), []rune(s.second))...)
		})
	}
	return all, nil
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
			end := i + utf8.RuneCountInString(item.Source)
			if !strings.HasPrefix(string(native[i:]), item.Source) {
				continue
			}
			if gold := r.outcome(item, string(mainland)); gold >= 0 {
				w := farWindow(folded, i, end)
				w.Prior = 1
				r.words.Cross(item, &w)
				found = append(found, r.reader.example(item, &w, gold))
			}
		}
		item := r.characters.Char(c)
		if item == nil || len(mainland) != len(native) || len(prior) != len(native) {
			continue
		}
		if gold := item.Index(mainland[i]); gold >= 0 {
			w := window(folded, i, i+1)
			w.Prior = max(0, item.Index(prior[i]))
			r.characters.Surround(model.Normalize(folded[i]), &w)
			found = append(found, r.reader.example(item, &w, gold))
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
