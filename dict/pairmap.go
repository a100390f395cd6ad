package dict

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"math/bits"
	"slices"
)

// PairMap maps pairs of 3-byte characters to what becomes of them. It reads
// its data in place and is safe for concurrent use.
//
// The slots of the open-addressing hash table are 8 bytes, little-endian; 0 is
// an empty one. Most pairs become two other 3-byte characters, which stand in
// the slot; what else a pair may become is in the pool, and a surrogate, which
// is no character, tells so:
//
//	 63       48 47        32 31       16 15        0
//	┌───────────┬────────────┬───────────┬───────────┐
//	│   left    │   right    │   left    │   right   │ of what they become
//	└───────────┴────────────┼───────┬───┴───────────┤
//	                         │ 11011 │  pool offset  │
//	                         └───────┴───────────────┘
//	                          31   27 26            0
type PairMap struct {
	slots []byte
	shift uint // 64 minus the binary logarithm of the number of slots
	pool  []byte
}

const (
	inPool     = 0xD800 << 16 // of a slot, if its result is in the pool
	offsetBits = 27
)

// PairResult is what becomes of a pair, as its map keeps it; 0 is none.
type PairResult uint64

// Two tells whether the result is two 3-byte characters.
func (r PairResult) Two() bool { return r != 0 && r>>offsetBits&0x1F != inPool>>offsetBits }

// Bytes returns the six bytes of two characters in a little-endian integer.
func (r PairResult) Bytes() uint64 { return twoChars(uint64(r)) }

// Has tells whether the map has the pair in the lowest six bytes of key, see
// [PairKey].
func (m *PairMap) Has(key uint64) bool { return m.Find(key) != 0 }

// AppendResult appends what becomes of the pair in the lowest six bytes of key
// and tells whether the map has it.
func (m *PairMap) AppendResult(dst []byte, key uint64) (out []byte, found bool) {
	r := m.Find(key)
	return m.Append(dst, r), r != 0
}

// Append appends the bytes of a result.
func (m *PairMap) Append(dst []byte, r PairResult) []byte {
	if r.Two() {
		two := r.Bytes()
		return append(dst, byte(two), byte(two>>8), byte(two>>16), byte(two>>24), byte(two>>32), byte(two>>40))
	}
	if r == 0 {
		return dst
	}
	return append(dst, poolAt(m.pool, uint32(r)&(1<<offsetBits-1))...)
}

// Swift is [PairMap.Find] where it ends at once: not for all pairs, but for
// nearly all that stand in text.
func (m *PairMap) Swift(key uint64) PairResult {
	slot := binary.LittleEndian.Uint64(m.slots[pairHash(key)>>(m.shift&63)*8:])
	if slot>>32 != codeUnits(key) {
		return 0
	}
	return PairResult(slot)
}

// Find returns what becomes of the pair in the lowest six bytes of key.
func (m *PairMap) Find(key uint64) PairResult {
	want := codeUnits(key)
	i := pairHash(key) >> m.shift
	for {
		slot := binary.LittleEndian.Uint64(m.slots[8*i:])
		if slot == 0 || slot>>32 == want {
			return PairResult(slot)
		}
		i = (i + 1) & uint64(len(m.slots)/8-1)
	}
}

// All yields the pairs, in no order that matters.
func (m *PairMap) All() iter.Seq2[rune, rune] {
	return func(yield func(left, right rune) bool) {
		for i := 0; i < len(m.slots); i += 8 {
			slot := binary.LittleEndian.Uint64(m.slots[i:])
			if slot != 0 && !yield(rune(slot>>48), rune(slot>>32&0xFFFF)) {
				return
			}
		}
	}
}

// codeUnits joins the code points of the two 3-byte characters in key.
func codeUnits(key uint64) uint64 {
	const chars = 1<<24 + 1 // two side by side, in 24 bits each
	both := key&(0xF*chars)<<12 | key>>2&(0xFC0*chars) | key>>16&(0x3F*chars)
	return both&0xFFFF<<16 | both>>24
}

// twoChars is the UTF-8 of the two 3-byte characters in the lowest 32 bits.
func twoChars(units uint64) uint64 {
	const chars = 1<<24 + 1
	both := units>>16&0xFFFF | units&0xFFFF<<24
	return 0x8080E0*chars | both>>12&(0xF*chars) | both<<2&(0x3F00*chars) | both<<16&(0x3F0000*chars)
}

// newPairMap fills at most two thirds of the slots, so that a miss ends soon,
// and lets the most frequent pairs have the slots where a search begins. It
// fails if the pool is too large.
func newPairMap(pairs map[[2]rune]string, u *Usage, p *pool) (*PairMap, error) {
	m := pairMap(make([]byte, 8<<max(1, bits.Len(uint(len(pairs)*3/2)))), nil)
	byUse := slices.SortedFunc(maps.Keys(pairs), func(p, q [2]rune) int {
		return cmp.Or(cmp.Compare(u.pair(q[0], q[1]), u.pair(p[0], p[1])), slices.Compare(p[:], q[:]))
	})
	for _, k := range byUse {
		result, err := pairResult(pairs[k], p)
		if err != nil {
			return nil, err
		}
		i := pairHash(PairKey(Pack(k[0]), Pack(k[1]))) >> m.shift
		for binary.LittleEndian.Uint64(m.slots[8*i:]) != 0 {
			i = (i + 1) & uint64(len(m.slots)/8-1)
		}
		binary.LittleEndian.PutUint64(m.slots[8*i:], uint64(k[0])<<48|uint64(k[1])<<32|uint64(result))
	}
	m.pool = p.bytes
	return m, nil
}

// pairResult is the lower half of a slot.
func pairResult(text string, p *pool) (uint32, error) {
	if chars := []rune(text); len(chars) == 2 && len(text) == 6 && threeBytes(chars[0]) && threeBytes(chars[1]) {
		return uint32(chars[0])<<16 | uint32(chars[1]), nil
	}
	offset := p.intern(text)
	if offset >= 1<<offsetBits {
		return 0, fmt.Errorf("values too large: %d bytes, at most %d; split them into several dictionaries", offset, 1<<offsetBits-1)
	}
	return inPool | offset, nil
}

// pairMap reads slots, whose number is a power of two.
func pairMap(slots, pool []byte) *PairMap {
	return &PairMap{slots: slots, shift: 64 - uint(bits.Len(uint(len(slots)/8-1))), pool: pool}
}
