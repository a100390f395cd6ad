package dict

// TripleSet is a [PairSet] of triples of adjacent 3-byte characters.
type TripleSet struct{ hashes PairSet }

// Has tells whether a triple may be in the set. Its first two characters are the
// lowest six bytes of pair, see [PairKey], its last one the lowest three of
// third; bits above these do not count.
func (s *TripleSet) Has(pair, third uint64) bool { return s.hashes.hasHash(tripleHash(pair, third)) }

// tripleHash spreads the third character by an odd factor of its own.
func tripleHash(pair, third uint64) uint64 {
	const factor = 0xD6E8_FEB8_6659_FD93
	return pairHash(pair) + third&0xFFFFFF*factor
}

// newTripleSet gives each triple at least 16 bits.
func newTripleSet(triples map[[3]rune]bool) *TripleSet {
	s := TripleSet{*emptyPairSet(16 * len(triples))}
	for t := range triples {
		s.hashes.add(tripleHash(PairKey(Pack(t[0]), Pack(t[1])), uint64(Pack(t[2]))))
	}
	return &s
}
