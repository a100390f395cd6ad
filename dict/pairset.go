package dict

import (
	"encoding/binary"
	"math/bits"
)

// PairSet is a set of pairs of adjacent characters: a Bloom filter with two
// bits a pair in one 64-bit word. It may hold a pair that was never added (a
// false positive sends text the slow way, which gives the same bytes), never
// the reverse.
//
// A character is packed as its UTF-8 bytes in a little-endian integer (頭,
// E9 A0 AD, is 0xADA0E9), so that the fast loop takes the pair of two 3-byte
// characters straight from one 8-byte load.
type PairSet struct {
	words []uint64
	shift uint // 64 minus the binary logarithm of the number of words
}

// Has tells whether the pair of packed characters may be in the set.
func (s *PairSet) Has(left, right uint32) bool {
	return s.HasKey(PairKey(left, right))
}

// PairKey joins two packed characters. Of two 3-byte characters it is the
// first six bytes of the text.
func PairKey(left, right uint32) uint64 { return uint64(left) + uint64(right)<<24 }

// HasKey is [PairSet.Has] for a joined pair.
func (s *PairSet) HasKey(key uint64) bool {
	hash := key * hashFactor
	word := s.words[hash>>(s.shift&63)]
	return word>>(hash>>34&63)&(word>>(hash>>40&63))&1 != 0
}

func (s *PairSet) add(left, right uint32) {
	hash := PairKey(left, right) * hashFactor
	s.words[hash>>s.shift] |= 1<<(hash>>34&63) | 1<<(hash>>40&63)
}

// newPairSet sizes the filter by the number of bits a pair: 64 give about one
// false positive in 1,000, 16 one in 60.
func newPairSet(pairs map[[2]rune]bool, bitsPerPair int) *PairSet {
	logWords := max(6, bits.Len(uint(len(pairs)*bitsPerPair/64)))
	s := &PairSet{words: make([]uint64, 1<<logWords), shift: 64 - uint(logWords)}
	for p := range pairs {
		s.add(Pack(p[0]), Pack(p[1]))
	}
	return s
}

func (s *PairSet) encode() []byte {
	var data []byte
	for _, word := range s.words {
		data = binary.LittleEndian.AppendUint64(data, word)
	}
	return data
}

func decodePairSet(data []byte) *PairSet {
	s := &PairSet{words: make([]uint64, len(data)/8)}
	for i := range s.words {
		s.words[i] = binary.LittleEndian.Uint64(data[8*i:])
	}
	s.shift = 64 - uint(bits.Len(uint(len(s.words)-1)))
	return s
}

// Pack returns the UTF-8 bytes of c as a little-endian integer.
func Pack(c rune) uint32 {
	switch b := uint32(c); {
	case c < 0x80:
		return b
	case c < 0x800:
		return 0xC0 | b>>6 | (0x80|b&0x3F)<<8
	case c < 0x10000:
		return 0xE0 | b>>12 | (0x80|b>>6&0x3F)<<8 | (0x80|b&0x3F)<<16
	default:
		return 0xF0 | b>>18 | (0x80|b>>12&0x3F)<<8 | (0x80|b>>6&0x3F)<<16 | (0x80|b&0x3F)<<24
	}
}
