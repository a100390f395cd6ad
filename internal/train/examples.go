package main

import (
	"strings"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/model"
)

// example is a decision whose outcome is known, as the hashes of its features.
type example struct {
	features []uint32
	opinions []uint32
	speakFor []uint8 // the candidate of each opinion
	item     uint32
	gold     uint8
	prior    uint8
	pairs    [3]uint32 // see [model.TrustPairKeys]
	plain    bool      // the dictionaries choose the first candidate, without a phrase
}

// reader turns lines into examples.
type reader struct {
	s2t     *han.Converter
	phrases *model.Phrases
	fold    map[rune]rune
}

func newReader(s2t, t2s *han.Converter) *reader {
	r := &reader{s2t: s2t, phrases: model.BuiltInPhrases(), fold: map[rune]rune{}}
	for c := rune(0x80); c <= 0xFFFF; c++ {
		if s := []rune(t2s.Convert(string(c))); len(s) == 1 && s[0] != c {
			r.fold[c] = s[0]
		}
	}
	return r
}

func (r *reader) folded(text []rune) []rune {
	out := make([]rune, len(text))
	for i, c := range text {
		if s, ok := r.fold[c]; ok {
			c = s
		}
		out[i] = c
	}
	return out
}

// window looks around the item that stands at from to to of a folded text.
func window(folded []rune, from, to int) (w model.Window) {
	for d := range model.Reach {
		if i := from - 1 - d; i >= 0 {
			w.Left[d] = model.Normalize(folded[i])
		}
		if i := to + d; i < len(folded) {
			w.Right[d] = model.Normalize(folded[i])
		}
	}
	return w
}

// farWindow is window for a word, which sees more.
func farWindow(folded []rune, from, to int) model.Window {
	w := window(folded, from, to)
	for d := model.Reach; d < model.Reach+model.FarReach; d++ {
		if i := from - 1 - d; i >= 0 {
			w.Set(-1-d, model.Normalize(folded[i]))
		}
		if i := to + d; i < len(folded) {
			w.Set(d, model.Normalize(folded[i]))
		}
	}
	return w
}

// characters reads the decisions of stage s2t out of a pair. If only is not
// nil, it tells which positions count.
func (r *reader) characters(p pair, d *model.Decider, only func(i int) bool) (found []example) {
	traditional := []rune(p.traditional)
	r.each(p.simplified, d, only, func(item *model.Item, w *model.Window, i int) {
		if gold := item.Index(traditional[i]); gold >= 0 {
			found = append(found, r.example(item, w, gold))
		}
	})
	return found
}

// each calls yield for each character of a Simplified line that is an item of
// stage s2t, with its place in code points.
func (r *reader) each(line string, d *model.Decider, only func(i int) bool, yield func(*model.Item, *model.Window, int)) {
	simplified, prior := []rune(line), []rune(r.s2t.Convert(line))
	if len(prior) != len(simplified) || strings.ContainsRune(line, utf8.RuneError) {
		return
	}
	folded := r.folded(simplified)
	text, at := []byte(line), 0
	for i, c := range simplified {
		if item := d.Char(c); item != nil && (only == nil || only(i)) {
			w := window(folded, i, i+1)
			w.Prior = max(0, item.Index(prior[i]))
			d.Surround(model.Normalize(folded[i]), &w)
			w.Votes = r.phrases.AppendVotes(nil, item, text, at)
			yield(item, &w, i)
		}
		at += utf8.RuneLen(c)
	}
}

// word is an example of a word that begins at from of a folded text. The
// dictionaries would replace it.
func (r *reader) word(d *model.Decider, item *model.Item, folded []rune, from, gold int) example {
	w := farWindow(folded, from, from+utf8.RuneCountInString(item.Source))
	w.Prior = 1
	d.Cross(item, &w)
	return r.example(item, &w, gold)
}

// simplified is an example of a character at i of a folded Traditional text, of
// which the dictionaries make prior.
func (r *reader) simplified(d *model.Decider, item *model.Item, folded []rune, i int, prior rune, gold int) example {
	w := window(folded, i, i+1)
	w.Prior = max(0, item.Index(prior))
	d.Surround(model.Normalize(folded[i]), &w)
	return r.example(item, &w, gold)
}

func (r *reader) example(item *model.Item, w *model.Window, gold int) example {
	e := example{item: item.ID(), gold: uint8(gold), prior: uint8(w.Prior), plain: w.Prior == 0 && len(w.Votes) == 0}
	e.pairs[0], e.pairs[1], e.pairs[2] = model.TrustPairKeys(item.ID(), w.Prior, model.Pair(w.Left[:2]), model.Pair(w.Right[:2]))
	var speakFor []int
	e.features, e.opinions, speakFor = model.Features(item, w)
	for _, k := range speakFor {
		e.speakFor = append(e.speakFor, uint8(k))
	}
	return e
}
