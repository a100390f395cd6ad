package han

import (
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

// soft tells whether a key may match across the pair. Neither a byte that is
// not UTF-8 nor a description operator is in any key; the filter alone could
// err about them, and a window must not cut a description sequence.
func (e *engine) soft(left, right rune) bool {
	return left != dict.Invalid && right != dict.Invalid &&
		!dict.IsDescriptionOperator(left) && !dict.IsDescriptionOperator(right) &&
		e.program.Soft.Has(dict.Pack(left), dict.Pack(right))
}

// windowStart steps back from the character at i, over soft pairs, but not
// beyond floor.
func (e *engine) windowStart(src []byte, floor, i int) int {
	if i >= len(src) {
		return i
	}
	right, _ := dict.Decode(src[i:])
	for i > floor {
		left, size := dict.DecodeLast(src[floor:i])
		if !e.soft(left, right) {
			break
		}
		i -= size
		right = left
	}
	return i
}

// windowEnd goes on from the character at i, over soft pairs, and returns -1
// if src ends before the pair that decides.
func (e *engine) windowEnd(src []byte, i int, end bool) int {
	left, size := dict.Decode(src[i:])
	for i += size; i < len(src); i += size {
		if !end && !utf8.FullRune(src[i:]) {
			return -1
		}
		var right rune
		right, size = dict.Decode(src[i:])
		if !e.soft(left, right) {
			return i
		}
		left = right
	}
	if !end {
		return -1
	}
	return i
}

// lastCut finds the last hard boundary of src[floor:i], where the character
// at i is not known to be whole.
func (e *engine) lastCut(src []byte, floor, i int) int {
	if i == floor {
		return i
	}
	if i < len(src) && utf8.FullRune(src[i:]) {
		return e.windowStart(src, floor, i)
	}
	_, size := dict.DecodeLast(src[floor:i])
	return e.windowStart(src, floor, i-size)
}

// window sends text, which lies between two hard pairs, through the stages.
func (e *engine) window(dst, text []byte, scratch *layers) []byte {
	switch {
	case e.needsNormalization(text):
		return scratch.write(dst, text, true)
	case e.phrases != nil:
		return e.longest(dst, text)
	case e.program.Segmentation != nil:
		return e.segments(dst, text, scratch)
	}
	return scratch.chain(dst, text, true)
}

func (e *engine) needsNormalization(text []byte) bool {
	for _, stage := range e.program.Normalization {
		for i := 0; i < len(text); {
			c, size := dict.Decode(text[i:])
			if stage.MayMatch(text[i]) && c != dict.Invalid {
				if _, n := stage.Longest(text[i:]); n > 0 {
					return true
				}
			}
			i += size
		}
	}
	return false
}

// segments converts normalised text segment by segment. A phrase's own
// conversion was computed beforehand.
func (e *engine) segments(dst, text []byte, scratch *layers) []byte {
	table := e.program.Segmentation
	start, i := 0, 0
	for i < len(text) {
		entry, n := table.Longest(text[i:])
		if entry == 0 {
			_, n = dict.Decode(text[i:])
			i += n
			continue
		}
		if start < i {
			dst = e.segment(dst, text[start:i], scratch)
		}
		dst = append(dst, e.program.Whole.At(entry)...)
		i += n
		start = i
	}
	if start < i {
		dst = e.segment(dst, text[start:], scratch)
	}
	return dst
}

// segment converts one segment of normalised text that is no phrase.
func (e *engine) segment(dst, text []byte, scratch *layers) []byte {
	mark := len(dst)
	left := dict.Invalid
	for i := 0; i < len(text); {
		c, size := dict.Decode(text[i:])
		pair := left != dict.Invalid && c != dict.Invalid && e.irregular.Has(dict.Pack(left), dict.Pack(c))
		if pair || size < len(text) && e.kind(c) == kindTrigger {
			return scratch.chain(dst[:mark], text, true)
		}
		dst = e.appendChar(dst, text[i:i+size])
		i += size
		left = c
	}
	return dst
}

// longest converts normalised text by the table of phrases and, where no
// phrase matches, character by character.
func (e *engine) longest(dst, text []byte) []byte {
	for len(text) > 0 {
		entry, n := e.phrases.Longest(text)
		if n > 0 {
			dst = append(dst, e.phrases.Value(entry)...)
		} else {
			_, n = dict.Decode(text)
			dst = e.appendChar(dst, text[:n])
		}
		text = text[n:]
	}
	return dst
}
