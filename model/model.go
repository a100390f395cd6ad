package model

import (
	"math"
	"unicode/utf8"
)

// MaxCandidates is how many candidates an item has at the most.
const MaxCandidates = 8

// Item is a character or a word with its candidates, the default first. A
// candidate for a character may have forms that are written in its place by
// some standard: 臺台 is one candidate, output as 臺 unless 台 stands there.
type Item struct {
	Source     string
	Candidates []string
	id         uint32
	word       bool
	clear      bool
	settled    bool
	folded     []uint32 // a word's characters as Normalize gives them
	forms      []form   // of the candidates for a character
}

// form is one of the ways to write a candidate.
type form struct {
	char      rune
	candidate int
	text      string
}

// ID numbers the items of a model from 0.
func (it *Item) ID() uint32 { return it.id }

// Word tells whether the candidates are words; otherwise they are characters.
func (it *Item) Word() bool { return it.word }

// Clear tells that nothing speaks for another candidate than the first, of an
// item that hardly ever is another (了, which is 瞭 in a few words). The window's
// neighbours are not needed.
func (it *Item) Clear(w *Window) bool { return it.clear && w.Prior == 0 && len(w.Votes) == 0 }

// Settled tells that the dictionaries hardly ever err about the item (个, which
// is 箇 in a few phrases), so that it is left to them.
func (it *Item) Settled() bool { return it.settled }

// Index tells which candidate of a character has c among its forms, or -1.
func (it *Item) Index(c rune) int {
	for i := range it.forms {
		if it.forms[i].char == c {
			return it.forms[i].candidate
		}
	}
	return -1
}

// Form is how candidate k of a character is written where the dictionaries
// alone write now: the same, if that is one of its forms.
func (it *Item) Form(k int, now rune) string {
	first := ""
	for _, f := range it.forms {
		switch {
		case f.candidate != k:
		case f.char == now:
			return f.text
		case first == "":
			first = f.text
		}
	}
	return first
}

// Decider chooses between the candidates of one stage's items for one region.
// It is immutable and safe for concurrent use.
type Decider struct {
	items   []*Item
	chars   *[1 << 16]uint16 // 1 + index of items, by code point
	words   map[rune][]*Item // by first character, longest first
	kept    []string
	keptBy  map[rune][]string // by first character
	maxWord int               // bytes
	table   *table
	common  WordSet
	classes Classes
	biases  []Scores // by item, for Glance
}

// table holds a region's weights, in units of 1/scale.
type table struct {
	weights Weights
	scale   float64
	// temperature divides scores before they become probabilities, so that a
	// confidence of 0.9 is right nine times in ten. See docs/accuracy.md.
	temperature float64
	margins     []int32 // by item; see [Decider.Glance]
	trust       Trust
}

func newDecider(items []*Item, kept []string, t *table, common WordSet, classes Classes) *Decider {
	d := &Decider{
		items: items, kept: kept, common: common, classes: classes, table: t,
		chars: new([1 << 16]uint16), words: map[rune][]*Item{}, keptBy: map[rune][]string{},
	}
	for i, it := range items {
		c, size := utf8.DecodeRuneInString(it.Source)
		if size == len(it.Source) && c < 1<<16 && !it.word {
			d.chars[c] = uint16(i + 1)
			continue
		}
		d.words[c] = insertByLength(d.words[c], it)
		d.maxWord = max(d.maxWord, len(it.Source))
	}
	for _, word := range kept {
		c, _ := utf8.DecodeRuneInString(word)
		d.keptBy[c] = append(d.keptBy[c], word)
		d.maxWord = max(d.maxWord, len(word))
	}
	for _, it := range items {
		if !it.word {
			d.biases = append(d.biases, t.bias(it))
		}
	}
	return d
}

// bias is what an item's scores are without its neighbours, where the
// dictionaries choose the first candidate.
func (t *table) bias(it *Item) (s Scores) {
	first := bias(it.id, 0)
	s.add(t.weights, first[:], len(it.Candidates))
	return s
}

func insertByLength(list []*Item, it *Item) []*Item {
	list = append(list, it)
	for i := len(list) - 1; i > 0 && len(list[i-1].Source) < len(list[i].Source); i-- {
		list[i-1], list[i] = list[i], list[i-1]
	}
	return list
}

