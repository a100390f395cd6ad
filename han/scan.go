package han

import (
	"encoding/binary"
	"math/bits"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/model"
)

// characterStream holds text from a little before the first character that is
// not decided.
//
//	source   … 他 剪 短 了 发 ， 很 精 神 …
//	           └ before ┘  ▲ at
//	result                 發 ， 很          not yet given out
type characterStream struct {
	link   *characterLink
	exact  *Stream
	source []byte
	base   int    // offset of source in the whole text
	at     int    // bytes of source that are decided
	result []byte // of the program, from at on
	marks  []mark
	votes  []model.Vote
	// next, if set, gets the source of what is written.
	next *wordStream
	// simplified: no character around the marks is Traditional only.
	simplified bool
	// byModel is what byContext tells.
	byModel int
}

func (s *characterStream) byContext() int { return s.byModel }

func (s *characterStream) write(dst, text []byte, end bool) []byte {
	s.source = append(s.source, text...)
	s.result = s.exact.Append(s.result, text)
	if end {
		s.result = s.exact.Flush(s.result)
	}
	limit := len(s.source)
	if !end {
		limit -= max(horizonBytes, dict.MaxDescription)
	}
	before := s.at
	dst, read := s.scan(dst, limit)
	if s.next != nil {
		s.next.source = append(s.next.source, s.source[before:s.at]...)
	}
	s.result = s.result[:copy(s.result, s.result[read:])]
	if end {
		s.source, s.base, s.at, s.result = s.source[:0], 0, 0, s.result[:0]
		return dst
	}
	dropped := drop(&s.source, s.at, horizonBytes)
	s.base, s.at = s.base+dropped, s.at-dropped
	return dst
}

// mark is a place to look closer at: a character of the source, and what the
// program has made of it.
type mark struct{ source, result int }

// scan goes through source up to limit, or to where the result ends, and
// appends the result to dst with what is decided otherwise. It returns how much
// of the result it has read.
func (s *characterStream) scan(dst []byte, limit int) (out []byte, read int) {
	end, read := s.mark(limit)
	copied := 0
	for _, at := range s.marks {
		n, m, form := s.stop(at.source, at.result)
		if form != "" {
			dst = append(append(dst, s.result[copied:at.result]...), form...)
			copied, m = at.result+m, len(form)
		}
		if n != m && s.next != nil {
			s.next.offsets.shift(s.base+at.source+n, m-n)
		}
	}
	s.at = end
	return append(dst, s.result[copied:read]...), read
}

// mark goes through both texts, notes the marks, and returns where it ends.
func (s *characterStream) mark(limit int) (i, j int) {
	l := s.link
	s.marks = s.marks[:0]
	s.simplified = l.none(s.source[max(0, s.at-horizonBytes):s.at])
	for i = s.at; i < limit && j < len(s.result); {
		if n := l.plain(s.source[i:limit], s.result[j:]); n > 0 {
			i, j = i+n, j+n
			continue
		}
		if l.threeAt(s.source[i:], s.result[j:]) {
			if l.stops.bit(uint64(binary.LittleEndian.Uint32(s.source[i:]))) != 0 {
				s.marks = append(s.marks, mark{i, j})
			} else {
				s.simplified = false // what else is special
			}
			i, j = i+3, j+3
			continue
		}
		c, n := dict.Decode(s.source[i:])
		_, m := dict.Decode(s.result[j:])
		if l.stops.has(c) || n != m {
			s.marks = append(s.marks, mark{i, j})
		}
		if dict.IsDescriptionOperator(c) {
			n = dict.UnitLen(s.source[i:])
			m = n
		}
		s.simplified = s.simplified && l.none(s.source[i:i+n])
		i, j = i+n, j+m
	}
	s.simplified = s.simplified && l.none(s.source[i:min(i+horizonBytes, len(s.source))])
	return i, j
}

// threeAt tells whether a special character of three bytes that is no description
// operator begins source, and one of three bytes result.
func (l *characterLink) threeAt(source, result []byte) bool {
	if len(source) < 4 || len(result) < 4 {
		return false
	}
	w := uint64(binary.LittleEndian.Uint32(source))
	return w&oneMask == oneBits && !isOperator(w) && result[0]&0xF0 == 0xE0 && l.special.bit(w) != 0
}

// none tells that no character of text is Traditional only, as far as that
// matters.
func (l *characterLink) none(text []byte) bool { return l.scripts == nil || l.scripts.none(text) }

// plain measures how far both texts go on, character by character of the same
// length, without one to look closer at. It takes four at a time.
func (l *characterLink) plain(source, result []byte) (n int) {
	limit := min(len(source), len(result))
	for n <= limit-14 {
		in, out := (*[14]byte)(source[n:]), (*[14]byte)(result[n:])
		w, r := binary.LittleEndian.Uint64(in[:]), binary.LittleEndian.Uint64(out[:])
		w2, r2 := binary.LittleEndian.Uint64(in[6:]), binary.LittleEndian.Uint64(out[6:])
		if w&twoMask == twoBits && w2&twoMask == twoBits && r&leadMask == leadBits && r2&leadMask == leadBits {
			found := l.special.bit(w) | l.special.bit(w>>24)<<1 | l.special.bit(w2)<<2 | l.special.bit(w2>>24)<<3
			if found != 0 {
				return n + 3*bits.TrailingZeros64(found)
			}
			n += 12
			continue
		}
		size := l.plainStep(w, r)
		if size == 0 {
			return n
		}
		n += size
	}
	for n <= limit-8 {
		size := l.plainStep(binary.LittleEndian.Uint64(source[n:]), binary.LittleEndian.Uint64(result[n:]))
		if size == 0 {
			break
		}
		n += size
	}
	return n
}

// plainStep is how many of the eight bytes of both texts are passed: all, if they
// are ASCII, one of ASCII, or a character of three bytes.
func (l *characterLink) plainStep(w, r uint64) int {
	switch {
	case (w|r)&ascii == 0:
		return 8
	case (w|r)&0x80 == 0:
		return 1
	case w&oneMask == oneBits && r&0xF0 == 0xE0 && l.special.bit(w) == 0:
		return 3
	}
	return 0
}

// The leads of two characters of three bytes.
const leadMask, leadBits = 0xF00000F0, 0xE00000E0
