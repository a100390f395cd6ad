package main

import (
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
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
	where    place
}

// place finds the example in its text again, for lists of errors.
type place struct {
	line int32
	at   int32 // code points
}

// reader turns lines into examples.
type reader struct {
	model   *model.Model // items only
	s2t     *han.Converter
	phrases *dict.Table
	fold    map[rune]rune
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

// characters reads the decisions of stage s2t out of a pair. If only is not
// nil, it tells which positions count.
func (r *reader) characters(p pair, d *model.Decider, line int, only func(i int) bool) (found []example) {
	simplified, traditional := []rune(p.simplified), []rune(p.traditional)
	prior := []rune(r.s2t.Convert(p.simplified))
	if len(prior) != len(simplified) {
		return nil
	}
	folded := r.folded(simplified)
	text, at := []byte(p.simplified), 0
	for i, c := range simplified {
		size := utf8.RuneLen(c)
		item := d.Char(c)
		if size < 0 {
			return found // U+FFFD from broken input
		}
		if item != nil && (only == nil || only(i)) {
			if gold := item.Index(traditional[i]); gold >= 0 {
				w := window(folded, i, i+1)
				w.Prior = max(0, item.Index(prior[i]))
				w.Votes = item.AppendVotes(nil, r.phrases, text, at)
				found = append(found, r.example(item, &w, gold, place{int32(line), int32(i)}))
			}
		}
		at += size
	}
	return found
}

func (r *reader) example(item *model.Item, w *model.Window, gold int, where place) example {
	e := example{item: item.ID(), gold: uint8(gold), prior: uint8(w.Prior), where: where}
	var speakFor []int
	e.features, e.opinions, speakFor = model.Features(item, w)
	for _, k := range speakFor {
		e.speakFor = append(e.speakFor, uint8(k))
	}
	return e
}
