package han

import (
	"bytes"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/model"
)

// wordLink replaces regional words, where context supports it: 程序 becomes 程式
// in a sentence about computers, not in one about a court, and 數組 is no word
// in 少數組織.
type wordLink struct {
	decider *model.Decider
	fold    *foldTable
	starts  charSet // characters that words begin with
}

func newWordLink(d *model.Decider) *wordLink {
	l := &wordLink{decider: d, fold: folding()}
	for _, it := range d.Items() {
		c, _ := dict.Decode([]byte(it.Source))
		l.starts.add(c)
	}
	for c := rune(0x2FF0); c <= 0x2FFF; c++ {
		l.starts.add(c)
	}
	return l
}

func (l *wordLink) begin() linkStream { return &wordStream{link: l} }

// wordStream holds text from a little before the first character that is not
// decided.
type wordStream struct {
	link *wordLink
	text []byte
	at   int // bytes of text that are decided
}

func (s *wordStream) write(dst, text []byte, end bool) []byte {
	s.text = append(s.text, text...)
	limit := len(s.text)
	if !end {
		limit -= max(s.link.decider.MaxWord()+4*model.Reach, dict.MaxDescription)
	}
	dst = s.scan(dst, limit)
	if end {
		s.text, s.at = s.text[:0], 0
		return dst
	}
	if keep := max(0, s.at-4*model.Reach); keep > 0 {
		s.text = s.text[:copy(s.text, s.text[keep:])]
		s.at -= keep
	}
	return dst
}

func (s *wordStream) scan(dst []byte, limit int) []byte {
	i, copied := s.at, s.at
	for i < limit {
		n, d := s.link.next(s.text, i)
		if d.replaces() {
			dst = append(append(dst, s.text[copied:i]...), d.item.Candidates[1]...)
			copied = i + n
		}
		i += n
	}
	s.at = i
	return append(dst, s.text[copied:i]...)
}

// replaces tells whether another word was chosen.
func (d *decision) replaces() bool { return d.item != nil && d.chosen != 0 }

// next measures what is taken together at i of text: a word that is replaced, a
// description sequence, or one code point, of which it tells the longest word
// that begins there and stays.
func (l *wordLink) next(text []byte, i int) (n int, d decision) {
	c, n := dict.Decode(text[i:])
	if c < 0 || c > 0xFFFF || !l.starts.has(c) {
		return n, d
	}
	if u := dict.DescriptionLen(text[i:]); u > 0 {
		return u, d
	}
	for _, it := range l.decider.Words(c) {
		if !bytes.HasPrefix(text[i:], []byte(it.Source)) {
			continue
		}
		tried := l.choose(it, text, i)
		if tried.replaces() {
			return len(it.Source), tried
		}
		if d.item == nil {
			d = tried
		}
	}
	return n, d
}

// choose decides about a word at i of text.
func (l *wordLink) choose(it *model.Item, text []byte, i int) decision {
	d := decision{item: it}
	d.window = l.window(text, i, i+len(it.Source))
	d.chosen, d.scores = l.decider.Choose(it, &d.window)
	d.form = it.Candidates[d.chosen]
	return d
}

// window gathers the neighbours of text[from:to] on its line. The dictionaries
// would replace every word.
func (l *wordLink) window(text []byte, from, to int) (w model.Window) {
	w.Prior = 1
	for d, i := 0, from; d < model.Reach && i > 0; d++ {
		c, size := dict.DecodeLast(text[:i])
		if c == '\n' {
			break
		}
		w.Left[d] = l.fold.normalize(c)
		i -= size
	}
	for d, i := 0, to; d < model.Reach && i < len(text); d++ {
		c, size := dict.Decode(text[i:])
		if c == '\n' {
			break
		}
		w.Right[d] = l.fold.normalize(c)
		i += size
	}
	return w
}

// trace implements link.
func (l *wordLink) trace(text []byte) (out []byte, steps []piece, choices []choice) {
	for i := 0; i < len(text); {
		n, d := l.next(text, i)
		form := text[i : i+n]
		if d.replaces() {
			form = []byte(d.item.Candidates[1])
		}
		if d.item != nil {
			length := len(d.item.Source)
			choices = append(choices, choice{Range{i, i + length}, d, l.decider})
		}
		out = append(out, form...)
		steps = append(steps, piece{n, len(form)})
		i += n
	}
	return out, steps, choices
}
