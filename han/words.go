package han

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/model"
)

// wordLink replaces regional words, where context supports it: 程序 becomes 程式
// in a sentence about computers, not in one about a court, and 數組 is no word
// in 少數組織.
type wordLink struct {
	decider *model.Decider
	fold    *foldTable
	// scripts, if set, tells the script of the source text: where it is
	// Traditional already, its words stay.
	scripts *scriptTable
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
	// source is what text was made of, code point by code point, if the link
	// has scripts; the link before fills it.
	source   []byte
	sourceAt int
	// byModel is what byContext tells.
	byModel int
}

func (s *wordStream) byContext() int { return s.byModel }

func (s *wordStream) write(dst, text []byte, end bool) []byte {
	s.text = append(s.text, text...)
	limit := len(s.text)
	if !end {
		limit -= max(s.link.decider.MaxWord()+4*wordHorizon, dict.MaxDescription)
	}
	dst = s.scan(dst, limit)
	if end {
		s.text, s.at, s.source, s.sourceAt = s.text[:0], 0, s.source[:0], 0
		return dst
	}
	s.text, s.at = forget(s.text, s.at, 4*wordHorizon)
	s.source, s.sourceAt = forget(s.source, s.sourceAt, horizonBytes)
	return dst
}

// forget drops what lies more than n bytes before at.
func forget(text []byte, at, n int) ([]byte, int) {
	drop := max(0, at-n)
	return text[:copy(text, text[drop:])], at - drop
}

func (s *wordStream) scan(dst []byte, limit int) []byte {
	i, copied := s.at, s.at
	for i < limit {
		n, d := s.link.next(s.text, i, s.source, s.sourceAt)
		if d.replaces() {
			dst = append(append(dst, s.text[copied:i]...), d.item.Candidates[1]...)
			copied = i + n
		}
		if d.otherwise() {
			s.byModel += utf8.RuneCountInString(d.item.Source)
		}
		if s.link.scripts != nil {
			s.sourceAt = skip(s.source, s.sourceAt, codePoints(s.text[i:i+n]))
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
func (l *wordLink) next(text []byte, i int, source []byte, sourceAt int) (n int, d decision) {
	c, n := dict.Decode(text[i:])
	if c < 0 || c > 0xFFFF || !l.starts.has(c) {
		return n, d
	}
	if u := dict.DescriptionLen(text[i:]); u > 0 {
		return u, d
	}
	for _, it := range l.decider.Words(c) {
		if !bytes.HasPrefix(text[i:], []byte(it.Source)) || inPlace(it, text, i) {
			continue
		}
		tried := l.choose(it, text, i)
		if l.scripts != nil && l.scripts.traditionalAround(source, sourceAt) {
			tried.kept, tried.chosen, tried.form = true, 0, it.Source
		}
		if tried.replaces() {
			return len(it.Source), tried
		}
		if d.item == nil {
			d = tried
		}
	}
	return n, d
}

// inPlace tells whether the word that the item would become stands there
// already, around it: 演算法 holds 算法.
func inPlace(it *model.Item, text []byte, i int) bool {
	word := it.Candidates[1]
	for from := 0; ; from++ {
		n := strings.Index(word[from:], it.Source)
		if n < 0 {
			return false
		}
		from += n
		if start := i - from; start >= 0 && bytes.HasPrefix(text[start:], []byte(word)) {
			return true
		}
	}
}

// choose decides about a word at i of text.
func (l *wordLink) choose(it *model.Item, text []byte, i int) decision {
	d := decision{item: it}
	d.window = l.window(text, i, i+len(it.Source))
	l.decider.Cross(it, &d.window)
	d.chosen, d.scores = l.decider.Choose(it, &d.window)
	if d.window.CrossLeft && d.window.CrossRight { // 国内|核电 is not 内核
		d.chosen = 0
	}
	d.form = it.Candidates[d.chosen]
	return d
}

// window gathers the neighbours of text[from:to] on its line. The dictionaries
// would replace every word.
func (l *wordLink) window(text []byte, from, to int) (w model.Window) {
	w.Prior = 1
	l.fold.look(text, from, to, wordHorizon, &w)
	return w
}

// wordHorizon is how many code points on either side a decision about a word
// depends on.
const wordHorizon = model.Reach + model.FarReach

// trace implements link.
func (l *wordLink) trace(text, source []byte) (out []byte, steps []piece, choices []choice) {
	sourceAt := 0
	for i := 0; i < len(text); {
		n, d := l.next(text, i, source, sourceAt)
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
		if l.scripts != nil {
			sourceAt = skip(source, sourceAt, codePoints(text[i:i+n]))
		}
		i += n
	}
	return out, steps, choices
}

// codePoints counts those of text; a byte that is not UTF-8 counts as one.
func codePoints(text []byte) (n int) {
	for ; len(text) > 0; n++ {
		_, size := dict.Decode(text)
		text = text[size:]
	}
	return n
}

// skip goes n code points on from at.
func skip(text []byte, at, n int) int {
	for ; n > 0 && at < len(text); n-- {
		_, size := dict.Decode(text[at:])
		at += size
	}
	return at
}
