package dict

import (
	"encoding/binary"
	"iter"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// PairSet is a set of pairs of adjacent characters: a Bloom filter with three
// bits a pair in one 64-bit word. It may hold a pair that was never added (a
// false positive sends text the slow way, which gives the same bytes), never
// the reverse. It reads its data in place and is safe for concurrent use.
//
// A character is packed as its UTF-8 bytes in a little-endian integer (頭,
// E9 A0 AD, is 0xADA0E9), so that the fast loop takes the pair of two 3-byte
// characters straight from one 8-byte load.
type PairSet struct {
	words []byte // 8 bytes a word, little-endian
	shift uint   // 64 minus the binary logarithm of the number of words
}

// PairKey joins two packed characters. Of two 3-byte characters it is the
// first six bytes of the text.
func PairKey(left, right uint32) uint64 { return uint64(left) + uint64(right)<<24 }

// Has tells whether a pair, joined by [PairKey], may be in the set.
//
// Bits 48 and up of key do not count, so that it may be any eight bytes of
// text that begin with the pair.
func (s *PairSet) Has(key uint64) bool {
	return s.hasHash(pairHash(key))
}

func (s *PairSet) hasHash(hash uint64) bool {
	i := hash >> (s.shift & 63) * 8
	word := binary.LittleEndian.Uint64(s.words[i : i+8])
	mask := pairMask(hash) | 1<<(hash>>bitC&63)
	return word&mask == mask
}

func (s *PairSet) add(hash uint64) {
	word := s.words[hash>>s.shift*8:]
	binary.LittleEndian.PutUint64(word, binary.LittleEndian.Uint64(word)|pairMask(hash)|1<<(hash>>bitC&63))
}

// pairHash is the hash of a joined pair. Its highest bits choose the word, six
// lower ones each of the bits.
func pairHash(key uint64) uint64 {
	const factor uint64 = hashFactor << 16 & math.MaxUint64
	return key * factor
}

const bitA, bitB, bitC = 28, 34, 40 // where pairHash keeps the numbers of the bits

func pairMask(hash uint64) uint64 { return 1<<(hash>>bitA&63) | 1<<(hash>>bitB&63) }

// newPairSet gives each pair so many bits or more. 16 make about one false positive
// in 150, 8 one in 80.
func newPairSet(pairs map[[2]rune]bool, each int) *PairSet {
	s := emptyPairSet(len(pairs) * each)
	for p := range pairs {
		s.add(pairHash(PairKey(Pack(p[0]), Pack(p[1]))))
	}
	return s
}

// emptyPairSet has so many bits or more.
func emptyPairSet(size int) *PairSet {
	return pairSet(make([]byte, 8<<max(6, bits.Len(uint(size/64)))))
}

// pairSet reads words, whose number is a power of two.
func pairSet(words []byte) *PairSet {
	return &PairSet{words: words, shift: 64 - uint(bits.Len(uint(len(words)/8-1)))}
}

// PairFilter is a [PairSet] of a fixed size for the innermost loops. It gives
// the pairs of the built-in programs at least 100 bits each. It is safe for
// concurrent use once it is filled.
type PairFilter struct {
	mask  uint64 // of the numbers of the words in use
	words [1 << filterBits]uint64
}

const filterBits = 14

// Has tells whether a pair, joined by [PairKey], may be in the set. Bits 48 and
// up of key do not count.
func (f *PairFilter) Has(key uint64) bool {
	hash := pairHash(key)
	word := f.words[hash>>(64-filterBits)&f.mask]
	return word>>(hash>>bitA&63)&1 != 0 && word>>(hash>>bitB&63)&1 != 0
}

func (f *PairFilter) add(left, right uint32) {
	hash := pairHash(PairKey(left, right))
	f.words[hash>>(64-filterBits)&f.mask] |= pairMask(hash)
}

// AddIrregular adds the program's irregular pairs to f, which is empty: those
// that Pairs holds and those that it cannot hold. If the program is sparse, and so
// f seldom asked, f takes memory for as many words as it needs only.
func (p *Program) AddIrregular(f *PairFilter) {
	f.mask = 1<<filterBits - 1
	if slots := uint64(len(p.Pairs.slots)+len(p.odd)) / 8; p.Sparse {
		f.mask = min(f.mask, 1<<max(9, bits.Len64(slots))-1)
	}
	for left, right := range p.Pairs.All() {
		f.add(Pack(left), Pack(right))
	}
	for odd := p.odd; len(odd) > 0; odd = odd[8:] {
		f.add(binary.LittleEndian.Uint32(odd), binary.LittleEndian.Uint32(odd[4:]))
	}
}

// OddCharacters yields the characters, some of them more than once, of the
// irregular pairs in which one has not three bytes.
func (p *Program) OddCharacters() iter.Seq[rune] {
	return func(yield func(rune) bool) {
		for odd := p.odd; len(odd) > 0; odd = odd[4:] {
			if c, _ := utf8.DecodeRune(odd[:4]); !yield(c) {
				return
			}
		}
	}
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
