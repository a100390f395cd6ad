package han

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

// plainTable converts what makes up nearly all text: ASCII, and characters of
// three bytes that become three bytes.
//
//	bytes of text      E5 8F 91 E7 8E B0 E5 BE 88 E9 95 BF E3 80 82 …
//	                   ╰─ c0 ─╯ ╰─ c1 ─╯ ╰─ c2 ─╯ ╰─ c3 ─╯ ╰─ c4 ─╯
//	8-byte loads       w0 ──────────────▶
//	                            w1 ──────────────▶          and so on
//	entry of c0        entries[w0's lowest three bytes × factor]
//	pair (c0, c1)      filter[hash of w0's lowest six bytes]
//
// Four characters are taken at a time. Two loops differ in how they look for
// irregular pairs. The dense one asks the filter about each pair, and writes
// what becomes of windows that are known. The sparse
// one, for programs in which guards are rare, only looks whether one of the
// four is a guard; without one no pair inside is irregular, and none that
// reaches out on either side until a guard follows or the text takes the slow
// step, which asks the filter.
type plainTable struct {
	// entries tells for each code point of the BMP what becomes of it alone: in
	// the low 24 bits its three bytes of UTF-8 xor those of the result, above
	// them one of the kinds. Most are 0, so that the table takes memory only
	// where characters change.
	entries [1 << indexBits]uint32
	filter  dict.PairFilter // irregular pairs
	// edge marks the ASCII characters that must not be copied unseen: they
	// stand in an irregular pair or do not stay as they are.
	edge   [1 << 8]bool
	sparse bool
}

// The kinds of table entries.
const (
	kindPlain    = 0 << 24 // stays, or its three bytes become three others
	kindGuard    = 1 << 24 // the same, and a guard of the sparse loop or, of two bytes, in an irregular pair
	kindLookup   = 2 << 24 // see engine.chars
	kindTrigger  = 3 << 24 // needs a window wherever it stands
	kindOperator = 4 << 24 // begins an ideographic description sequence
	kindMask     = 0xFF << 24
)

const (
	// A multiplication turns the 16 bits that tell 3-byte characters apart
	// into an index without collisions, faster than shifting them together.
	// Of the factors found by random search this one keeps the ideographs
	// together: 20,902 of them on 47 pages of 4 KiB, neighbours on the same cache
	// lines.
	indexMask   = 0x3F3F0F
	indexFactor = 0x0C00_0082_0000_0000
	indexBits   = 17

	// The fixed bits of 3-byte characters, alone and side by side.
	oneMask, oneBits   = 0xC0C0F0, 0x8080E0
	twoMask, twoBits   = oneMask | oneMask<<24, oneBits | oneBits<<24
	restMask, restBits = twoMask | 0xC0F0<<48, twoBits | 0x80E0<<48
	ascii              = 0x80808080_80808080
)

// index finds the entry of the 3-byte character in w's lowest bytes.
func index(w uint64) uint64 { return w & indexMask * indexFactor >> (64 - indexBits) }

// layout is c in three bytes, as UTF-8 has characters from U+0800 on.
func layout(c rune) uint64 {
	b := uint64(c)
	return 0xE0 | b>>12 | (0x80|b>>6&0x3F)<<8 | (0x80|b&0x3F)<<16
}

func (t *plainTable) entry(c rune) uint32 { return t.entries[index(layout(c))] }

func newPlainTable(p *dict.Program) *plainTable {
	t := &plainTable{sparse: p.Sparse}
	for c := rune(0x2FF0); dict.IsDescriptionOperator(c); c++ {
		t.entries[index(layout(c))] = kindOperator
	}
	for i := range p.Chars.Len() {
		if r := p.Chars.Record(i); r.Code <= 0xFFFF {
			t.entries[index(layout(r.Code))] = newEntry(r, p.Sparse)
		}
	}
	for c := range utf8.RuneSelf {
		t.edge[c] = p.Edge(byte(c))
	}
	p.AddIrregular(&t.filter)
	for c := range p.OddCharacters() {
		if c < 0x800 { // see short
			t.entries[index(layout(c))] |= kindGuard
		}
	}
	return t
}

func newEntry(r dict.Char, sparse bool) uint32 {
	switch {
	case r.Trigger:
		return kindTrigger
	case r.Code < 0x800 || len(r.Result) != 3:
		return kindLookup
	}
	result := uint32(r.Result[0]) | uint32(r.Result[1])<<8 | uint32(r.Result[2])<<16
	change := result ^ dict.Pack(r.Code)
	if sparse && r.Guard {
		return kindGuard | change
	}
	return kindPlain | change
}

// quad is what the loops read at a time, in bytes: four characters, of the
// fifth one so much that the last pair can be read as eight bytes.
const quad = 17

