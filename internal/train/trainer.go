package main

import (
	"slices"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/npm"
	"github.com/hanconv/hanconv/model"
)

// version of the trainer: part of the model's own.
const version = "1"

// trainer holds the texts as examples.
type trainer struct {
	options
	stages     []model.Stage
	items      *model.Model // without weights
	candidates []int        // by item
	reader     *reader
	sources    []model.Source

	train, held []*sample
}

// sample is a text as examples of one kind of table.
type sample struct {
	*text
	table    string // its region
	examples []example
}

// The tables that share weights while they are trained, and what is decided
// with them.
var families = [][]string{
	{"tw", "hk"}, // s2t, twp, hkp
	{"cn"},       // t2s, tw2sp, hk2sp
}

func newTrainer(o options) (*trainer, error) {
	data, err := npm.Fetch(npm.OpenCCData)
	if err != nil {
		return nil, err
	}
	words, err := npm.Fetch(npm.Jieba)
	if err != nil {
		return nil, err
	}
	t := &trainer{options: o, stages: stages(data)}
	if t.items, err = t.emptyModel(); err != nil {
		return nil, err
	}
	for _, s := range t.stages {
		for _, it := range s.Items {
			t.candidates = append(t.candidates, len(it.Candidates))
		}
	}
	s2t, err := han.New("s2t")
	if err != nil {
		return nil, err
	}
	t.reader = &reader{
		model: t.items, s2t: s2t,
		phrases: dict.BuiltIn().Program("s2t").Stages[0][0], fold: map[rune]rune{},
	}
	for key, values := range entries(data, "TSCharacters.txt") {
		t.reader.fold[[]rune(key)[0]] = []rune(values[0])[0]
	}
	texts, err := loadTexts(o.texts)
	if err != nil {
		return nil, err
	}
	extra, err := loadPairs(o.learnPairs)
	if err != nil {
		return nil, err
	}
	for _, x := range append(texts, extra...) {
		if !slices.Contains(splitList(o.without), x.genre) {
			t.train = append(t.train, t.read(x))
		}
	}
	if t.sources, err = sources(o.texts, texts); err != nil {
		return nil, err
	}
	swapper := newNameSwapper(words)
	for _, s := range slices.Clone(t.train) {
		t.train = append(t.train, t.readNames(s.text, swapper))
	}
	if err := t.readWords(texts, newSegmenter(words)); err != nil {
		return nil, err
	}
	t.forgetRare()
	return t, t.readHeld()
}

// forgetRare takes features away that fewer examples than settings.common have:
// they say little, and fill the table.
func (t *trainer) forgetRare() {
	const counters = 1 << 26
	counts := make([]uint8, counters)
	for _, s := range t.train {
		for i := range s.examples {
			for _, f := range s.examples[i].features {
				if c := &counts[f%counters]; *c < 255 {
					*c++
				}
			}
		}
	}
	for _, s := range t.train {
		for i := range s.examples {
			e := &s.examples[i]
			e.features = slices.DeleteFunc(e.features, func(f uint32) bool { return counts[f%counters] < t.options.fit.common })
		}
	}
}

func (t *trainer) readHeld() error {
	var texts []*text
	if t.options.held != "" {
		held, err := loadTexts(t.options.held)
		if err != nil {
			return err
		}
		texts = held
	}
	pairs, err := loadPairs(t.pairs)
	if err != nil {
		return err
	}
	for _, x := range append(texts, pairs...) {
		t.held = append(t.held, t.read(x))
	}
	return nil
}

// emptyModel has the items but no weights, so that examples can be read.
func (t *trainer) emptyModel() (*model.Model, error) {
	f := model.File{Stages: t.stages}
	for _, r := range slices.Concat(families...) {
		f.Tables = append(f.Tables, model.Table{Region: r, Weights: make([]int8, 64), Scale: 1, Temperature: 1})
	}
	data, err := f.Encode()
	if err != nil {
		return nil, err
	}
	return model.Open(data)
}

func (t *trainer) read(x *text) *sample {
	s := &sample{text: x, table: x.region}
	d := t.items.Decider("s2t", x.region)
	for i, p := range x.lines {
		s.examples = append(s.examples, t.reader.characters(p, d, i, nil)...)
	}
	return s
}

// readNames reads the lines of x with other names put in.
func (t *trainer) readNames(x *text, swapper *nameSwapper) *sample {
	s := &sample{text: &text{name: x.name + " with names", genre: x.genre, region: x.region, synthetic: true}, table: x.region}
	d := t.items.Decider("s2t", x.region)
	for _, p := range x.lines {
		swapper.swap(p.simplified, func(line []rune, from, to int) {
			gold := make([]rune, len(line))
			for i := from; i < to; i++ {
				gold[i] = nameForm[line[i]]
			}
			q := pair{string(line), string(gold)}
			s.lines = append(s.lines, q)
			s.examples = append(s.examples, t.reader.characters(q, d, len(s.lines)-1, func(i int) bool {
				return i >= from && i < to && gold[i] != 0
			})...)
		})
	}
	return s
}

// readWords reads what is decided about words, and towards Simplified.
func (t *trainer) readWords(texts []*text, words *segmenter) error {
	for _, region := range families[0] {
		toRegion, err := t.newWordReader(region+"p", region)
		if err != nil {
			return err
		}
		t2s, err := han.New("t2s")
		if err != nil {
			return err
		}
		boundaries := &boundaryReader{t.items.Decider(region+"2sp", "cn"), t2s, t.reader, words, 1000, map[[2]uint32]int{}}
		simplify := &simplifyReader{t.items.Decider("t2s", "cn"), t.reader, words, 20_000, map[[2]uint32]int{}}
		for _, x := range texts {
			if x.region != region || slices.Contains(splitList(t.without), x.genre) {
				continue
			}
			replaced := &sample{text: x, table: region}
			back := &sample{text: x, table: "cn"}
			for i, p := range x.lines {
				replaced.examples = append(replaced.examples, toRegion.read(p.traditional, i)...)
				back.examples = append(back.examples, boundaries.read(p.traditional, i)...)
				back.examples = append(back.examples, simplify.read(p, region, i)...)
			}
			t.train = append(t.train, replaced, back)
		}
	}
	return nil
}

// fit trains every family of tables.
func (t *trainer) fit(samples []*sample) map[string][]float32 {
	tables := map[string][]float32{}
	for _, family := range families {
		var groups []group
		var genres []string
		for _, s := range samples {
			if region := slices.Index(family, s.table); region >= 0 && !s.synthetic {
				groups = append(groups, group{region: region, examples: s.examples})
				genres = append(genres, s.genre)
			}
		}
		weigh(groups, genres, t.options.fit.balance)
		for _, s := range samples {
			if region := slices.Index(family, s.table); region >= 0 && s.synthetic {
				groups = append(groups, group{region, t.options.fit.names, s.examples})
			}
		}
		size := t.options.fit.size
		if family[0] == "cn" {
			size = t.options.fit.sizeSimplified
		}
		w := optimize(t.options.fit, size, len(family), t.candidates, groups)
		for i, region := range family {
			tables[region] = w.joined(i)
		}
	}
	return tables
}
