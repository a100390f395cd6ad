package han

import (
	"encoding/binary"
	"math/bits"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/model"
)

// horizon is how many code points on either side of a character its decision
// depends on, at the most: the model sees [model.Reach] of them, the guess of
// the script all.
const horizon = 12

// horizonBytes is the same in bytes.
const horizonBytes = 4 * horizon

// characterLink is a program whose result for some characters is decided by
// context. The program keeps the number of code points, so that each of the
// text belongs to one of the result.
type characterLink struct {
	engine  *engine
	decider *model.Decider
	fold    *foldTable
	phrases *model.Phrases // nil: no votes
	scripts *scriptTable
	// stops are the characters at which the scan has to look closer: those to
	// decide about, and description operators. Special are these, and those that
	// are Traditional only.
	stops, special charSet
}

// charSet is a set of characters of the BMP.
type charSet [1 << 10]uint64

func (s *charSet) add(c rune)    { s[c>>6&1023] |= 1 << (c & 63) }
func (s *charSet) remove(c rune) { s[c>>6&1023] &^= 1 << (c & 63) }

func (s *charSet) addAll(t *charSet) {
	for i, bits := range t {
		s[i] |= bits
	}
}

func (s *charSet) has(c rune) bool { return c>>16 == 0 && s[c>>6&1023]>>(c&63)&1 != 0 }

// bit is 1 for the 3-byte character in w's lowest bytes if the set holds it, or 0.
func (s *charSet) bit(w uint64) uint64 {
	return s[w&0xF<<6|w>>8&0x3F] >> (w >> 16 & 63) & 1
}

func newCharacterLink(e *engine, d *model.Decider) *characterLink {
	l := &characterLink{engine: e, decider: d, fold: folding()}
	for _, it := range d.Items() {
		if it.Settled() {
			continue
		}
		c, _ := dict.Decode([]byte(it.Source))
		l.stops.add(c)
	}
	for c := rune(0x2FF0); c <= 0x2FFF; c++ {
		l.stops.add(c)
	}
	return l
}

func (l *characterLink) begin() linkStream {
	return &characterStream{link: l, exact: newStream(l.engine)}
}

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
		c, n := dict.Decode(s.source[i:])
		_, m := dict.Decode(s.result[j:])
		if l.stops.has(c) || n != m {
			s.marks = append(s.marks, mark{i, j})
		}
		if dict.IsDescriptionOperator(c) {
			n = dict.UnitLen(s.source[i:])
			m = n
		}
		s.simplified = s.simplified && (l.scripts == nil || !l.scripts.traditional.has(c))
		i, j = i+n, j+m
	}
	s.simplified = s.simplified && l.none(s.source[i:min(i+horizonBytes, len(s.source))])
	return i, j
}

// none tells that no character of text is Traditional only, as far as that
// matters.
func (l *characterLink) none(text []byte) bool { return l.scripts == nil || l.scripts.none(text) }

