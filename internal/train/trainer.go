package main

import (
	"log"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/npm"
	"github.com/hanconv/hanconv/model"
)

// version of the trainer: part of the model's own.
const version = "5"

// trainer holds the texts as examples.
type trainer struct {
	options
	stages     []model.Stage
	common     model.WordSet
	classes    model.Classes
	items      *model.Model    // without weights
	candidates []int           // by item
	words      map[uint32]bool // items that are words
	clear      map[uint32]bool // by item
	settled    map[uint32]bool
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
	s2t, err := han.New("s2t")
	if err != nil {
		return nil, err
	}
	t2s, err := han.New("t2s")
	if err != nil {
		return nil, err
	}
	frequencies := newSegmenter(words)
	t := &trainer{
		options: o, stages: stages(data, t2s.Convert), words: map[uint32]bool{},
		common: commonWords(frequencies), classes: classes(words), reader: newReader(s2t, t2s),
	}
	if err := t.setItems(); err != nil {
		return nil, err
	}
	texts, err := t.loadNative()
	if err != nil {
		return nil, err
	}
	if err := t.readCharacterTexts(texts, newNameSwapper(words), entries(data, "STPhrases.txt")); err != nil {
		return nil, err
	}
	if err := t.readWords(texts, frequencies); err != nil {
		return nil, err
	}
	if err := t.readSentences(); err != nil {
		return nil, err
	}
	t.forgetRare()
	t.markClear()
	return t, t.readHeld()
}

// setItems makes a model that can be asked for its items.
func (t *trainer) setItems() (err error) {
	for _, s := range t.stages {
		for _, it := range s.Items {
			t.words[uint32(len(t.candidates))] = it.Folded != ""
			t.candidates = append(t.candidates, len(it.Candidates))
		}
	}
	t.items, err = t.emptyModel()
	return err
}

// loadNative loads the texts to train on and notes their sources.
func (t *trainer) loadNative() ([]*text, error) {
	texts, err := loadTexts(t.texts)
	if err != nil {
		return nil, err
	}
	texts = slices.DeleteFunc(texts, func(x *text) bool { return slices.Contains(splitList(t.without), x.genre) })
	for _, x := range texts {
		n := len(x.lines)
		if x.lines = native(x.lines); n > len(x.lines) {
			log.Printf("%s: %d of %d lines have passed through Simplified", x.name, n-len(x.lines), n)
		}
	}
	if t.sources, err = sources(t.texts, texts); err != nil {
		return nil, err
	}
	own, err := sentenceSource()
	t.sources = append(t.sources, own)
	return texts, err
}

// readCharacterTexts reads what is decided about characters towards Traditional,
// out of texts, names and phrases.
func (t *trainer) readCharacterTexts(texts []*text, names *nameSwapper, phrases map[string][]string) error {
	extra, err := loadPairs(t.learnPairs)
	if err != nil {
		return err
	}
	t.train = t.readAll(slices.Concat(texts, extra))
	for _, s := range slices.Clone(t.train) {
		t.train = append(t.train, t.readNames(s.text, names))
	}
	for _, region := range families[0] {
		t.train = append(t.train, t.readPhrases(phrases, region), t.readNameList(names, region))
	}
	return nil
}

// markClear notes which characters hardly ever are another candidate than the
// first where no dictionary says so, and about which the dictionaries hardly
// ever err.
func (t *trainer) markClear() {
	const enough, clearShare, settledShare = 1000, 0.995, 0.9995
	t.clear, t.settled = map[uint32]bool{}, map[uint32]bool{}
	plain, plainFirst, all, right := map[uint32]float64{}, map[uint32]float64{}, map[uint32]float64{}, map[uint32]float64{}
	for _, s := range t.train {
		for i := range s.examples {
			e := &s.examples[i]
			if s.synthetic {
				continue
			}
			count(all, right, e.item, e.gold == e.prior)
			if e.plain {
				count(plain, plainFirst, e.item, e.gold == 0)
			}
		}
	}
	id := uint32(0)
	for _, s := range t.stages {
		for i := range s.Items {
			if s.Items[i].Folded == "" {
				s.Items[i].Clear = plain[id] >= enough && plainFirst[id] >= clearShare*plain[id]
				s.Items[i].Settled = all[id] >= enough && right[id] >= settledShare*all[id]
			}
			t.clear[id], t.settled[id] = s.Items[i].Clear, s.Items[i].Settled
			id++
		}
	}
}

// count counts an example of an item in all and, if it is one of them, in some.
func count(all, some map[uint32]float64, item uint32, one bool) {
	all[item]++
	if one {
		some[item]++
	}
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
			others := slices.DeleteFunc(e.features[model.GlanceFeatures:], func(f uint32) bool {
				return counts[f%counters] < t.options.fit.common
			})
			e.features = e.features[:model.GlanceFeatures+len(others)]
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
	t.held = t.readAll(append(texts, pairs...))
	return nil
}

