package han

import (
	"encoding/binary"
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
	table   [1 << 16]uint32
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
	e := &engine{program: p, irregular: p.Irregular, chars: p.Chars, table: identityTable()}
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
	e.streams.New = func() any { return newStream(e) }
	return e
}

var identityTable = sync.OnceValue(func() (table [1 << 16]uint32) {
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
func (e *engine) convert(dst, src []byte, end bool) (out []byte, consumed int, unfinished bool) {
	floor := 0 // no window reaches back beyond it
	for i := 0; ; {
		n := e.convertPlain(dst[len(dst):cap(dst)], src[i:])
		dst, i = dst[:len(dst)+n], i+n
		u := e.next(src[i:], end)
		switch u.kind {
		case unitPlain:
			dst = append(dst, u.result...)
			i += u.size
		case unitSealed:
			dst = append(dst, u.result...)
			i += u.size
			floor = i
		case unitIrregular:
			start := e.windowStart(src, floor, i)
			stop := e.windowEnd(src, i, end)
			dst = dst[:len(dst)-e.plainLen(src[start:i])]
			if stop < 0 {
				return dst, start, false
			}
			dst = e.window(dst, src[start:stop])
			i, floor = stop, stop
		case unitUnfinished:
			return dst, i, true
		case unitUndecided:
			cut := e.lastCut(src, floor, i)
			return dst[:len(dst)-e.plainLen(src[cut:i])], cut, false
		case unitNone:
			return dst, i, false
		}
	}
}

// convertPlain converts 3-byte characters that become three bytes for as long
// as no pair is irregular, and returns how many bytes it has read, which is
// how many it has written. It stops eight bytes before either end.
func (e *engine) convertPlain(dst, src []byte) int {
	table, irregular := &e.table, e.irregular
	limit := min(len(dst), len(src)) - 8
	i := 0
	for i <= limit {
		const twoChars, lead, tail = 1<<48 - 1, 0xC0C0F0_C0C0F0, 0x8080E0_8080E0
		w := binary.LittleEndian.Uint64(src[i:])
		if w&lead != tail {
			break
		}
		x := table[uint16(w&0xF<<12|w>>2&0xFC0|w>>16&0x3F)]
		if x&kindMask != 0 || irregular.HasKey(w&twoChars) {
			break
		}
		binary.LittleEndian.PutUint32(dst[i:], x)
		i += 3
	}
	return i
}

// unit is what the engine does next where convertPlain stops.
type unit struct {
	kind   unitKind
	size   int    // bytes of source
	result []byte // what becomes of them
}

type unitKind int

const (
	unitPlain      unitKind = iota // take result
	unitSealed                     // take result; no key reaches into it or over it
	unitIrregular                  // open a window here
	unitUnfinished                 // a description operator without its sequence
	unitUndecided                  // src is too short to tell
	unitNone                       // src is empty and no text follows
)

// next looks at the character at the start of src and at its neighbour.
func (e *engine) next(src []byte, end bool) unit {
	if len(src) == 0 || !end && !utf8.FullRune(src) {
		if end {
			return unit{kind: unitNone}
		}
		return unit{kind: unitUndecided}
	}
	if src[0] < utf8.RuneSelf && e.program.ASCIIAlone {
		return e.nextASCII(src, end)
	}
	c, size := dict.Decode(src)
	if dict.IsDescriptionOperator(c) {
		return e.nextDescription(src, size, end)
	}
	result, trigger := e.char(c, src[:size])
	if trigger {
		return unit{kind: unitIrregular}
	}
	return e.judge(c, src, size, result, end)
}

// nextASCII takes a run of ASCII; its last byte may form a pair with what
// follows and then opens the window, so it goes by itself.
func (e *engine) nextASCII(src []byte, end bool) unit {
	n := asciiLen(src)
	if n > 1 {
		n--
		return unit{kind: unitPlain, size: n, result: src[:n]}
	}
	return e.judge(rune(src[0]), src, 1, src[:1], end)
}

// judge decides about the character c, the first size bytes of src, by the
// pair that it forms with its right neighbour.
func (e *engine) judge(c rune, src []byte, size int, result []byte, end bool) unit {
	rest := src[size:]
	if !end && !utf8.FullRune(rest) {
		return unit{kind: unitUndecided}
	}
	if len(rest) > 0 && c != dict.Invalid {
		right, _ := dict.Decode(rest)
		if right != dict.Invalid && e.irregular.Has(dict.Pack(c), dict.Pack(right)) {
			return unit{kind: unitIrregular}
		}
	}
	return unit{kind: unitPlain, size: size, result: result}
}

func (e *engine) nextDescription(src []byte, size int, end bool) unit {
	n := dict.DescriptionLen(src)
	switch {
	case n > 0:
		return unit{kind: unitSealed, size: n, result: src[:n]}
	case !end && len(src) < dict.MaxDescription:
		return unit{kind: unitUndecided}
	}
	return unit{kind: unitUnfinished, size: size}
}

// char returns what becomes of the character c, whose bytes are given, on its
// own, and whether it is a trigger.
func (e *engine) char(c rune, bytes []byte) (result []byte, trigger bool) {
	if uint32(c) <= 0xFFFF {
		switch e.table[c] & kindMask {
		case kindCopy, kindOperator:
			return bytes, false
		}
	}
	if c == dict.Invalid {
		return bytes, false
	}
	result, trigger, found := e.chars.Lookup(c)
	if !found {
		return bytes, false
	}
	return result, trigger
}

func asciiLen(src []byte) int {
	i := 0
	for ; i+8 <= len(src); i += 8 {
		if binary.LittleEndian.Uint64(src[i:])&0x8080808080808080 != 0 {
			break
		}
	}
	for i < len(src) && src[i] < utf8.RuneSelf {
		i++
	}
	return i
}