// convertDense goes on for as long as text is plain and no pair is irregular, or
// the window around it is known, and returns how many bytes it has written and
// read; the two differ only where it has stopped right behind a known window.
// It stops at least eight bytes before either end. Where it stops at an
// irregular pair it returns the window around it, counted from the start of
// src, if it can tell that. Settled is where the last known window ends that it
// has met, 0 if none.
func (t *plainTable) convertDense(dst, src []byte, k *known) (written, read, settled int, w window) {
	limit := min(len(dst), len(src))
	i := 0
	for i <= limit-quad {
		in := (*[quad]byte)(src[i:])
		w0, w1 := binary.LittleEndian.Uint64(in[:]), binary.LittleEndian.Uint64(in[3:])
		w2, w3 := binary.LittleEndian.Uint64(in[6:]), binary.LittleEndian.Uint64(in[9:])
		if w0&oneMask != oneBits {
			n := 8 // a branch that is guessed well beats waiting for the count
			if w0&ascii != 0 {
				n = bits.TrailingZeros64(w0&ascii) / 8
			}
			if n == 0 || t.edge[byte(w0>>(8*uint(n)-8))] {
				return i, i, settled, window{}
			}
			binary.LittleEndian.PutUint64(dst[i:], w0)
			i += n
			continue
		}
		x0, x1, x2, x3 := t.entries[index(w0)], t.entries[index(w1)], t.entries[index(w2)], t.entries[index(w3)]
		if w0&restMask == restBits && w3&twoMask == twoBits && w1>>40&0xC0 == 0x80 && x0|x1|x2|x3 < kindGuard {
			put4((*[12]byte)(dst[i:]), w0, w2, x0, x1, x2, x3)
			switch { // what is too much is overwritten
			case t.filter.Has(w0):
			case t.filter.Has(w1):
				i += 3
			case t.filter.Has(w2):
				i += 6
			case t.filter.Has(w3):
				i += 9
			default:
				i += 12
				continue
			}
		} else {
			if x0 >= kindGuard || !t.joined(w0) {
				return i, i, settled, window{}
			}
			binary.LittleEndian.PutUint32(dst[i:], uint32(w0)^x0)
			if w0&twoMask != twoBits {
				i += 3
				continue
			}
			if !t.filter.Has(w0) { // a second and a third cost little more
				i += 3
				if x1 >= kindGuard || !t.joined(w1) {
					continue
				}
				binary.LittleEndian.PutUint32(dst[i:], uint32(w1)^x1)
				if w1&twoMask != twoBits {
					i += 3
					continue
				}
				if !t.filter.Has(w1) {
					i += 3
					if x2 >= kindGuard || !t.joined(w2) {
						continue
					}
					binary.LittleEndian.PutUint32(dst[i:], uint32(w2)^x2)
					if w2&twoMask != twoBits || !t.filter.Has(w2) {
						i += 3
						continue
					}
				}
			}
		}
		next, grown, w := k.settle(dst, src, i)
		if next == 0 {
			return i, i, settled, w
		}
		if next > i+3 { // not where the filter has erred
			settled = next
		}
		if i = next; grown != 0 {
			return i + grown, i, settled, window{}
		}
	}
	i += t.steps(dst[i:limit], src[i:limit])
	return i, i, settled, window{}
}

// aside goes on where the loops stop most often: it converts 2-byte characters
// that stay as they are, and 3-byte characters before them.
func (t *plainTable) aside(dst, src []byte) int {
	i := 0
	for limit := min(len(dst), len(src)) - 8; i <= limit; i += 2 {
		w := binary.LittleEndian.Uint64(src[i:])
		n, change := 0, uint32(0)
		if w&oneMask == oneBits {
			n, change = 3, t.entries[index(w)]
		}
		if change >= kindGuard || !t.short(w>>(8*n&63)) || n > 0 && t.filter.Has(w&0xFFFFFFFFFF) {
			break
		}
		binary.LittleEndian.PutUint64(dst[i:], w^uint64(change))
		i += n
	}
	return i
}

// short tells whether w begins with a 2-byte character that stays as it is and
// is no irregular pair with what follows.
func (t *plainTable) short(w uint64) bool {
	if w&0xC0E0 != 0x80C0 {
		return false
	}
	switch t.entries[index(w&0xFF1F<<8)] {
	case kindPlain:
		return true
	case kindGuard: // it is in some irregular pair
		return w>>16&oneMask == oneBits && !t.filter.Has(w&0xFFFF|w>>16<<24)
	}
	return false
}

