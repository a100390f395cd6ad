package dict

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
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
//
// Bits 48 and up of key do not count, so that it may be any eight bytes of
// text that begin with the pair.
func (s *PairSet) HasKey(key uint64) bool {
	hash := PairHash(key)
	word := s.words[hash>>(s.shift&63)]
	return word>>(hash>>PairBitA&63)&(word>>(hash>>PairBitB&63))&1 != 0
}

// PairHash is the hash of a joined pair. Its highest bits choose the word,
// the six bits from [PairBitA] and those from [PairBitB] on the two bits.
func PairHash(key uint64) uint64 {
	const factor uint64 = hashFactor << 16 & math.MaxUint64
	return key * factor
}

// Where [PairHash] keeps the numbers of the two bits.
const (
	PairBitA = 28
	PairBitB = 34
)

// Spread fills words, whose number is a power of two, with the filter's bits,
// so that the highest bits of [PairHash] choose the word there, too. With
// fewer words than the filter has, more pairs are false positives.
func (s *PairSet) Spread(words []uint64) {
	clear(words)
	copies, folded := max(1, len(words)/len(s.words)), max(1, len(s.words)/len(words))
	for i, word := range s.words {
		at := i / folded * copies
		for j := range copies {
			words[at+j] |= word
		}
	}
}

func (s *PairSet) add(left, right uint32) {
	hash := PairHash(PairKey(left, right))
	s.words[hash>>s.shift] |= 1<<(hash>>PairBitA&63) | 1<<(hash>>PairBitB&63)
}

// newPairSet sizes the filter by the number of bits a pair: 64 give about one
// false positive in 1,000, 16 one in 60.
func newPairSet(pairs map[[2]rune]bool, bitsPerPair int) *PairSet {
	s := emptyPairSet(len(pairs) * bitsPerPair)
	for p := range pairs {
		s.add(Pack(p[0]), Pack(p[1]))
	}
	return s
}

func emptyPairSet(n int) *PairSet {
	logWords := max(6, bits.Len(uint(n/64)))
	return &PairSet{words: make([]uint64, 1<<logWords), shift: 64 - uint(logWords)}
}

// irregularSet joins the pairs of a map with those that a map cannot hold.
func irregularSet(m *PairMap, odd []byte) *PairSet {
	s := emptyPairSet(4*len(m.slots) + 8*len(odd)) // some 64 bits a pair
	for left, right := range m.All() {
		s.add(Pack(left), Pack(right))
	}
	for ; len(odd) > 0; odd = odd[8:] {
		s.add(binary.LittleEndian.Uint32(odd), binary.LittleEndian.Uint32(odd[4:]))
	}
	return s
}

// oddPairs encodes the pairs that a [PairMap] cannot hold: 8 bytes each, the
// two packed characters.
func oddPairs(pairs map[[2]rune]bool) []byte {
	var keys []uint64
	for p := range pairs {
		if !threeBytes(p[0]) || !threeBytes(p[1]) {
			keys = append(keys, uint64(Pack(p[0]))|uint64(Pack(p[1]))<<32)
		}
	}
	slices.Sort(keys)
	var data []byte
	for _, key := range keys {
		data = binary.LittleEndian.AppendUint64(data, key)
	}
	return data
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
