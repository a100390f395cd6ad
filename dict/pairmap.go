package dict

import (
	"cmp"
	"encoding/binary"
	"iter"
	"maps"
	"math/bits"
	"slices"
)

// PairMap maps pairs of 3-byte characters to what becomes of them. It reads
// its data in place and is safe for concurrent use.
//
// The slots of the open-addressing hash table are 8 bytes, little-endian; 0 is
// an empty one:
//
//	 63       48 47        32 31            0
//	┌───────────┬────────────┬──────────────┐
//	│   left    │   right    │ pool offset  │
//	└───────────┴────────────┴──────────────┘
type PairMap struct {
	slots []byte
	shift uint // 64 minus the binary logarithm of the number of slots
	pool  []byte
}

// Lookup returns what becomes of the pair in the lowest six bytes of key, see
// [PairKey], or nil if the map does not have it. The bytes belong to the map.
func (m *PairMap) Lookup(key uint64) []byte {
	want := uint32(codeUnit(key))<<16 | uint32(codeUnit(key>>24))
	i := pairHash(key) >> m.shift
	for {
		slot := binary.LittleEndian.Uint64(m.slots[8*i:])
		if uint32(slot>>32) == want {
			return poolAt(m.pool, uint32(slot))
		}
		if slot == 0 {
			return nil
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

// codeUnit decodes the 3-byte character in the lowest bytes of w.
func codeUnit(w uint64) uint16 { return uint16(w&0xF<<12 | w>>2&0xFC0 | w>>16&0x3F) }

// newPairMap fills at most two thirds of the slots, so that a miss ends soon,
// and lets the most frequent pairs have the slots where a search begins.
func newPairMap(pairs map[[2]rune]string, u *Usage, p *pool) *PairMap {
	m := pairMap(make([]byte, 8<<max(1, bits.Len(uint(len(pairs)*3/2)))), nil)
	byUse := slices.SortedFunc(maps.Keys(pairs), func(p, q [2]rune) int {
		return cmp.Or(cmp.Compare(u.pair(q[0], q[1]), u.pair(p[0], p[1])), slices.Compare(p[:], q[:]))
	})
	for _, k := range byUse {
		i := pairHash(PairKey(Pack(k[0]), Pack(k[1]))) >> m.shift
		for binary.LittleEndian.Uint64(m.slots[8*i:]) != 0 {
			i = (i + 1) & uint64(len(m.slots)/8-1)
		}
		binary.LittleEndian.PutUint64(m.slots[8*i:], uint64(k[0])<<48|uint64(k[1])<<32|uint64(p.intern(pairs[k])))
	}
	m.pool = p.bytes
	return m
}

// pairMap reads slots, whose number is a power of two.
func pairMap(slots, pool []byte) *PairMap {
	return &PairMap{slots: slots, shift: 64 - uint(bits.Len(uint(len(slots)/8-1))), pool: pool}
}
