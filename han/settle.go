package han

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

// window is a piece of text between two hard pairs, from byte start to byte
// stop; the zero window is none.
type window struct{ start, stop int }

// known is what is known beforehand about windows: where they end and what
// becomes of them.
type known struct {
	soft     *dict.PairSet
	pairs    *dict.PairMap
	isolated *dict.TextMap
}

// settle deals with the pair of 3-byte characters at i that the filter takes
// for irregular: it writes what becomes of the window around the pair, if that
// is known, and returns where text goes on and by how many bytes the result is
// longer than the window. If the filter has erred, text goes on behind the
// first character. Otherwise the window is returned, or none if it cannot be
// told by what is near.
func (k *known) settle(dst, src []byte, i int) (next, grown int, w window) {
	pair := binary.LittleEndian.Uint64(src[i:])
	if i >= 3 && i <= len(src)-11 {
		result, swift := k.pairs.Swift(pair)
		left, okLeft := keyBefore(binary.LittleEndian.Uint64(src[i-3:]))
		right, okRight := keyAfter(binary.LittleEndian.Uint64(src[i+3:]))
		if swift && okLeft && okRight && !k.soft.Has(left) && !k.soft.Has(right) {
			binary.LittleEndian.PutUint64(dst[i:], result)
			return i + 6, 0, window{}
		}
	}
	if !k.pairs.Has(pair) {
		return i + 3, 0, window{}
	}
	if w = k.around(src, i); w.stop == 0 {
		return 0, 0, window{}
	}
	out, ok := k.appendKnown(dst[w.start:w.start], src[w.start:w.stop])
	if !ok || len(out) > len(dst)-w.start {
		return 0, 0, w
	}
	return w.stop, len(out) - (w.stop - w.start), window{}
}

// appendKnown appends what becomes of a text of several characters, a window
// or a piece, if that is known beforehand. Most windows are an irregular pair
// of two 3-byte characters.
func (k *known) appendKnown(dst, text []byte) (out []byte, ok bool) {
	if len(text) == 6 {
		w := uint64(binary.LittleEndian.Uint32(text)) | uint64(binary.LittleEndian.Uint16(text[4:]))<<32
		if w&twoMask == twoBits {
			return k.pairs.AppendResult(dst, w)
		}
	}
	result, ok := k.isolated.Lookup(text)
	return append(dst, result...), ok
}

// around finds the window around the pair at i, if only 3-byte characters are in
// it and 3-byte or ASCII characters beside it.
func (k *known) around(src []byte, i int) (w window) {
	start := i
	for ; ; start -= 3 {
		if start < 3 {
			return window{}
		}
		text := binary.LittleEndian.Uint64(src[start-3:])
		left, ok := keyBefore(text)
		if !ok {
			return window{}
		}
		if !k.soft.Has(left) || isOperator(text) {
			break
		}
		if src[start-1] < utf8.RuneSelf {
			return window{}
		}
	}
	for stop := i + 6; stop <= len(src)-5; stop += 3 {
		text := binary.LittleEndian.Uint64(src[stop-3:])
		right, ok := keyAfter(text)
		if !ok {
			return window{}
		}
		if !k.soft.Has(right) || isOperator(text>>24) {
			return window{start, stop}
		}
		if src[stop] < utf8.RuneSelf {
			return window{}
		}
	}
	return window{}
}

// keyBefore is the key of a pair whose right character is the three bytes
// behind the first three of text; the left one ends before them. It is not ok if
// that has neither three bytes nor one.
func keyBefore(text uint64) (key uint64, ok bool) {
	if text&oneMask == oneBits {
		return text, true
	}
	return text&^0xFFFFFF | text>>16&0x7F, text&0x800000 == 0
}

// keyAfter is the key of a pair whose left character is the first three bytes
// of text. It is not ok if the right one has neither three bytes nor one.
func keyAfter(text uint64) (key uint64, ok bool) {
	if text&twoMask == twoBits {
		return text, true
	}
	return text & 0xFFFFFFFF, text&0x80000000 == 0
}
