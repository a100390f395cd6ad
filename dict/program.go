package dict

import (
	"encoding/binary"
	"sort"
	"unicode/utf8"
)

// Program is a compiled [Recipe]: the tables of every stage and what the
// compiler has found out about them, which lets a converter take characters
// one by one nearly everywhere. Safe for concurrent use.
//
// Two kinds of pairs of adjacent characters carry the whole argument:
//
//   - A pair is soft if some key of some stage could match across it, and
//     hard if none can. Text can be cut at a hard pair and each side be
//     converted on its own.
//   - A pair is irregular if it stands for a key whose value differs from its
//     characters' values taken one by one; every such key is covered by at
//     least one pair. Text between two hard pairs without an irregular pair
//     inside is converted character by character.
type Program struct {
	Name          string
	Fingerprint   string // of the recipe, 16 hexadecimal digits
	Normalization []Stage
	Segmentation  *Table // nil: the whole text is one segment
	Stages        []Stage

	// Whole gives for each entry of Segmentation what the chain makes of the
	// key as a segment of its own.
	Whole Values

	// Chars tells what becomes of a character on its own.
	Chars *CharMap

	// Soft holds the soft pairs, by input characters, and perhaps those of another
	// program of the same file; for the irregular ones see [Program.AddIrregular].
	Soft *PairSet

	// Close holds the pairs that a phrase could match across whatever stands
	// beside them, Triples the triples of the other phrases; see [Program.Joins].
	Close   *PairSet
	Triples *TripleSet

	// Inner holds the pairs that a key could match across on entering a later stage
	// or, in a segment that is no phrase, the first one. Such a segment may be cut
	// at every other pair, and each piece goes through the chain on its own.
	Inner *PairSet

	// Pairs gives for each irregular pair of two 3-byte characters what the
	// program makes of the two as a text of their own; odd are the others.
	Pairs *PairMap
	odd   []byte

	// Isolated gives for texts of three characters and more what the program
	// makes of them: for the chain's irregular keys, led back to input, unless
	// they are phrases of Segmentation, and for those that are likely to stand
	// between two hard pairs. Empty if the program is a single stage, which
	// gives such results itself.
	Isolated *TextMap

	// Sparse tells that text holds few guards: characters of [CharMap] of which
	// every irregular pair of two 3-byte characters has one. So text without
	// guards and without other lengths has no irregular pair.
	Sparse bool

	// Edges has a bit for each ASCII character that stands in an irregular
	// pair, or for every one if ASCII text can change by itself. So a run of
	// ASCII that does not end with one of them is copied unseen.
	Edges [2]uint64

	// Windowed is false if the recipe breaks an assumption of the pairs
	// (a key that holds a description operator; a stage before the last that
	// deletes); then the whole text must run through the stages.
	Windowed bool

	// Reach is how many bytes after a description operator that begins no
	// sequence must run through the stages: a stage that shortens text could
	// complete the sequence for the next one.
	Reach int
}

// Edge tells whether the ASCII character c is among Edges.
func (p *Program) Edge(c byte) bool { return p.Edges[c>>6&1]>>(c&63)&1 != 0 }

// Joins tells whether a key could match across a soft pair of two 3-byte
// characters, the lowest six bytes of pair, that stands between the lowest three
// bytes of before and of after. Neighbours that are not of three bytes do not count.
func (p *Program) Joins(before, pair, after uint64) bool {
	return p.Inner.Has(pair) || p.Close.Has(pair) ||
		isThree(before) && p.Triples.Has(before&0xFFFFFF|pair<<24, pair>>24) ||
		isThree(after) && p.Triples.Has(pair, after)
}

// isThree tells whether the lowest three bytes of text are one character.
func isThree(text uint64) bool { return text&0xC0C0F0 == 0x8080E0 }

// CharMap holds what a program makes of single characters.
//
// A record is 8 bytes, little-endian: the code point (bits 0 to 20) with flags
// in bits 30 (guard) and 31 (trigger), then the pool offset of the result.
// Records are sorted by code point; a character without a record stays as it
// is and is neither.
type CharMap struct {
	records []byte
	pool    []byte
}

const (
	guardFlag   = 1 << 30
	triggerFlag = 1 << 31
	codeMask    = 1<<21 - 1
)

// Char is a record of a [CharMap].
type Char struct {
	Code   rune
	Result []byte // what becomes of it; the bytes belong to the map
	// Trigger: it needs the stages wherever it stands, because one of them
	// makes several characters of it.
	Trigger bool
	Guard   bool // see [Program.Sparse]
}

// Len is the number of records.
func (m *CharMap) Len() int { return len(m.records) / 8 }

// Record returns the i-th record.
func (m *CharMap) Record(i int) Char {
	head := binary.LittleEndian.Uint32(m.records[8*i:])
	offset := binary.LittleEndian.Uint32(m.records[8*i+4:])
	return Char{rune(head & codeMask), poolAt(m.pool, offset), head&triggerFlag != 0, head&guardFlag != 0}
}

// Lookup finds the record of c.
func (m *CharMap) Lookup(c rune) (char Char, found bool) {
	i := sort.Search(m.Len(), func(i int) bool {
		return rune(binary.LittleEndian.Uint32(m.records[8*i:])&codeMask) >= c
	})
	if i == m.Len() {
		return Char{}, false
	}
	char = m.Record(i)
	return char, char.Code == c
}

// appendChain runs a segment through the chain without a look at its
// neighbours.
func (p *Program) appendChain(dst, segment []byte) []byte {
	return appendStages(dst, segment, p.Stages)
}

func appendStages(dst, text []byte, stages []Stage) []byte {
	for _, stage := range stages {
		text, _ = stage.AppendConverted(nil, text, true)
	}
	return append(dst, text...)
}

// Convert is the plain meaning of the program, stage after stage over the
// whole text: what every faster way must equal.
func (p *Program) Convert(text []byte) []byte {
	text = appendStages(nil, text, p.Normalization)
	if p.Segmentation == nil {
		return p.appendChain(nil, text)
	}
	var out []byte
	p.Segment(text, func(segment []byte) { out = p.appendChain(out, segment) })
	return out
}

// Segment cuts normalised text into segments and calls yield for each: a
// matched phrase is a segment of its own, what lies between is another.
func (p *Program) Segment(text []byte, yield func(segment []byte)) {
	if p.Segmentation == nil {
		if len(text) > 0 {
			yield(text)
		}
		return
	}
	start, i := 0, 0
	for i < len(text) {
		entry, n := p.Segmentation.Longest(text[i:])
		if entry == 0 {
			i += UnitLen(text[i:])
			continue
		}
		if start < i {
			yield(text[start:i])
		}
		yield(text[i : i+n])
		i += n
		start = i
	}
	if start < i {
		yield(text[start:])
	}
}

func singleRune(s string) (rune, bool) {
	c, size := utf8.DecodeRuneInString(s)
	return c, size > 0 && size == len(s)
}
