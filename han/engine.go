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
	program *dict.Program
	chars   *dict.CharMap
	plain   *plainTable
	known   known
	// phrases is set if the program is one stage without segmentation that
	// asks this table first and then single characters.
	phrases *dict.Table
	// leastNormalized is the least byte that a key of normalisation begins with.
	leastNormalized byte
	streams         sync.Pool
}

func newEngine(p *dict.Program) *engine {
	e := &engine{program: p, chars: p.Chars, plain: newPlainTable(p), leastNormalized: 0xFF}
	e.known = known{program: p, soft: p.Soft, pairs: p.Pairs, isolated: p.Isolated}
	for _, stage := range p.Normalization {
		e.leastNormalized = min(e.leastNormalized, stage.MinLead())
	}
	if p.Segmentation == nil && len(p.Stages) == 1 && p.Stages[0].CharactersAfterFirst() {
		e.phrases = p.Stages[0][0]
	}
	e.streams.New = func() any { return newStream(e) }
	return e
}

// convert converts src from a hard boundary on and appends to dst. Unless end
// says that no text follows, it stops at the last hard boundary that src
// alone decides. It returns how much of src it has consumed; unfinished means
// that src goes on with a description operator that begins no sequence.
//
// Windows that need the chain borrow scratch, whose layers hold nothing.
func (e *engine) convert(dst, src []byte, end bool, scratch *layers) (out []byte, consumed int, unfinished bool) {
	floor := 0 // no window reaches back beyond it
	for i := 0; ; {
		dst, i, floor = e.stretch(dst, src, i, floor, scratch)
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
			start, stop := e.windowStart(src, floor, i), e.windowEnd(src, i, end)
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

// stretch goes on from byte i for as long as the loops do, which stop at windows
// only to have them converted. It returns where they stopped, and where the
// last window ends.
func (e *engine) stretch(dst, src []byte, i, floor int, scratch *layers) (out []byte, stop, last int) {
	for {
		var written, read, settled int
		var w window
		if room := dst[len(dst):cap(dst)]; e.plain.sparse {
			read = e.plain.convertSparse(room, src[i:])
			written = read
		} else {
			written, read, settled, w = e.plain.convertDense(room, src[i:], &e.known)
		}
		if settled > 0 {
			floor = i + settled
		}
		dst, i = dst[:len(dst)+written], i+read
		if w.stop > 0 {
			dst = e.unknown(dst[:len(dst)-(read-w.start)], src[i-read+w.start:i-read+w.stop], scratch)
			i += w.stop - read
			floor = i
			continue
		}
		if written != read {
			continue // right behind a known window of another length
		}
		n := e.plain.aside(dst[len(dst):cap(dst)], src[i:])
		if n == 0 {
			return dst, i, floor
		}
		dst, i = dst[:len(dst)+n], i+n
	}
}

// step is what the engine does next where the loops stop.
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
	if e.irregularPair(src) {
		return stepWindow, 3
	}
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
		right, n := dict.Decode(rest)
		pair := dict.PairKey(dict.Pack(c), dict.Pack(right))
		if right != dict.Invalid && e.plain.filter.Has(pair) && (size != 3 || n != 3 || e.program.Pairs.Has(pair)) {
			return stepWindow, size
		}
	}
	return stepCharacter, size
}

// irregularPair recognizes what [engine.next] meets most: an irregular pair of
// two 3-byte characters.
func (e *engine) irregularPair(src []byte) bool {
	if len(src) < 8 {
		return false
	}
	w := binary.LittleEndian.Uint64(src)
	return w&twoMask == twoBits && e.plain.filter.Has(w) && e.program.Pairs.Has(w)
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
	switch {
	case c == dict.Invalid:
		return kindPlain
	case c <= 0xFFFF:
		return e.plain.entry(c) & kindMask
	}
	if char, found := e.chars.Lookup(c); found && char.Trigger {
		return kindTrigger
	}
	return kindLookup
}

// appendChar appends what becomes of one character, whose bytes are given, on
// its own.
func (e *engine) appendChar(dst, char []byte) []byte {
	c, _ := dict.Decode(char)
	switch e.kind(c) {
	case kindPlain, kindGuard:
		if len(char) == 3 {
			x := e.plain.entry(c)
			return append(dst, char[0]^byte(x), char[1]^byte(x>>8), char[2]^byte(x>>16))
		}
		return append(dst, char...)
	case kindOperator:
		return append(dst, char...)
	}
	if record, found := e.chars.Lookup(c); found {
		return append(dst, record.Result...)
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
			if record, found := e.chars.Lookup(c); found {
				n += len(record.Result) - size
			}
		}
		src = src[size:]
	}
	return n
}
