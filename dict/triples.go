package dict

import (
	"math/bits"
)

// TripleSet is a [PairSet] of triples of adjacent 3-byte characters.
type TripleSet struct{ pairs PairSet }

// Has tells whether a triple may be in the set: the pair in the lowest six
// bytes of key, see [PairKey], and behind it the character in the lowest three
// of third. What stands above does not count.
func (s *TripleSet) Has(key, third uint64) bool {
	return s.pairs.hasHash(tripleHash(key, third))
}

func tripleHash(key, third uint64) uint64 {
	const factor = 0xD6E8_FEB8_6659_FD93
	return pairHash(key) + third&0xFFFFFF*factor
}

func newTripleSet(triples map[[3]rune]bool) *TripleSet {
	s := TripleSet{*pairSet(make([]byte, 8<<max(6, bits.Len(uint(len(triples)/4)))))}
	for t := range triples {
		s.pairs.add(tripleHash(PairKey(Pack(t[0]), Pack(t[1])), uint64(Pack(t[2]))))
	}
	return &s
}
