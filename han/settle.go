package han

import (
	"encoding/binary"

	"github.com/hanconv/hanconv/dict"
)

// window is a piece of text between two hard pairs, from byte start to byte
// stop; the zero window is none.
type window struct{ start, stop int }

// known is what is known beforehand about windows: where they end and what
// becomes of them.
type known struct {
	program  *dict.Program
	soft     *dict.PairSet
	pairs    *dict.PairMap
	isolated *dict.TextMap
}

// settle deals with the pair of 3-byte characters at i that the filter takes
// for irregular: it writes what becomes of the window around the pair, if that
// is known, and returns where text goes on and by how many bytes the result is
// longer than the window. If the filter has erred, text goes on behind the
// first character. Otherwise the window is returned, of which nothing is known,
// or none if it cannot be told by what is near.
func (k *known) settle(dst, src []byte, i int) (next, grown int, w window) {
	if i < 3 || i > len(src)-11 {
		return 0, 0, window{}
	}
	near := (*[14]byte)(src[i-3:])
	pair := binary.LittleEndian.Uint64(near[3:])
	result := k.pairs.Swift(pair)
	if result == 0 {
		if result = k.pairs.Find(pair); result == 0 {
			return i + 3, 0, window{}
		}
	}
	left, okLeft := keyBefore(binary.LittleEndian.Uint64(near[:]))
	right, okRight := keyAfter(binary.LittleEndian.Uint64(near[6:]))
	if !okLeft || !okRight {
		return 0, 0, window{}
	}
	softLeft, softRight := k.soft.Has(left) && k.joins(src, i), k.soft.Has(right) && k.joins(src, i+6)
	if !softLeft && !softRight {
		if result.Two() {
			binary.LittleEndian.PutUint64(dst[i:], result.Bytes())
			return i + 6, 0, window{}
		}
		out := k.pairs.Append(dst[i:i], result)
		if len(out) > len(dst)-i {
			return 0, 0, window{i, i + 6}
		}
		return i + 6, len(out) - 6, window{}
	}
	if w = k.around(src, i, softLeft, softRight); w.stop == 0 {
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
// it and 3-byte or ASCII characters beside it. It is told whether the pairs that
// the two characters form with their neighbours seem soft.
func (k *known) around(src []byte, i int, softLeft, softRight bool) (w window) {
	start, stop := i, i+6
	for softLeft {
		text := binary.LittleEndian.Uint64(src[start-3:])
		if isOperator(text) {
			break
		}
		if start -= 3; start < 3 || text&oneMask != oneBits {
			return window{}
		}
		left, ok := keyBefore(binary.LittleEndian.Uint64(src[start-3:]))
		if !ok {
			return window{}
		}
		softLeft = k.soft.Has(left) && k.joins(src, start)
	}
	for softRight {
		text := binary.LittleEndian.Uint64(src[stop-3:]) >> 24
		if isOperator(text) {
			break
		}
		if stop += 3; stop > len(src)-5 || text&oneMask != oneBits {
			return window{}
		}
		right, ok := keyAfter(binary.LittleEndian.Uint64(src[stop-3:]))
		if !ok {
			return window{}
		}
		softRight = k.soft.Has(right) && k.joins(src, stop)
	}
	return window{start, stop}
}

// joins tells whether a key may match across the place at byte i of src, where a
// soft pair stands, as far as what is near tells.
func (k *known) joins(src []byte, i int) bool {
	if i < 6 || i > len(src)-8 {
		return true
	}
	pair, after := binary.LittleEndian.Uint64(src[i-3:]), binary.LittleEndian.Uint64(src[i:])>>24
	return pair&twoMask != twoBits || k.program.Joins(binary.LittleEndian.Uint64(src[i-6:]), pair, after)
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
