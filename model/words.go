package model

import "math/bits"

// WordSet is a set of words, as a Bloom filter with two bits a word: it may
// hold a word that was never added, never the reverse.
type WordSet []byte

// NewWordSet returns an empty set of size bytes, a power of two.
func NewWordSet(size int) WordSet { return make(WordSet, size) }

// Add adds a word of characters as [Normalize] gives them.
func (s WordSet) Add(word []uint32) {
	for _, bit := range s.bits(word) {
		s[bit/8] |= 1 << (bit % 8)
	}
}

// Has tells whether the set may hold the word.
func (s WordSet) Has(word []uint32) bool {
	b := s.bits(word)
	return len(s) > 0 && s[b[0]/8]>>(b[0]%8)&1 != 0 && s[b[1]/8]>>(b[1]%8)&1 != 0
}

func (s WordSet) bits(word []uint32) [2]uint64 {
	h := uint64(len(word))
	for _, c := range word {
		h = spread(h*factorL1 + uint64(c))
	}
	if len(s) == 0 {
		return [2]uint64{}
	}
	shift := 64 - uint(bits.TrailingZeros(uint(len(s)))) - 3
	return [2]uint64{h >> shift, h * factorL0 >> shift}
}

// MaxCrossing is the length of the longest word that is looked for across the
// borders of an item, in characters.
const MaxCrossing = 4

// Cross looks for words that lie across a border of the item: 组织 in 少数组织
// crosses the right one of 数组, 少数 the left one.
func (d *Decider) Cross(it *Item, w *Window) {
	if len(it.folded) < 2 {
		return
	}
	var buffer [MaxCrossing]uint32
	for inside := 1; inside < len(it.folded) && inside < MaxCrossing; inside++ {
		for outside := 1; inside+outside <= MaxCrossing; outside++ {
			if w.Left[outside-1] != 0 {
				word := buffer[:0]
				for k := outside - 1; k >= 0; k-- {
					word = append(word, w.Left[k])
				}
				word = append(word, it.folded[:inside]...)
				w.CrossLeft = w.CrossLeft || d.common.Has(word)
			}
			if w.Right[outside-1] != 0 {
				word := append(buffer[:0], it.folded[len(it.folded)-inside:]...)
				word = append(word, w.Right[:outside]...)
				w.CrossRight = w.CrossRight || d.common.Has(word)
			}
		}
	}
}

// wordPlaces are where around a character words tell it apart: as distances
// from it, from and to, 0 being the character itself.
//
//	-2  -1   0  +1  +2
//	 └───┘                  before it
//	     └───┘              with the left neighbour
//	 └───────┘
//	     └───────┘          with both
//	         └───┘          with the right neighbour
//	         └───────┘
//	             └───┘      behind it
var wordPlaces = [...][2]int{{-2, -1}, {-1, 0}, {-2, 0}, {-1, 1}, {0, 1}, {0, 2}, {1, 2}}

// Surround notes the words around a character, whose normalized form is c.
func (d *Decider) Surround(c uint32, w *Window) {
	line := [5]uint32{w.Left[1], w.Left[0], c, w.Right[0], w.Right[1]}
	w.Words = 0
	for i, p := range wordPlaces {
		word := line[p[0]+2 : p[1]+3]
		if word[0] != 0 && word[len(word)-1] != 0 && d.common.Has(word) {
			w.Words |= 1 << i
		}
	}
}
