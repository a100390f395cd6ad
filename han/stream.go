package han

import (
	"slices"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

const (
	// block is how much of a long piece a stream looks at in one go, in bytes.
	block = 64 << 10
	// maxWindow is how many bytes without a hard boundary a stream keeps
	// before it sends them through the stages. No text in a human language
	// comes near it.
	maxWindow = 4 << 10
	// patience is how many undecided bytes a stream looks at again with each
	// piece, however small. More of them wait until they are more by a quarter,
	// so that tiny pieces do not make it look at the same text over and over.
	patience = 64
)

// Stream converts text that arrives in pieces. Any split of the text, even
// inside a character, gives the bytes that [Converter.Append] gives for the
// whole. Its memory is bounded however long the text or a line of it is:
// about 200 KiB, usually less than 70.
//
// A Stream keeps state between calls and is not safe for concurrent use.
type Stream struct {
	engine *engine
	layers *layers
	tail   []byte // input that is not decided yet
	enough int    // how long tail must be for another look
	out    []byte // a buffer for Converter.Convert

	chain *chainStream // does all the work if it is set

	inLayers bool // text goes through layers until a hard boundary
	reach    int  // bytes that must go through layers whatever the boundary
}

func newStream(e *engine) *Stream {
	return &Stream{engine: e, layers: newLayers(e.program)}
}

// Append takes the next piece of text and appends to dst what is decided by
// now; the last few characters usually wait for what follows them. It returns
// the extended dst and keeps neither slice.
func (s *Stream) Append(dst, piece []byte) []byte {
	if s.chain != nil {
		return s.chain.write(dst, piece, false)
	}
	for len(piece) > 0 {
		n := min(len(piece), block)
		s.tail = append(s.tail, piece[:n]...)
		piece = piece[n:]
		if len(s.tail) < s.enough {
			continue
		}
		dst, n = s.advance(dst, s.tail, false)
		s.tail = s.tail[:copy(s.tail, s.tail[n:])]
		switch s.enough = 0; {
		case s.inLayers:
			s.enough = len(s.tail) + patience
		case len(s.tail) > patience:
			s.enough = len(s.tail) + len(s.tail)/4
		}
	}
	return dst
}

// ByContext counts the code points of all texts so far that were decided by
// context, as [Converter.AppendCount] does.
func (s *Stream) ByContext() int {
	if s.chain == nil {
		return 0
	}
	return s.chain.byContext()
}

// Flush ends the text and appends the rest of it to dst. The stream is then
// ready for another text.
func (s *Stream) Flush(dst []byte) []byte {
	if s.chain != nil {
		return s.chain.write(dst, nil, true)
	}
	dst, _ = s.advance(dst, s.tail, true)
	s.Reset()
	return dst
}

// Reset forgets what was not flushed and readies the stream for another text.
func (s *Stream) Reset() {
	if s.chain != nil {
		s.chain.reset()
		return
	}
	if s.inLayers {
		s.layers.write(nil, nil, true)
	}
	s.tail, s.enough, s.inLayers, s.reach = s.tail[:0], 0, false, 0
}

// advance converts as much of text as it can decide, all of it if end is set,
// and returns how much that was.
func (s *Stream) advance(dst, text []byte, end bool) (out []byte, consumed int) {
	dst = reserve(dst, len(text))
	i := 0
	for {
		if !s.inLayers && s.engine.program.Windowed {
			var n int
			var unfinished bool
			dst, n, unfinished = s.engine.convert(dst, text[i:], end, s.layers)
			i += n
			overlong := !end && n == 0 && len(text)-i > maxWindow
			if !unfinished && !overlong {
				return dst, i
			}
		}
		stop, done := s.span(text[i:], end)
		dst = s.layers.write(dst, text[i:i+stop], done)
		i += stop
		s.inLayers = !done
		if !done || i == len(text) {
			return dst, i
		}
	}
}

// reserve makes room for about as much as n bytes of text become.
func reserve(dst []byte, n int) []byte {
	if room := cap(dst) - len(dst); room < n-n/4 {
		return slices.Grow(dst, n+8)
	}
	return dst
}

// span returns how much of text must go through the layers before the next
// hard boundary; done tells that the boundary, or the end of the text, is
// reached. Without done, the rest of text waits for what follows.
func (s *Stream) span(text []byte, end bool) (n int, done bool) {
	if !s.engine.program.Windowed {
		return len(text), end
	}
	var d dict.Descriptions
	for n < len(text) {
		size, sealed, decided := s.unit(&d, text, n, end)
		if !decided {
			return n, false
		}
		rest := text[n+size:]
		if !end && !utf8.FullRune(rest) {
			return n, false
		}
		s.reach -= size
		n += size
		if s.reach <= 0 && len(rest) > 0 && (sealed || s.hardBetween(text[:n], rest)) {
			s.reach = 0
			return n, true
		}
	}
	return n, end
}

// unit measures what stands at text[i:]. A description sequence is
// sealed: no key reaches over its end. An operator without a sequence extends
// the reach.
func (s *Stream) unit(d *dict.Descriptions, text []byte, i int, end bool) (size int, sealed, decided bool) {
	if !end && !utf8.FullRune(text[i:]) {
		return 0, false, false
	}
	c, size := dict.Decode(text[i:])
	if !dict.IsDescriptionOperator(c) {
		return size, false, true
	}
	if n := d.Len(text, i); n > 0 {
		return n, true, true
	}
	if !end && len(text)-i < dict.MaxDescription {
		return 0, false, false
	}
	s.reach = s.engine.program.Reach
	return size, false, true
}

func (s *Stream) hardBetween(before, after []byte) bool {
	left, _ := dict.DecodeLast(before)
	right, _ := dict.Decode(after)
	return !s.engine.soft(left, right)
}
