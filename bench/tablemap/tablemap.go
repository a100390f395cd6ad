// Package tablemap maps characters one to one and nothing else: the speed that
// no converter looking at phrases can reach, written as fast as Go allows
// without unsafe.
package tablemap

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// Map holds for each code point from U+0800 to U+FFFF the three bytes of UTF-8
// it becomes. It is safe for concurrent use.
type Map struct{ table [1 << 16]uint32 }

// New returns a map that changes the given characters. Pairs that do not take
// three bytes on both sides are left out.
func New(pairs map[rune]rune) *Map {
	m := &Map{}
	for r := range m.table {
		m.table[r] = threeBytes(rune(r))
	}
	for from, to := range pairs {
		if utf8.RuneLen(from) == 3 && utf8.RuneLen(to) == 3 {
			m.table[from] = threeBytes(to)
		}
	}
	return m
}

// threeBytes lays out r as UTF-8, first byte lowest, even where no valid UTF-8
// has three bytes: such input then stays as it is.
func threeBytes(r rune) uint32 {
	c := uint32(r)
	return 0x8080E0 | c>>12 | c>>6&0x3F<<8 | c&0x3F<<16
}

const (
	lead3  = 0x8080E0 // the fixed bits of a three-byte character
	mask3  = 0xC0C0F0
	two3   = lead3 | lead3<<24
	twoM3  = mask3 | mask3<<24
	ascii8 = 0x8080808080808080
)

// index turns the three bytes in the low bits of w into a code point.
func index(w uint64) uint16 {
	return uint16(w&0xF<<12 | w>>2&0xFC0 | w>>16&0x3F)
}

// Append maps src, appends the result, which is as long as src, to dst and
// returns the extended slice. Every byte that is no part of a three-byte
// character is copied.
func (m *Map) Append(dst, src []byte) []byte {
	const spare = 8 // stores write up to this much past the text
	dst = slices.Grow(dst, len(src)+spare)
	start := len(dst)
	end := start + len(src)
	out := dst[start : end+spare]
	i := 0
	for i+12 <= len(src) {
		in := src[i : i+12 : i+12]
		to := out[i : i+12 : i+12]
		w := binary.LittleEndian.Uint64(in)
		switch {
		case w&twoM3 == two3:
			v := uint64(binary.LittleEndian.Uint32(in[8:]))<<16 | w>>48
			x := uint64(m.table[index(w)]) | uint64(m.table[index(w>>24)])<<24
			if v&twoM3 == two3 {
				y := uint64(m.table[index(v)]) | uint64(m.table[index(v>>24)])<<24
				binary.LittleEndian.PutUint64(to, x|y<<48)
				binary.LittleEndian.PutUint32(to[8:], uint32(y>>16))
				i += 12
				continue
			}
			binary.LittleEndian.PutUint64(to, x)
			i += 6
		case w&ascii8 == 0:
			binary.LittleEndian.PutUint64(to, w)
			i += 8
		case w&mask3 == lead3:
			binary.LittleEndian.PutUint32(to, m.table[index(w)])
			i += 3
		default:
			to[0] = in[0]
			i++
		}
	}
	m.tail(out[i:], src[i:])
	return dst[:end]
}

func (m *Map) tail(out, src []byte) {
	for i := 0; i < len(src); {
		if i+3 <= len(src) {
			w := uint64(src[i]) | uint64(src[i+1])<<8 | uint64(src[i+2])<<16
			if w&mask3 == lead3 {
				x := m.table[index(w)]
				out[i], out[i+1], out[i+2] = byte(x), byte(x>>8), byte(x>>16)
				i += 3
				continue
			}
		}
		out[i] = src[i]
		i++
	}
}