// Char returns the item of a character, or nil.
func (d *Decider) Char(c rune) *Item {
	if c>>16 != 0 || c < 0 || d.chars[c] == 0 {
		return nil
	}
	return d.items[d.chars[c]-1]
}

// Words returns the items of words that begin with c, longest first.
func (d *Decider) Words(c rune) []*Item { return d.words[c] }

// KeptWords lists the words that stay as they are: 海內存知己 holds no 內存.
func (d *Decider) KeptWords() []string { return d.kept }

// Kept is the length in bytes of the longest word that stays as it is and that
// text, whose first character is c, begins with, or 0.
func (d *Decider) Kept(c rune, text []byte) (n int) {
	for _, word := range d.keptBy[c] {
		if len(word) > n && len(word) <= len(text) && string(text[:len(word)]) == word {
			n = len(word)
		}
	}
	return n
}

// MaxWord is the length of the longest word in bytes.
func (d *Decider) MaxWord() int { return d.maxWord }

// Items lists what there is to decide.
func (d *Decider) Items() []*Item { return d.items }

// Scores are the sums of weights, by candidate.
type Scores [MaxCandidates]int32

// Benefit of the doubt for what the dictionaries choose, in weights: texts of
// other genres than the model has seen are better off with it.
const Benefit = 6

// Glance tells whether the first candidate, where the dictionaries choose it,
// stands after a first look, at the item's two neighbours alone: whether it leads
// there by a margin with which the trainer has hardly ever seen the whole window
// decide otherwise. Most decisions end with it (a cascade: Viola and Jones,
// "Rapid Object Detection using a Boosted Cascade of Simple Features", 2001).
// Another candidate comes from a phrase, which may cross a word's border, and
// is always looked at closely.
func (d *Decider) Glance(it *Item, left, right uint32) bool {
	t := d.table
	if int(it.id) >= len(t.margins) || t.margins[it.id] == 0 {
		return false
	}
	n := len(it.Candidates)
	s := d.biases[it.id-d.items[0].id]
	next := neighbourFeatures(it.id, 0, uint64(left)*factorL0, uint64(right)*factorR0)
	s.add(t.weights, next[:], n)
	return s.Lead(n) >= t.margins[it.id]
}

// Lead is by how much the first of n candidates is ahead of the best of the
// others, with the benefit of the doubt.
func (s *Scores) Lead(n int) int32 {
	lead := s[0] + Benefit - s[1]
	for k := 2; k < n; k++ {
		lead = min(lead, s[0]+Benefit-s[k&7])
	}
	return lead
}

// Choose returns the candidate with the highest score, and all scores.
func (d *Decider) Choose(it *Item, w *Window) (best int, s Scores) {
	var hashes [maxFeatures]uint32
	t := d.table
	n := len(it.Candidates)
	s.add(t.weights, w.features(it.id, hashes[:0]), n)
	var said [maxOpinions]opinion
	for _, o := range w.opinions(it, said[:0]) {
		s[o.candidate&7] += t.weights.Of(Key(o.hash, 0))
	}
	if !it.word {
		s[w.Prior&7] += Benefit
	}
	for k := 1; k < n; k++ {
		if s[k&7] > s[best&7] {
			best = k
		}
	}
	return best, s
}

// add adds the weights of features for n candidates. The first one's are 0:
// only differences count.
func (s *Scores) add(w Weights, hashes []uint32, n int) {
	if n == 2 { // most items
		for _, h := range hashes {
			s[1] += w.Of(Key(h, 1))
		}
		return
	}
	for _, h := range hashes {
		for k := 1; k < n; k++ {
			s[k&7] += w.Of(Key(h, k))
		}
	}
}

// Confidence is the probability of a candidate by the model's scores.
func (d *Decider) Confidence(it *Item, s Scores, candidate int) float64 {
	unit := d.table.scale * d.table.temperature
	sum := 0.0
	for k := range it.Candidates {
		sum += math.Exp(float64(s[k]-s[candidate]) / unit)
	}
	return 1 / sum
}
