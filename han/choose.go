package han

import (
	"encoding/binary"

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
	// decide about, and description operators.
	stops charSet
}

// charSet is a set of characters of the BMP.
type charSet [1 << 10]uint64

func (s *charSet) add(c rune)      { s[c>>6&1023] |= 1 << (c & 63) }
func (s *charSet) remove(c rune)   { s[c>>6&1023] &^= 1 << (c & 63) }
func (s *charSet) has(c rune) bool { return s[c>>6&1023]>>(c&63)&1 != 0 }

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
	at     int    // bytes of source that are decided
	result []byte // of the program, from at on
	votes  []model.Vote
	// next, if set, gets the source of what is written.
	next *wordStream
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
		s.source, s.at, s.result = s.source[:0], 0, s.result[:0]
		return dst
	}
	s.source, s.at = forget(s.source, s.at, horizonBytes)
	return dst
}

// scan goes through source up to limit, or to where the result ends, and
// appends the result to dst with what is decided otherwise. It returns how much
// of the result it has read.
func (s *characterStream) scan(dst []byte, limit int) (out []byte, read int) {
	i, j, copied := s.at, 0, 0
	for i < limit && j < len(s.result) {
		n, m, stop := s.link.step(s.source[i:], s.result[j:])
		if !stop {
			i, j = i+n, j+m
			continue
		}
		if u := dict.DescriptionLen(s.source[i:]); u > 0 {
			i, j = i+u, j+u
			continue
		}
		if form, ok := s.decide(i, s.result[j:j+m]); ok {
			dst = append(append(dst, s.result[copied:j]...), form...)
			copied = j + m
		}
		i, j = i+n, j+m
	}
	s.at = i
	return append(dst, s.result[copied:j]...), j
}

// step measures what stands at the start of both texts: one code point or
// some ASCII. Stop tells to look closer at it.
func (l *characterLink) step(source, result []byte) (n, m int, stop bool) {
	if len(source) >= 8 && len(result) >= 8 {
		w := binary.LittleEndian.Uint64(source)
		if w&oneMask == oneBits {
			c := rune(w&0xF)<<12 | rune(w>>8&0x3F)<<6 | rune(w>>16&0x3F)
			if result[0]&0xF0 == 0xE0 {
				return 3, 3, l.stops.has(c)
			}
		} else if w&ascii == 0 && binary.LittleEndian.Uint64(result)&ascii == 0 {
			return 8, 8, false
		}
	}
	c, n := dict.Decode(source)
	_, m = dict.Decode(result)
	return n, m, c > 0 && c <= 0xFFFF && l.stops.has(c)
}

// decide returns what becomes of the character at i in place of what the
// program has made of it, if that is something else.
func (s *characterStream) decide(i int, exact []byte) (form string, ok bool) {
	c := s.link.choose(s.source, i, exact, &s.votes)
	if c.otherwise() {
		s.byModel++
	}
	return c.form, c.item != nil && c.form != string(exact)
}

// decision is the outcome of a choice and what led to it.
type decision struct {
	item   *model.Item
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
	return d.item != nil && !d.kept && d.chosen != d.window.Prior
}

// choose decides about the character at i of text, of which the program alone
// makes exact. Votes is a buffer.
func (l *characterLink) choose(text []byte, i int, exact []byte, votes *[]model.Vote) (d decision) {
	c, size := dict.Decode(text[i:])
	d.item = l.decider.Char(c)
	if d.item == nil {
		return d
	}
	if l.scripts != nil && l.scripts.traditionalAround(text, i) {
		d.kept, d.form, d.chosen = true, d.item.Source, max(0, d.item.Index(c))
		return d
	}
	now, _ := dict.Decode(exact)
	d.window.Prior = max(0, d.item.Index(now))
	if l.phrases != nil {
		*votes = l.phrases.AppendVotes((*votes)[:0], d.item, text, i)
		d.window.Votes = *votes
	}
	if d.item.Clear(&d.window) || l.phrases == nil && d.window.Prior != 0 {
		// Nothing speaks against the first candidate; or, towards Simplified, a
		// phrase of the dictionaries speaks for another.
		d.unasked, d.chosen, d.form = true, d.window.Prior, d.item.Form(d.window.Prior, now)
		return d
	}
	l.fold.look(text, i, i+size, model.Reach, &d.window)
	l.decider.Surround(l.fold.normalize(c), &d.window)
	d.chosen, d.scores = l.decider.Choose(d.item, &d.window)
	d.form = d.item.Form(d.chosen, now)
	return d
}

func (s *charSet) count(c rune) int {
	if c < 0 || c > 0xFFFF {
		return 0
	}
	return int(s[c>>6] >> (c & 63) & 1)
}

// trace implements link.
func (l *characterLink) trace(text, _ []byte) (out []byte, steps []piece, choices []choice) {
	exact := l.begin().(*characterStream).exact
	result := exact.Flush(exact.Append(nil, text))
	for i, j := 0, 0; i < len(text); {
		n := dict.UnitLen(text[i:])
		m := dict.UnitLen(result[j:])
		form := result[j : j+m]
		var votes []model.Vote
		if c, size := dict.Decode(text[i:]); size == n && l.stops.has(c) {
			if d := l.choose(text, i, form, &votes); d.item != nil {
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