// joined tells whether the 3-byte character in w's lowest bytes stands before
// another one or before ASCII with which it is no irregular pair.
func (t *plainTable) joined(w uint64) bool {
	next := byte(w >> 24)
	return w&twoMask == twoBits || next < utf8.RuneSelf && !t.edge[next]
}

// convertSparse goes on for as long as text is plain and no guard stands in an
// irregular pair, and returns how many bytes that was, of either text.
func (t *plainTable) convertSparse(dst, src []byte) int {
	limit := min(len(dst), len(src))
	i := 0
	for i <= limit-quad {
		in := (*[quad]byte)(src[i:])
		w0, w2 := binary.LittleEndian.Uint64(in[:]), binary.LittleEndian.Uint64(in[6:])
		if w0&oneMask == oneBits {
			x0, x1 := t.entries[index(w0)], t.entries[index(w0>>24)]
			x2, x3 := t.entries[index(w2)], t.entries[index(w2>>24)]
			if w0&restMask == restBits && w2&twoMask == twoBits && x0|x1|x2|x3 < kindGuard {
				put4((*[12]byte)(dst[i:]), w0, w2, x0, x1, x2, x3)
				i += 12
				continue
			}
			if x0|x1 < kindGuard && w0&twoMask == twoBits {
				binary.LittleEndian.PutUint64(dst[i:], w0^(uint64(x0)|uint64(x1)<<24))
				i += 6
				if x2 < kindGuard && w2&oneMask == oneBits {
					binary.LittleEndian.PutUint32(dst[i:], uint32(w2)^x2)
					i += 3
				}
				continue
			}
			if x0 < kindGuard {
				binary.LittleEndian.PutUint32(dst[i:], uint32(w0)^x0)
				i += 3
				continue
			}
		} else if w0&ascii == 0 && !t.edge[byte(w0)] && !t.edge[byte(w0>>56)] {
			binary.LittleEndian.PutUint64(dst[i:], w0)
			i += 8
			continue
		}
		if !t.regularBefore(src, i) {
			return i - 3
		}
		n := t.step((*[8]byte)(dst[i:]), w0)
		if n == 0 {
			return i
		}
		i += n
	}
	if !t.regularBefore(src, i) {
		return i - 3
	}
	return i + t.steps(dst[i:limit], src[i:limit])
}

// steps goes step by step to where fewer than eight bytes are left.
func (t *plainTable) steps(dst, src []byte) int {
	i := 0
	for i <= len(src)-8 {
		n := t.step((*[8]byte)(dst[i:]), binary.LittleEndian.Uint64(src[i:]))
		if n == 0 {
			break
		}
		i += n
	}
	return i
}

// step converts, of the eight bytes of text in w, one character whose pair
// with the next is not irregular, or the ASCII at the start. It returns 0
// where there is neither.
func (t *plainTable) step(dst *[8]byte, w uint64) int {
	if w&oneMask == oneBits {
		x := t.entries[index(w)]
		if x >= kindLookup || !t.regular(w) {
			return 0
		}
		binary.LittleEndian.PutUint32(dst[:], uint32(w)^x)
		return 3
	}
	n := bits.TrailingZeros64(w&ascii) / 8
	if n == 0 || t.edge[byte(w>>(8*uint(n)-8))] {
		return 0
	}
	binary.LittleEndian.PutUint64(dst[:], w)
	return n
}

// put4 writes four characters changed by their entries, which are plain: w0
// begins with the first, w2 with the third.
func put4(dst *[12]byte, w0, w2 uint64, x0, x1, x2, x3 uint32) {
	binary.LittleEndian.PutUint64(dst[:], w0^(uint64(x0)|uint64(x1)<<24|uint64(x2)<<48))
	binary.LittleEndian.PutUint32(dst[8:], uint32(w2>>16)^(x2>>16|x3<<8))
}

// regular tells whether it is certain that the 3-byte character in w's lowest
// bytes and the character behind it are no irregular pair.
func (t *plainTable) regular(w uint64) bool {
	if w&twoMask == twoBits {
		return !t.filter.Has(w)
	}
	next := byte(w >> 24)
	return next < utf8.RuneSelf && !t.edge[next]
}

// regularBefore is regular for the character that ends at i, where src has all
// of it; only the loop above asks, which has met ASCII and characters of three
// bytes. Ahead of src and after ASCII the question has been answered.
func (t *plainTable) regularBefore(src []byte, i int) bool {
	if i < 3 || src[i-1] < utf8.RuneSelf || i == len(src) {
		return true
	}
	w := uint64(src[i-3]) | uint64(src[i-2])<<8 | uint64(src[i-1])<<16
	for j, b := range src[i:min(i+3, len(src))] {
		w |= uint64(b) << (24 + 8*j)
	}
	return t.regular(w)
}
