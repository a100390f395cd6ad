package han

import (
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// NewTransformer returns a [transform.Transformer] for use with
// [transform.NewReader], [transform.NewWriter] and the like. It takes all the
// input it is given and keeps what is not decided yet, so that it works with
// buffers of any size, down to one byte. It is not safe for concurrent use.
func (c *Converter) NewTransformer() transform.Transformer {
	return &transformer{stream: c.NewStream()}
}

// NewStrictTransformer is [Converter.NewTransformer] for text that must be
// UTF-8: at the first byte that is not, after everything before it, it ends
// with an [*InvalidUTF8Error].
func (c *Converter) NewStrictTransformer() transform.Transformer {
	return &transformer{stream: c.NewStream(), strict: true}
}

type transformer struct {
	stream  *Stream
	strict  bool
	pending []byte // converted, not yet handed out
	given   int    // of pending, handed out already
	flushed bool   // the end of the text is in pending
	err     error  // comes after pending
	offset  int64  // of the next input byte
}

// Reset implements [transform.Transformer].
func (t *transformer) Reset() {
	t.stream.Reset()
	*t = transformer{stream: t.stream, strict: t.strict, pending: t.pending[:0]}
}

// Transform implements [transform.Transformer]. Its duties towards the caller:
// it consumes all of src before it asks for more, never returns
// ErrShortSrc except for a character cut in two in strict mode, and asks for
// room with ErrShortDst as long as it holds decided output.
func (t *transformer) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for {
		n := copy(dst[nDst:], t.pending[t.given:])
		nDst, t.given = nDst+n, t.given+n
		switch {
		case t.given < len(t.pending):
			return nDst, nSrc, transform.ErrShortDst
		case t.err != nil:
			return nDst, nSrc, t.err
		case nSrc == len(src) && (!atEOF || t.flushed):
			return nDst, nSrc, nil
		}
		n, err = t.take(src[nSrc:], atEOF)
		nSrc += n
		if err != nil {
			return nDst, nSrc, err
		}
	}
}

// take converts a block of src into pending, which is empty.
func (t *transformer) take(src []byte, atEOF bool) (n int, err error) {
	piece := src[:min(len(src), block)]
	if t.strict {
		piece, err = t.valid(piece, atEOF && len(piece) == len(src))
		if err != nil {
			return 0, err
		}
	}
	t.given = 0
	t.pending = t.stream.Append(t.pending[:0], piece)
	t.offset += int64(len(piece))
	if t.err != nil || atEOF && len(piece) == len(src) {
		t.pending = t.stream.Flush(t.pending)
		t.flushed = true
	}
	return len(piece), nil
}

// valid returns the part of piece before the first byte that is not UTF-8 and
// notes the error that comes after it. A character cut in two is left for
// later.
func (t *transformer) valid(piece []byte, last bool) ([]byte, error) {
	n := validLen(piece)
	if n == len(piece) {
		return piece, nil
	}
	if !last && !utf8.FullRune(piece[n:]) {
		if n == 0 {
			return nil, transform.ErrShortSrc
		}
		return piece[:n], nil
	}
	t.err = &InvalidUTF8Error{Offset: t.offset + int64(n)}
	return piece[:n], nil
}