// plain measures how far both texts go on, character by character of the same
// length, without one to look closer at.
func (l *characterLink) plain(source, result []byte) (n int) {
	limit := min(len(source), len(result))
	for n+quad <= limit {
		in, out := (*[quad]byte)(source[n:]), (*[quad]byte)(result[n:])
		w0, w2 := binary.LittleEndian.Uint64(in[:]), binary.LittleEndian.Uint64(in[6:])
		r0, r2 := binary.LittleEndian.Uint64(out[:]), binary.LittleEndian.Uint64(out[6:])
		if w0&restMask != restBits || w2&twoMask != twoBits || r0&leadMask != leadBits || r2&leadMask != leadBits {
			size := l.plainStep(w0, r0)
			if size == 0 {
				return n
			}
			n += size
			continue
		}
		s0, s1, s2, s3 := l.special.bit(w0), l.special.bit(w0>>24), l.special.bit(w2), l.special.bit(w2>>24)
		if s0|s1|s2|s3 != 0 {
			return n + 3*bits.TrailingZeros64(s0|s1<<1|s2<<2|s3<<3)
		}
		n += 12
	}
	for n+8 <= limit {
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

// threeBytes decodes the character in the lowest three bytes of w.
func threeBytes(w uint64) rune { return rune(w&0xF)<<12 | rune(w>>8&0x3F)<<6 | rune(w>>16&0x3F) }

// stop looks closer at what stands at i of the source and j of the result. It
// measures both, and tells what is decided in place of that part of the result.
func (s *characterStream) stop(i, j int) (n, m int, form string) {
	c, n := dict.Decode(s.source[i:])
	now, m := dict.Decode(s.result[j:])
	if c <= 0 || c > 0xFFFF || !s.link.stops.has(c) {
		return n, m, ""
	}
	if dict.IsDescriptionOperator(c) {
		u := dict.UnitLen(s.source[i:])
		return u, u, ""
	}
	return n, m, s.decide(c, i, now)
}

// decide returns what becomes of the character c at i in place of now, which
// the program has made of it, or nothing.
func (s *characterStream) decide(c rune, i int, now rune) string {
	l := s.link
	it := l.decider.Char(c)
	prior := it.Index(now)
	if prior < 0 {
		return ""
	}
	if l.settled(it, prior, s.source, i) {
		if now != c && !s.simplified && l.keeps(s.source, i) {
			return it.Source
		}
		return ""
	}
	d := l.choose(it, s.source, i, now, s.simplified, &s.votes)
	if d.otherwise() {
		s.byModel++
	}
	if d.form != it.Form(prior, now) {
		return d.form
	}
	return ""
}

// settled tells whether what the dictionaries choose for the item at i stands
// after a look at its neighbours.
func (l *characterLink) settled(it *model.Item, prior int, text []byte, i int) bool {
	left, right := l.fold.beside(text, i, i+len(it.Source))
	return l.decider.Trusts(it, prior, left, right) || prior == 0 && l.decider.Glance(it, left, right)
}

// keeps tells whether the text around is Traditional already, and what is asked
// about stays as it was written.
func (l *characterLink) keeps(text []byte, i int) bool {
	return l.scripts != nil && l.scripts.traditionalAround(text, i)
}

// decision is the outcome of a choice and what led to it.
type decision struct {
	item   *model.Item
	prior  int // what the dictionaries alone choose
	window model.Window
	scores model.Scores
	chosen int
	form   string
	// kept: the text around is Traditional already; unasked: the dictionaries
	// decide. In both cases there are no scores.
	kept, unasked bool
}

// otherwise tells whether the model chose what the dictionaries alone would not.
func (d *decision) otherwise() bool {
	return d.item != nil && !d.kept && d.chosen != d.prior
}

// choose decides about the item at i of text, of which the program alone makes
// now, one of its candidates, by the whole window. Simplified tells that text is
// Traditional nowhere. Votes is a buffer.
func (l *characterLink) choose(it *model.Item, text []byte, i int, now rune, simplified bool, votes *[]model.Vote) (d decision) {
	d.item = it
	c, _ := dict.Decode(text[i:])
	d.prior = it.Index(now)
	w := &d.window
	w.Prior = d.prior
	if l.phrases == nil && c == '著' {
		w.Prior = 0 // t2s leaves it as it is, which speaks for nothing
	}
	if !simplified && l.keeps(text, i) {
		d.kept, d.form, d.chosen = true, it.Source, max(0, it.Index(c))
		return d
	}
	if l.phrases != nil {
		*votes = l.phrases.AppendVotes((*votes)[:0], it, text, i)
		w.Votes = *votes
	}
	if it.Clear(w) || l.phrases == nil && w.Prior != 0 {
		// Nothing speaks against the first candidate; or, towards Simplified, a
		// phrase of the dictionaries speaks for another.
		d.unasked, d.chosen = true, w.Prior
	} else {
		l.fold.look(text, i, i+len(it.Source), model.Reach, w)
		l.decider.Surround(l.fold.normalize(c), w)
		d.chosen, d.scores = l.decider.Choose(it, w)
	}
	d.form = it.Form(d.chosen, now)
	return d
}

// explain is choose with the outcome that decide has: a first look may settle
// what the whole window, whose scores are given, would decide otherwise.
func (l *characterLink) explain(it *model.Item, text []byte, i int, now rune) decision {
	var votes []model.Vote
	d := l.choose(it, text, i, now, false, &votes)
	if !d.kept && l.settled(it, d.prior, text, i) {
		d.chosen, d.form = d.prior, it.Form(d.prior, now)
	}
	return d
}

// trace implements link.
func (l *characterLink) trace(text, _ []byte) (out []byte, steps []piece, choices []choice) {
	exact := l.begin().(*characterStream).exact
	result := exact.Flush(exact.Append(nil, text))
	for i, j := 0, 0; i < len(text); {
		n := dict.UnitLen(text[i:])
		m := dict.UnitLen(result[j:])
		form := result[j : j+m]
		if c, size := dict.Decode(text[i:]); size == n && l.stops.has(c) {
			now, _ := dict.Decode(form)
			if it := l.decider.Char(c); it != nil && it.Index(now) >= 0 {
				d := l.explain(it, text, i, now)
				choices = append(choices, choice{Range{i, i + n}, d, l.decider})
				form = []byte(d.form)
			}
		}
		out = append(out, form...)
		steps = append(steps, piece{n, len(form)})
		i, j = i+n, j+m
	}
	return out, steps, choices
}