// emptyModel has the items but no weights, so that examples can be read.
func (t *trainer) emptyModel() (*model.Model, error) {
	f := model.File{Stages: t.stages, Words: t.common, Classes: t.classes}
	for _, r := range slices.Concat(families...) {
		f.Tables = append(f.Tables, model.Table{Region: r, Weights: make(model.Weights, 64), Scale: 1, Temperature: 1})
	}
	data, err := f.Encode()
	if err != nil {
		return nil, err
	}
	return model.Open(data)
}

// readAll reads texts, several at a time.
func (t *trainer) readAll(texts []*text) []*sample {
	samples := make([]*sample, len(texts))
	var next atomic.Int32
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(texts); i = int(next.Add(1)) - 1 {
				samples[i] = t.read(texts[i])
			}
		})
	}
	workers.Wait()
	return samples
}

func (t *trainer) read(x *text) *sample {
	s := &sample{text: x, table: x.region}
	d := t.items.Decider("s2t", x.region)
	for _, p := range x.lines {
		s.examples = append(s.examples, t.reader.characters(p, d, nil)...)
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
			s.examples = append(s.examples, t.reader.characters(q, d, func(i int) bool {
				return i >= from && i < to && gold[i] != 0
			})...)
		})
	}
	return s
}

// readPhrases reads the dictionaries' phrases as lines, so that those that no
// text has are learned, too.
func (t *trainer) readPhrases(phrases map[string][]string, region string) *sample {
	s := &sample{text: &text{name: "phrases", genre: region + "/phrases", region: region, synthetic: true}, table: region}
	d := t.items.Decider("s2t", region)
	for _, key := range slices.Sorted(maps.Keys(phrases)) {
		if p := (pair{key, phrases[key][0]}); runeCount(p.simplified) == runeCount(p.traditional) {
			s.examples = append(s.examples, t.reader.characters(p, d, nil)...)
		}
	}
	return s
}

// readNameList reads transliterated names as lines.
func (t *trainer) readNameList(swapper *nameSwapper, region string) *sample {
	s := &sample{text: &text{name: "names", genre: region + "/names", region: region, synthetic: true}, table: region}
	d := t.items.Decider("s2t", region)
	for _, name := range swapper.list {
		line := []rune(name)
		gold := make([]rune, len(line))
		for k, c := range line {
			gold[k] = nameForm[c]
		}
		s.examples = append(s.examples, t.reader.characters(pair{name, string(gold)}, d, func(k int) bool { return gold[k] != 0 })...)
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
		boundaries := &boundaryReader{
			decider: t.items.Decider(region+"2sp", "cn"), t2s: t2s, reader: t.reader, words: words,
			most: 1000, seen: map[occurrence]int{},
		}
		tw2s, err := han.New("tw2s")
		if err != nil {
			return err
		}
		simplify := &simplifyReader{
			decider: t.items.Decider("t2s", "cn"), tw2s: tw2s, reader: t.reader, words: words,
			most: 20_000, seen: map[occurrence]int{},
		}
		t.train = append(t.train, t.assume(region+"p", region), t.assume(region+"2sp", "cn"))
		for _, x := range texts {
			if x.region != region {
				continue
			}
			if x.genre == "hk/techdoc" {
				continue // a translation that keeps the mainland's words
			}
			replaced := &sample{text: x, table: region}
			toRegion.genre, boundaries.genre, simplify.genre = x.genre, x.genre, x.genre
			back := &sample{text: x, table: "cn"}
			for _, p := range x.lines {
				replaced.examples = append(replaced.examples, toRegion.read(p.traditional)...)
				back.examples = append(back.examples, boundaries.read(p.traditional)...)
				back.examples = append(back.examples, simplify.read(p, region)...)
			}
			t.train = append(t.train, replaced, back)
		}
	}
	return nil
}

// assume reads, for each word of a stage, some sentences about nothing in which
// it is replaced: what to do where no text tells otherwise.
func (t *trainer) assume(stage, table string) *sample {
	const sentences = 20
	s := &sample{text: &text{name: stage + " by default", genre: stage}, table: table}
	for _, it := range t.items.Decider(stage, table).Items() {
		for range sentences {
			s.examples = append(s.examples, t.reader.example(it, &model.Window{Prior: 1}, 1))
		}
	}
	return s
}

// fit trains families of tables.
func (t *trainer) fit(samples []*sample, families ...[]string) map[string]model.Weights {
	tables := map[string]model.Weights{}
	for _, family := range families {
		groups := t.groups(samples, family)
		size := t.options.fit.size
		if family[0] == "cn" {
			size = t.options.fit.sizeSimplified
		}
		p := &packer{t.options.fit, len(family), size, t.keys(groups)}
		w := optimize(t.options.fit, t.candidates, groups, p.keep)
		for i, region := range family {
			tables[region] = p.pack(w, i)
		}
	}
	return tables
}

// groups are the samples of a family's tables with their weights.
func (t *trainer) groups(samples []*sample, family []string) []group {
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
			groups = append(groups, group{region, t.options.fit.weight(s), s.examples})
		}
	}
	return groups
}
