package model

import (
	"math"
	"slices"
	"strings"
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
	return slices.IndexFunc(it.Candidates, func(forms string) bool { return strings.ContainsRune(forms, c) })
}

// Decider chooses between the candidates of one stage's items for one region.
// It is immutable and safe for concurrent use.
type Decider struct {
	items   []*Item
	chars   *[1 << 16]uint16 // 1 + index of items, by code point
	words   map[rune][]*Item // by first character, longest first
	maxWord int              // bytes
	table   *table
	common  WordSet
}

// table holds a region's weights, in units of 1/scale.
type table struct {
	weights []byte // of int8; a multiple of 8
	scale   float64
	// temperature divides scores before they become probabilities, so that a
	// confidence of 0.9 is right nine times in ten. See docs/accuracy.md.
	temperature float64
}

func newDecider(items []*Item, t *table, common WordSet) *Decider {
	d := &Decider{items: items, common: common, chars: new([1 << 16]uint16), words: map[rune][]*Item{}, table: t}
	for i, it := range items {
		c, size := utf8.DecodeRuneInString(it.Source)
		if size == len(it.Source) && c < 1<<16 && !it.word {
			d.chars[c] = uint16(i + 1)
			continue
		}
		d.words[c] = insertByLength(d.words[c], it)
		d.maxWord = max(d.maxWord, len(it.Source))
	}
	return d
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

// MaxWord is the length of the longest word in bytes.
func (d *Decider) MaxWord() int { return d.maxWord }

// Items lists what there is to decide.
func (d *Decider) Items() []*Item { return d.items }

// Scores are the sums of weights, by candidate.
type Scores [MaxCandidates]int32

// Benefit of the doubt for what the dictionaries choose, in weights: texts of
// other genres than the model has seen are better off with it.
const Benefit = 6

// Choose returns the candidate with the highest score, and all scores.
func (d *Decider) Choose(it *Item, w *Window) (best int, s Scores) {
	var hashes [maxFeatures]uint64
	t := d.table
	n := len(it.Candidates)
	size := uint32(len(t.weights))
	for _, h := range w.features(it.id, hashes[:0]) {
		i := Place(uint32(h>>32), size)
		for k := 1; k < n; k++ { // the first candidate's weights are 0
			s[k&7] += int32(int8(t.weights[i^uint32(k)]))
		}
	}
	var said [maxOpinions]opinion
	for _, o := range w.opinions(it, said[:0]) {
		s[o.candidate&7] += int32(int8(t.weights[Place(uint32(o.hash>>32), size)]))
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

// Confidence is the probability of a candidate by the model's scores.
func (d *Decider) Confidence(it *Item, s Scores, candidate int) float64 {
	unit := d.table.scale * d.table.temperature
	sum := 0.0
	for k := range it.Candidates {
		sum += math.Exp(float64(s[k]-s[candidate]) / unit)
	}
	return 1 / sum
}

// Form is how candidate k of a character is written where the dictionaries
// alone write now: the same, if that is one of its forms.
func (it *Item) Form(k int, now rune) string {
	forms := it.Candidates[k]
	i := max(0, strings.IndexRune(forms, now))
	_, size := utf8.DecodeRuneInString(forms[i:])
	return forms[i : i+size]
}
