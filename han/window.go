package han

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

// soft tells whether a key may match across the pair. Neither a byte that is
// not UTF-8 nor a description operator is in any key; the filter alone could
// err about them, and a window must not cut a description sequence.
func (e *engine) soft(left, right rune) bool {
	return left != dict.Invalid && right != dict.Invalid &&
		!dict.IsDescriptionOperator(left) && !dict.IsDescriptionOperator(right) &&
		e.program.Soft.Has(dict.PairKey(dict.Pack(left), dict.Pack(right)))
}

// windowStart steps back from the character at i, over soft pairs, but not
// beyond floor.
func (e *engine) windowStart(src []byte, floor, i int) int {
	if i >= len(src) {
		return i
	}
	for i-3 >= floor && i+5 <= len(src) {
		w := binary.LittleEndian.Uint64(src[i-3:])
		if w&twoMask != twoBits || isOperator(w) || isOperator(w>>24) {
			break
		}
		if !e.program.Soft.Has(w) {
			return i
		}
		i -= 3
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
	for i+8 <= len(src) {
		w := binary.LittleEndian.Uint64(src[i:])
		if w&twoMask != twoBits || isOperator(w>>24) {
			break
		}
		i += 3
		if !e.program.Soft.Has(w) {
			return i
		}
	}
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

// isOperator tells whether the 3-byte character in w's lowest bytes begins a
// description sequence.
func isOperator(w uint64) bool { return w&0xF0FFFF == 0xB0BFE2 }

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

// window converts text that lies between two hard pairs.
func (e *engine) window(dst, text []byte, scratch *layers) []byte {
	if out, known := e.appendKnown(dst, text); known {
		return out
	}
	return e.unknown(dst, text, scratch)
}

// unknown converts a window of which nothing is known beforehand.
func (e *engine) unknown(dst, text []byte, scratch *layers) []byte {
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

// appendKnown appends what becomes of text, a window or a piece, if that is
// known beforehand.
func (e *engine) appendKnown(dst, text []byte) (out []byte, ok bool) {
	if _, n := dict.Decode(text); n == len(text) {
		return e.appendChar(dst, text), true
	}
	return e.known.appendKnown(dst, text)
}

// needsNormalization tells whether a character of text, whose lead byte gives
// most away, is normalised.
func (e *engine) needsNormalization(text []byte) bool {
	for i, b := range text {
		if b < e.leastNormalized {
			continue
		}
		for _, stage := range e.program.Normalization {
			if _, n := stage.Longest(text[i:]); n > 0 {
				return true
			}
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

// segment converts one segment of normalised text that is no phrase, piece by
// piece between pairs that no key of the chain matches across.
func (e *engine) segment(dst, text []byte, scratch *layers) []byte {
	for len(text) > 0 {
		n, regular := e.piece(text)
		dst = e.appendPiece(dst, text[:n], regular, scratch)
		text = text[n:]
	}
	return dst
}

// piece measures the first piece of a segment. It is regular if it converts
// character by character.
func (e *engine) piece(text []byte) (n int, regular bool) {
	left, n := dict.Decode(text)
	trigger := e.kind(left) == kindTrigger
	regular = true
	for n < len(text) {
		right, size := dict.Decode(text[n:])
		pair := dict.PairKey(dict.Pack(left), dict.Pack(right))
		if left == dict.Invalid || right == dict.Invalid || !e.program.Inner.Has(pair) {
			break
		}
		if trigger || e.kind(right) == kindTrigger || e.plain.filter.Has(pair) {
			regular = false
		}
		left = right
		n += size
	}
	return n, regular
}

func (e *engine) appendPiece(dst, text []byte, regular bool, scratch *layers) []byte {
	if !regular {
		if out, known := e.appendKnown(dst, text); known {
			return out
		}
		return scratch.chain(dst, text, true)
	}
	for len(text) > 0 {
		_, n := dict.Decode(text)
		dst = e.appendChar(dst, text[:n])
		text = text[n:]
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
