package han

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

// engine converts text as its program says, taking characters one by one
// wherever that gives the same bytes.
//
//	           hard      soft soft      hard
//	            │          │    │         │
//	… 看 着 头 ┃ 发 │ 现 ┃ 头 │ 发 │ 很 ┃ 长 …
//	 one by one ┃         ┃  irregular   ┃ one by one
//	            ┃         ┃   window     ┃
//
// A pair of neighbours is hard if no key of any stage can match across it, so
// text may be cut there and each side converted on its own. Between two hard
// pairs, text without an irregular pair converts character by character: an
// irregular key is one whose value differs from its characters' values, each
// such key holds an irregular pair, and every other key changes nothing
// whether it matches or not. (By induction over the stages: if a stage has
// only seen regular matches, its output is that of the characters, so the
// next stage's keys can be led back to input pairs.)
//
// So the engine copies characters through a table and asks of each pair one
// question: irregular? On yes it steps back to the last hard pair, takes back
// what it wrote since, goes on to the next hard pair, and sends that window
// through the stages as OpenCC does.
//
// Ideographic description sequences are copied whole. An operator that begins
// no sequence sends what follows through the stages, because a stage that
// changes lengths may complete the sequence for the next one.
type engine struct {
	program   *dict.Program
	irregular *dict.PairSet
	chars     *dict.CharMap
	// table tells for each code point of the BMP what becomes of it alone:
	// three bytes of UTF-8 in the low 24 bits, above them one of the kinds.
	table [1 << 16]uint32
	// edge marks the ASCII characters that must not be copied unseen: they
	// stand in an irregular pair or do not stay as they are.
	edge [utf8.RuneSelf]bool
	// phrases is set if the program is one stage without segmentation that
	// asks this table first and then single characters.
	phrases *dict.Table
	streams sync.Pool
}

// The kinds of table entries.
const (
	kindPlain    = 0 << 24 // three bytes become the three bytes of the entry
	kindCopy     = 1 << 24 // stays as it is
	kindLookup   = 2 << 24 // see engine.chars
	kindTrigger  = 3 << 24 // needs a window wherever it stands
	kindOperator = 4 << 24 // begins an ideographic description sequence
	kindMask     = 0xFF << 24
)

func newEngine(p *dict.Program) *engine {
	e := &engine{program: p, irregular: p.Irregular, chars: p.Chars, table: *identityTable()}
	for i := range p.Chars.Len() {
		c, result, trigger := p.Chars.Record(i)
		switch {
		case c > 0xFFFF:
		case trigger:
			e.table[c] = kindTrigger
		case c >= 0x800 && len(result) == 3:
			e.table[c] = uint32(result[0]) | uint32(result[1])<<8 | uint32(result[2])<<16
		default:
			e.table[c] = kindLookup
		}
	}
	for c := range e.edge {
		e.edge[c] = p.Edge(byte(c))
	}
	if p.Segmentation == nil && len(p.Stages) == 1 && p.Stages[0].CharactersAfterFirst() {
		e.phrases = p.Stages[0][0]
	}
	e.streams.New = func() any { return newStream(e) }
	return e
}

var identityTable = sync.OnceValue(func() *[1 << 16]uint32 {
	table := new([1 << 16]uint32)
	for c := range rune(len(table)) {
		switch {
		case c < 0x800 || 0xD800 <= c && c <= 0xDFFF:
			table[c] = kindCopy
		case dict.IsDescriptionOperator(c):
			table[c] = kindOperator
		default:
			table[c] = dict.Pack(c)
		}
	}
	return table
})

// convert converts src from a hard boundary on and appends to dst. Unless end
// says that no text follows, it stops at the last hard boundary that src
// alone decides. It returns how much of src it has consumed; unfinished means
// that src goes on with a description operator that begins no sequence.
//
// Windows that need the chain borrow scratch, whose layers hold nothing.
func (e *engine) convert(dst, src []byte, end bool, scratch *layers) (out []byte, consumed int, unfinished bool) {
	floor := 0 // no window reaches back beyond it
	for i := 0; ; {
		n := e.convertPlain(dst[len(dst):cap(dst)], src[i:])
		dst, i = dst[:len(dst)+n], i+n
		step, size := e.next(src[i:], end)
		switch step {
		case stepCharacter:
			dst = e.appendChar(dst, src[i:i+size])
			i += size
		case stepSequence:
			dst = append(dst, src[i:i+size]...)
			i += size
			floor = i
		case stepWindow:
			start := e.windowStart(src, floor, i)
			stop := e.windowEnd(src, i, end)
			dst = dst[:len(dst)-e.plainLen(src[start:i])]
			if stop < 0 {
				return dst, start, false
			}
			dst = e.window(dst, src[start:stop], scratch)
			i, floor = stop, stop
		case stepUnfinished:
			return dst, i, true
		case stepUndecided:
			cut := e.lastCut(src, floor, i)
			return dst[:len(dst)-e.plainLen(src[cut:i])], cut, false
		case stepEnd:
			return dst, i, false
		}
	}
}

