package han

import (
	"bytes"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

// Cut returns where text can be cut so that both sides convert on their own,
// whatever follows text: for a cut n, converting text[:n] and text[n:] with all
// that follows gives, one after the other, the bytes of the whole. So long text
// can be converted in parallel. It is the last such place within some 4 KiB, in
// bytes from the start of text, or 0 if there is none.
//
// Text must begin where a text begins or where an earlier cut was made.
//
// Text in a human language has a cut every few characters. Where there is
// none, a [Stream] converts what was read and goes on from there, and
// [Stream.Undecided] tells when text can be cut again.
func (c *Converter) Cut(text []byte) int {
	if c.chain != nil {
		return c.chain.cut(text)
	}
	if !c.engine.program.Windowed {
		return 0
	}
	sealed, open := descriptions(text)
	lowest := max(sealed, open-maxWindow)
	for i := open; i > lowest; i-- {
		if i < len(text) && c.engine.hardAt(text, i) {
			return i
		}
	}
	if lowest > sealed {
		return 0
	}
	return sealed
}

// Undecided gives what the stream keeps of the text so far, if text can be cut
// before it: whoever converts it with all that follows goes on from there, and
// the stream may be [Stream.Reset]. The slice is valid until the next call of a
// method. It is not ok if the stream keeps more than text, as it does where it
// finds no cut for more than 4 KiB.
func (s *Stream) Undecided() (text []byte, ok bool) {
	if s.inLayers || s.chain != nil {
		return nil, false
	}
	return s.tail, true
}

// cut is [Converter.Cut]: no decision looks beyond a line.
func (c *chain) cut(text []byte) int {
	_, open := descriptions(text)
	return bytes.LastIndexByte(text[:open], '\n') + 1
}

// descriptions finds the end of the last description sequence of text, 0 if
// there is none, and the first operator that text ends no sequence for, the
// length of text if there is none. Such an operator can change how text far
// behind it converts.
func descriptions(text []byte) (sealed, open int) {
	for i := 0; ; {
		n := bytes.Index(text[i:], []byte("\xE2\xBF")) // begins every operator, and a few radicals
		if n < 0 {
			return sealed, len(text)
		}
		i += n
		c, size := dict.Decode(text[i:])
		if dict.IsDescriptionOperator(c) {
			if size = dict.DescriptionLen(text[i:]); size == 0 {
				return sealed, i
			}
			sealed = i + size
		}
		i += size
	}
}

// hardAt tells whether a hard boundary lies before the byte at i, from which
// text alone decides.
func (e *engine) hardAt(text []byte, i int) bool {
	if !utf8.RuneStart(text[i]) || !utf8.FullRune(text[i:]) {
		return false
	}
	left, _ := dict.DecodeLast(text[:i])
	right, _ := dict.Decode(text[i:])
	return !e.soft(left, right)
}
