package model

import "encoding/binary"

// WordSet is a set of words of up to [MaxCrossing] characters, as a Bloom
// filter that keeps both bits of a word in one group of 64: it may hold a word
// that was never added, never the reverse.
type WordSet []byte

// NewWordSet returns an empty set of size bytes, a power of two from 8 on.
func NewWordSet(size int) WordSet { return make(WordSet, size) }

// Add adds a word of characters as [Normalize] gives them.
func (s WordSet) Add(word []uint32) {
	at, mask := s.place(word)
	group := s[at:]
	binary.LittleEndian.PutUint64(group, binary.LittleEndian.Uint64(group)|mask)
}

// Has tells whether the set may hold the word.
func (s WordSet) Has(word []uint32) bool {
	if len(s) < 8 {
		return false
	}
	at, mask := s.place(word)
	return binary.LittleEndian.Uint64(s[at:])&mask == mask
}

// wordFactors are odd numbers without a pattern, one for each character.
var wordFactors = [MaxCrossing]uint64{factorL0, factorL1, factorR0, factorR1}

// place is the offset of a word's group in bytes, and its bits.
func (s WordSet) place(word []uint32) (at, mask uint64) {
	h := uint64(len(word))
	for i, c := range word {
		h += uint64(c) * wordFactors[i&(MaxCrossing-1)]
	}
	h = spread(h)
	groups := uint64(len(s) / 8)
	return h >> 32 & (groups - 1) * 8, 1<<(h>>58) | 1<<(h>>52&63)
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

// Surround notes the words around a character, whose normalized form is c, and
// the classes of its neighbours.
func (d *Decider) Surround(c uint32, w *Window) {
	line := [5]uint32{w.Left[1], w.Left[0], c, w.Right[0], w.Right[1]}
	w.Words = 0
	for i, p := range wordPlaces {
		word := line[p[0]+2 : p[1]+3]
		if word[0] != 0 && word[len(word)-1] != 0 && d.common.Has(word) {
			w.Words |= 1 << i
		}
	}
	for i := range w.LeftClass {
		w.LeftClass[i], w.RightClass[i] = d.classes.of(w.Left[i]), d.classes.of(w.Right[i])
	}
}