// convertPlain converts what makes up nearly all text: ASCII, and 3-byte
// characters that become three bytes. It goes on for as long as no pair is
// irregular, and returns how many bytes it has read, which is how many it has
// written. It stops eight bytes before either end.
func (e *engine) convertPlain(dst, src []byte) int {
	table, irregular := &e.table, e.irregular
	limit := min(len(dst), len(src)) - 8
	i := 0
	for i <= limit {
		const lead, tail = 0xC0C0F0, 0x8080E0 // of a 3-byte character
		w := binary.LittleEndian.Uint64(src[i:])
		if w&lead == tail {
			x := table[uint16(w&0xF<<12|w>>2&0xFC0|w>>16&0x3F)]
			if x >= kindCopy {
				break
			}
			if w&(lead<<24) == tail<<24 {
				if irregular.HasKey(w & (1<<48 - 1)) {
					break
				}
			} else if next := byte(w >> 24); next >= utf8.RuneSelf || e.edge[next] {
				break
			}
			binary.LittleEndian.PutUint32(dst[i:], x)
			i += 3
			continue
		}
		ascii := bits.TrailingZeros64(w&0x80808080_80808080) / 8
		if ascii == 0 || e.edge[byte(w>>(8*uint(ascii)-8))] {
			break
		}
		binary.LittleEndian.PutUint64(dst[i:], w)
		i += ascii
	}
	return i
}

// step is what the engine does next where convertPlain stops.
type step int

const (
	stepCharacter  step = iota // convert one character by itself
	stepSequence               // copy a description sequence; no key reaches over it
	stepWindow                 // open a window
	stepUnfinished             // a description operator without its sequence
	stepUndecided              // src is too short to tell
	stepEnd                    // src is empty and no text follows
)

// next looks at the character at the start of src, and at its right neighbour
// for the pair that the two form. Size is that of what the step takes.
func (e *engine) next(src []byte, end bool) (s step, size int) {
	if len(src) == 0 || !end && !utf8.FullRune(src) {
		if end {
			return stepEnd, 0
		}
		return stepUndecided, 0
	}
	c, size := dict.Decode(src)
	switch e.kind(c) {
	case kindOperator:
		return nextDescription(src, size, end)
	case kindTrigger:
		return stepWindow, size
	}
	rest := src[size:]
	if !end && !utf8.FullRune(rest) {
		return stepUndecided, 0
	}
	if len(rest) > 0 && c != dict.Invalid {
		right, _ := dict.Decode(rest)
		if right != dict.Invalid && e.irregular.Has(dict.Pack(c), dict.Pack(right)) {
			return stepWindow, size
		}
	}
	return stepCharacter, size
}

func nextDescription(src []byte, size int, end bool) (step, int) {
	if n := dict.DescriptionLen(src); n > 0 {
		return stepSequence, n
	}
	if !end && len(src) < dict.MaxDescription {
		return stepUndecided, 0
	}
	return stepUnfinished, size
}

// kind classifies a character; those beyond the BMP have no table entry.
func (e *engine) kind(c rune) uint32 {
	if uint32(c) <= 0xFFFF {
		return e.table[c] & kindMask
	}
	if _, trigger, found := e.chars.Lookup(c); found && trigger {
		return kindTrigger
	}
	return kindLookup
}

// appendChar appends what becomes of one character, whose bytes are given, on
// its own.
func (e *engine) appendChar(dst, char []byte) []byte {
	c, _ := dict.Decode(char)
	if uint32(c) <= 0xFFFF {
		switch x := e.table[c]; x & kindMask {
		case kindPlain:
			return append(dst, byte(x), byte(x>>8), byte(x>>16))
		case kindCopy, kindOperator:
			return append(dst, char...)
		}
	}
	if result, _, found := e.chars.Lookup(c); found {
		return append(dst, result...)
	}
	return append(dst, char...)
}

// plainLen is the length of what src becomes character by character.
func (e *engine) plainLen(src []byte) int {
	n := 0
	for len(src) > 0 {
		c, size := dict.Decode(src)
		n += size
		if k := e.kind(c); k == kindLookup || k == kindTrigger {
			if result, _, found := e.chars.Lookup(c); found {
				n += len(result) - size
			}
		}
		src = src[size:]
	}
	return n
}
