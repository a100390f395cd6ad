package dict

import (
	"encoding/binary"
	"math/bits"
)

// TextMap maps short texts to what becomes of them, for a text that is known
// to its end. It reads its data in place and is safe for concurrent use.
//
// The slots of the open-addressing hash table are 8 bytes, little-endian; 0 is
// an empty one. In the pool a text's result stands behind the text:
//
//	 63          32 31           0
//	┌──────────────┬──────────────┐
//	│ of the hash  │ pool offset  │ ──▶ pool: "\x09软件包" "\x06套件"
//	└──────────────┴──────────────┘
type TextMap struct {
	slots []byte
	shift uint // 64 minus the binary logarithm of the number of slots
	pool  []byte
}

// Lookup returns what becomes of text and tells whether the map has it. The
// bytes belong to the map.
func (m *TextMap) Lookup(text []byte) (result []byte, found bool) {
	hash := textHash(text)
	i := hash >> m.shift
	for {
		slot := binary.LittleEndian.Uint64(m.slots[8*i:])
		if slot == 0 {
			return nil, false
		}
		if slot>>32 == textTag(hash) {
			record := m.pool[uint32(slot):]
			if key := poolAt(record, 0); string(key) == string(text) {
				return poolAt(record, uint32(textSize(key))), true
			}
		}
		i = (i + 1) & uint64(len(m.slots)/8-1)
	}
}

// textHash is a hash of the first and the last eight bytes, which is all of
// nearly every text.
func textHash(text []byte) uint64 {
	if len(text) < 8 {
		var padded [8]byte
		copy(padded[:], text)
		return binary.LittleEndian.Uint64(padded[:]) * hashFactor
	}
	first, last := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[len(text)-8:])
	return (bits.RotateLeft64(first*hashFactor, 32) ^ last) * hashFactor
}

// textTag is what a slot keeps of the hash; it is never 0.
func textTag(hash uint64) uint64 { return hash>>16&0xFFFFFFFF | 1 }

// textSize is how many bytes text takes in a pool.
func textSize(text []byte) int {
	n := uint(len(text))
	return len(text) + max(1, (bits.Len(n)+6)/7)
}

// newTextMap fills at most two thirds of the slots, so that a miss ends soon.
// The keys of pairs are unique.
func newTextMap(pairs []pair, p *pool) *TextMap {
	m := textMap(make([]byte, 8<<max(1, bits.Len(uint(len(pairs)*3/2)))), nil)
	for _, kv := range pairs {
		hash := textHash([]byte(kv.key))
		i := hash >> m.shift
		for binary.LittleEndian.Uint64(m.slots[8*i:]) != 0 {
			i = (i + 1) & uint64(len(m.slots)/8-1)
		}
		binary.LittleEndian.PutUint64(m.slots[8*i:], textTag(hash)<<32|uint64(p.record(kv)))
	}
	m.pool = p.bytes
	return m
}

// textMap reads slots, whose number is a power of two.
func textMap(slots, pool []byte) *TextMap {
	return &TextMap{slots: slots, shift: 64 - uint(bits.Len(uint(len(slots)/8-1))), pool: pool}
}
