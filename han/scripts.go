package han

import (
	"encoding/binary"
	"sync"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/model"
)

// foldTable maps characters of the BMP to their Simplified form, as
// [model.Normalize] gives it, so that text in either script looks alike to the
// model.
type foldTable [1 << 16]uint16

// normalize is what the model sees of a character: U+FFFD for a byte that is not
// UTF-8, and what lies beyond the BMP itself.
func (f *foldTable) normalize(c rune) uint32 {
	switch {
	case c < 0:
		return utf8.RuneError
	case c > 0xFFFF:
		return uint32(c)
	}
	return uint32(f[c])
}

// beside is what the model sees of the characters before and behind
// text[from:to].
func (f *foldTable) beside(text []byte, from, to int) (left, right uint32) {
	if from < 3 || to+4 > len(text) {
		return f.before(text, from), f.at(text, to)
	}
	before, behind := binary.LittleEndian.Uint32(text[from-3:]), binary.LittleEndian.Uint32(text[to:])
	if before&oneMask != oneBits || behind&oneMask != oneBits {
		return f.before(text, from), f.at(text, to)
	}
	return f.three(uint64(before)), f.three(uint64(behind))
}

// pairsBeside is what the model sees of the two characters before and the two
// behind text[from:to], nearest first.
func (f *foldTable) pairsBeside(text []byte, from, to int) (left, right model.Pair) {
	if from >= 6 && to+8 <= len(text) {
		before := binary.LittleEndian.Uint64(text[from-6:])
		behind := binary.LittleEndian.Uint64(text[to:])
		if before&twoMask == twoBits && behind&twoMask == twoBits {
			return model.Pair{f.three(before >> 24), f.three(before)}, model.Pair{f.three(behind), f.three(behind >> 24)}
		}
	}
	var w model.Window
	f.look(text, from, to, 2, &w)
	return model.Pair(w.Left[:2]), model.Pair(w.Right[:2])
}

// three is what the model sees of the character of three bytes that w begins with.
func (f *foldTable) three(w uint64) uint32 { return uint32(f[threeBytes(w)&0xFFFF]) }

// before is what the model sees of the character before text[i:], 0 at the start
// of a line.
func (f *foldTable) before(text []byte, i int) uint32 {
	if i == 0 {
		return 0
	}
	c, _ := dict.DecodeLast(text[:i])
	return f.onLine(c)
}

// at is the same of the character at i, 0 at the end of a line.
func (f *foldTable) at(text []byte, i int) uint32 {
	if i >= len(text) {
		return 0
	}
	c, _ := dict.Decode(text[i:])
	return f.onLine(c)
}

func (f *foldTable) onLine(c rune) uint32 {
	if c == '\n' {
		return 0
	}
	return f.normalize(c)
}

// look gathers the neighbours of text[from:to] on its line, reach code points
// on either side.
func (f *foldTable) look(text []byte, from, to, reach int, w *model.Window) {
	for d, i := 0, from; d < reach && i > 0; d++ {
		c, size := dict.DecodeLast(text[:i])
		if c == '\n' {
			break
		}
		w.Set(-1-d, f.normalize(c))
		i -= size
	}
	for d, i := 0, to; d < reach && i < len(text); d++ {
		c, size := dict.Decode(text[i:])
		if c == '\n' {
			break
		}
		w.Set(d, f.normalize(c))
		i += size
	}
}

// folding is built of what t2s makes of single characters.
var folding = sync.OnceValue(func() *foldTable {
	f := new(foldTable)
	for c := range f {
		f[c] = uint16(model.Normalize(rune(c)))
	}
	eachChar("t2s", func(c, simplified rune) {
		if simplified <= 0xFFFF {
			f[c] = uint16(model.Normalize(simplified))
		}
	})
	return f
})

// eachChar calls yield for each character of the BMP that a program changes on
// its own to another single character.
func eachChar(program string, yield func(from, to rune)) {
	chars := dict.BuiltIn().Program(program).Chars
	for i := range chars.Len() {
		record := chars.Record(i)
		to, size := utf8.DecodeRune(record.Result)
		if record.Code <= 0xFFFF && size == len(record.Result) && to != record.Code {
			yield(record.Code, to)
		}
	}
}

// scriptTable tells which characters of the BMP stand in texts of one script
// only.
type scriptTable struct {
	balance     [1 << 16]int8 // 1 is Traditional, -1 Simplified
	traditional charSet
}

// scripts takes a character for Simplified only if it always becomes another
// one, for Traditional only if it has another Simplified form.
var scripts = sync.OnceValue(func() *scriptTable {
	s := new(scriptTable)
	toTraditional := model.BuiltIn().Decider("s2t", "tw")
	eachChar("s2t", func(c, _ rune) {
		if toTraditional.Char(c) == nil {
			s.balance[c] = -1
		}
	})
	for _, standard := range []string{"t2tw", "t2hk"} { // 温 is Simplified, but Hong Kong's form, too
		eachChar(standard, func(_, form rune) {
			if form <= 0xFFFF {
				s.balance[form] = 0
			}
		})
	}
	toSimplified := model.BuiltIn().Decider("t2s", "cn")
	eachChar("t2s", func(c, _ rune) {
		if toSimplified.Char(c) == nil && toTraditional.Char(c) == nil {
			s.balance[c]++
		}
	})
	for c, balance := range s.balance {
		if balance > 0 {
			s.traditional.add(rune(c))
		}
	}
	return s
})

// none tells that no character of text is Traditional only, so that the text is
// Traditional nowhere.
func (s *scriptTable) none(text []byte) bool {
	for len(text) > 0 {
		c, size := dict.Decode(text)
		if s.traditional.has(c) {
			return false
		}
		text = text[size:]
	}
	return true
}

// traditionalAround tells whether more characters around text[at:], on its line
// and up to so many on either side, are Traditional only than Simplified only.
func (s *scriptTable) traditionalAround(text []byte, at, reach int) bool {
	return s.before(text, at, reach)+s.behind(text, at, reach) > 0
}

func (s *scriptTable) before(text []byte, i, reach int) (balance int) {
	for d := 0; d < reach && i > 0; d++ {
		if i >= 3 && text[i-3]&0xF0 == 0xE0 && text[i-2]&0xC0 == 0x80 && text[i-1]&0xC0 == 0x80 {
			balance += int(s.balance[uint16(text[i-3]&0xF)<<12|uint16(text[i-2]&0x3F)<<6|uint16(text[i-1]&0x3F)])
			i -= 3
			continue
		}
		c, size := dict.DecodeLast(text[:i])
		if c == '\n' {
			break
		}
		i -= size
	}
	return balance
}

func (s *scriptTable) behind(text []byte, i, reach int) (balance int) {
	for d := 0; d <= reach && i < len(text); d++ {
		if i+4 <= len(text) {
			if w := binary.LittleEndian.Uint32(text[i:]); w&oneMask == oneBits {
				balance += int(s.balance[threeBytes(uint64(w))&0xFFFF])
				i += 3
				continue
			}
		}
		c, size := dict.Decode(text[i:])
		if c >= 0x800 && c <= 0xFFFF {
			balance += int(s.balance[c])
		}
		if c == '\n' {
			break
		}
		i += size
	}
	return balance
}
