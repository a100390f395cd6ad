package main

import (
	"math"
	"strings"
	"testing/fstest"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/model"
)

// wordReader reads decisions about regional words out of a region's texts.
//
// What the mainland would write is made with the dictionaries, which replace
// every word. A word of the mainland in it is one to replace if the text itself
// has the region's word there, and one to keep if the text has it, too:
//
//	Taiwan's text   應用程式的安裝程序     少數組織
//	mainland's      應用程序的安裝程序     少數組織
//	程序            replace  keep
//	數組                                   keep
type wordReader struct {
	decider  *model.Decider
	back     *han.Converter // to the mainland's words, in Simplified
	s2t      *han.Converter
	standard *han.Converter // the region's characters to the standard ones
	reader   *reader
	genre    string // of the lines that are read
	most     int    // examples of an item and outcome in a genre
	seen     map[occurrence]int
	only     func(*model.Item) bool // if set, tells which items count
}

func (t *trainer) newWordReader(stage, region string) (*wordReader, error) {
	w := &wordReader{
		decider: t.items.Decider(stage, region), s2t: t.reader.s2t, reader: t.reader,
		most: 4000, seen: map[occurrence]int{},
	}
	var err error
	if w.back, err = han.New(region + "2sp"); err != nil {
		return nil, err
	}
	w.standard, err = han.New(region + "2t")
	return w, err
}

func (w *wordReader) read(line string) []example {
	a := w.back.Align(line)
	mainland := w.s2t.Convert(a.Target)
	if len(mainland) != len(a.Target) {
		return nil // offsets would not fit; such characters are rare
	}
	var found []example
	var folded []rune
	at := 0 // code points
	for i, c := range mainland {
		for _, item := range w.decider.Words(c) {
			if !strings.HasPrefix(mainland[i:], item.Source) || w.only != nil && !w.only(item) {
				continue
			}
			gold := w.outcome(item, a, i, i+len(item.Source))
			if gold < 0 || !w.wanted(item, gold) {
				continue
			}
			if folded == nil {
				folded = w.reader.folded([]rune(mainland))
			}
			found = append(found, w.reader.word(w.decider, item, folded, at, gold))
		}
		at++
	}
	return found
}

// wanted bounds how often each outcome of an item is learned from.
func (w *wordReader) wanted(item *model.Item, gold int) bool {
	key := occurrence{item.ID(), gold, w.genre}
	w.seen[key]++
	return w.seen[key] <= w.most
}

// outcome tells which candidate the region's text has where the mainland's has
// the item, from one offset to another, or -1.
func (w *wordReader) outcome(item *model.Item, a han.Alignment, from, to int) int {
	start, ok := sourceOffset(a, from)
	if !ok {
		return -1
	}
	end, ok := sourceOffset(a, to)
	if !ok || end <= start {
		return -1
	}
	native := a.Source[start:end]
	switch {
	case native == item.Candidates[1]:
		return 1
	case w.standard.Convert(native) == item.Source:
		return 0
	}
	return -1
}

// occurrence is what is counted, so that no genre's favourite word outweighs
// all others.
type occurrence struct {
	item  uint32
	gold  int
	genre string
}

// sourceOffset leads an offset of the target back.
func sourceOffset(a han.Alignment, offset int) (int, bool) {
	for _, s := range a.Spans {
		switch {
		case s.Target.Start == offset:
			return s.Source.Start, true
		case s.Target.Start < offset && offset < s.Target.End:
			return s.Source.Start + offset - s.Target.Start, !s.Changed
		}
	}
	return len(a.Source), offset == len(a.Target)
}

// boundaryReader reads decisions about words of the region that the mainland
// has others for. There is no text of the mainland to learn from. But whether a
// word is one at a place at all, and no crossing of two, a segmentation by word
// frequencies tells. And a word that the mainland uses as well, in another
// sense (核心, which is 内核 of an operating system only), is taken to be
// technical in technical texts alone.
type boundaryReader struct {
	decider *model.Decider
	t2s     *han.Converter
	reader  *reader
	words   *segmenter
	genre   string
	most    int
	seen    map[occurrence]int
}

func (r *boundaryReader) read(line string) []example {
	var found []example
	simplified := []rune(r.t2s.Convert(line))
	text := []rune(line)
	if len(simplified) != len(text) {
		return nil
	}
	var folded []rune
	var cuts []bool
	at := 0
	for i, c := range line {
		for _, item := range r.decider.Words(c) {
			if !strings.HasPrefix(line[i:], item.Source) {
				continue
			}
			if r.enough(item) {
				continue
			}
			if cuts == nil {
				cuts, folded = r.words.cuts(simplified), r.reader.folded(text)
			}
			end := at + utf8.RuneCountInString(item.Source)
			gold := 0
			if cuts[at] && cuts[end] && (technical(r.genre) || !r.common(item)) {
				gold = 1
			}
			key := occurrence{item.ID(), gold, r.genre}
			if r.seen[key]++; r.seen[key] > r.most {
				continue
			}
			found = append(found, r.reader.word(r.decider, item, folded, at, gold))
		}
		at++
	}
	return found
}

// enough tells whether there are examples enough of either outcome.
func (r *boundaryReader) enough(item *model.Item) bool {
	return r.seen[occurrence{item.ID(), 0, r.genre}] >= r.most && r.seen[occurrence{item.ID(), 1, r.genre}] >= r.most
}

func technical(genre string) bool {
	return strings.Contains(genre, "tech") || strings.Contains(genre, "software")
}

// common tells whether the mainland uses the word itself, too.
func (r *boundaryReader) common(item *model.Item) bool {
	const share = 0.1 // of the other word's frequency
	own, other := r.words.count[r.t2s.Convert(item.Source)], r.words.count[r.t2s.Convert(item.Candidates[1])]
	return own > 20 && own > share*other
}

// segmenter cuts Simplified text into the words that are likeliest by their
// frequencies (Viterbi over unigrams, as jieba does).
type segmenter struct {
	count   map[string]float64
	cost    map[string]float64
	longest map[rune]int // word by its first character, in code points
}

func newSegmenter(words fstest.MapFS) *segmenter {
	s := &segmenter{count: map[string]float64{}, cost: map[string]float64{}, longest: map[rune]int{}}
	total := 0.0
	for line := range strings.Lines(string(words["dict.txt"].Data)) {
		if word, count, ok := wordAndCount(line); ok {
			s.count[word] = count
			total += count
			first, _ := utf8.DecodeRuneInString(word)
			s.longest[first] = max(s.longest[first], utf8.RuneCountInString(word))
		}
	}
	for word, count := range s.count {
		s.cost[word] = logRatio(total, count)
	}
	return s
}

// cuts tells before which characters, the end included, a word ends.
func (s *segmenter) cuts(text []rune) []bool {
	const unknown = 20 // nats for a character that is no word
	best := make([]float64, len(text)+1)
	from := make([]int, len(text)+1)
	for end := range best {
		best[end] = math.Inf(1)
	}
	best[0] = 0
	for start, c := range text {
		if cost := best[start] + unknown; cost < best[start+1] {
			best[start+1], from[start+1] = cost, start
		}
		for end := start + 1; end <= min(len(text), start+s.longest[c]); end++ {
			if cost, ok := s.cost[string(text[start:end])]; ok && best[start]+cost < best[end] {
				best[end], from[end] = best[start]+cost, start
			}
		}
	}
	cuts := make([]bool, len(text)+1)
	for end := len(text); end > 0; end = from[end] {
		cuts[end] = true
	}
	cuts[0] = true
	return cuts
}
