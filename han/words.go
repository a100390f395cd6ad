package han

import (
	"bytes"
	"encoding/binary"
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
	// alone are characters that are words, and description operators; starts are
	// all that words begin with; pairs are the two characters that longer words
	// begin with.
	alone, starts charSet
	pairs         pairBits
}

// pairBits is a set of pairs of characters: a Bloom filter that keeps both bits of
// a pair in one word, small enough to stay at hand. With a [dict.PairSet] in its
// place tw2sp takes 7 % longer.
type pairBits [1 << 10]uint64

func (p *pairBits) place(key uint64) (word, first, second uint64) {
	h := key << 16 * 0x9E3779B97F4A7C15
	return h >> 54, h >> 28 & 63, h >> 34 & 63
}

func (p *pairBits) add(left, right rune) {
	word, first, second := p.place(dict.PairKey(dict.Pack(left), dict.Pack(right)))
	p[word] |= 1<<first | 1<<second
}

// bit is 1 if the set may hold the pair that key begins with, see [dict.PairKey],
// and 0 if not.
func (p *pairBits) bit(key uint64) uint64 {
	word, first, second := p.place(key)
	return p[word] >> first & (p[word] >> second) & 1
}

func newWordLink(d *model.Decider) *wordLink {
	l := &wordLink{decider: d, fold: folding()}
	for _, it := range d.Items() {
		l.add(it.Source)
	}
	for _, word := range d.KeptWords() {
		l.add(word)
	}
	for c := rune(0x2FF0); c <= 0x2FFF; c++ {
		l.starts.add(c)
		l.alone.add(c)
	}
	return l
}

// add notes that a word may begin with what it begins with.
func (l *wordLink) add(word string) {
	c, size := dict.Decode([]byte(word))
	l.starts.add(c)
	if size == len(word) {
		l.alone.add(c)
		return
	}
	second, _ := dict.Decode([]byte(word[size:]))
	l.pairs.add(c, second)
}

func (l *wordLink) begin() linkStream { return &wordStream{link: l} }

// wordStream holds text from a little before the first character that is not
// decided.
type wordStream struct {
	link *wordLink
	text []byte
	base int // offset of text in the link's whole input
	at   int // bytes of text that are decided
	// source is what text was made of, code point by code point, if the link
	// has scripts; the link before fills both.
	source     []byte
	sourceBase int
	offsets    offsets
	// byModel is what byContext tells.
	byModel int
}

func (s *wordStream) byContext() int { return s.byModel }

func (s *wordStream) write(dst, text []byte, end bool) []byte {
	s.text = append(s.text, text...)
	limit := len(s.text)
	if !end {
		limit -= max(s.link.decider.MaxWord()+4*wordHorizon, 4*(scriptHorizon+1), dict.MaxDescription)
	}
	dst = s.scan(dst, limit)
	if end {
		*s = wordStream{
			link: s.link, text: s.text[:0], source: s.source[:0],
			offsets: offsets{list: s.offsets.list[:0]}, byModel: s.byModel,
		}
		return dst
	}
	if s.link.scripts != nil {
		s.sourceBase += drop(&s.source, s.sourceAt(), 4*scriptHorizon)
	}
	dropped := drop(&s.text, s.at, 4*wordHorizon)
	s.base, s.at = s.base+dropped, s.at-dropped
	return dst
}

// drop takes away what lies more than n bytes before at.
func drop(text *[]byte, at, n int) (dropped int) {
	dropped = max(0, at-n)
	*text = (*text)[:copy(*text, (*text)[dropped:])]
	return dropped
}

// sourceAt is where in source lies what text has at s.at.
func (s *wordStream) sourceAt() int { return s.offsets.source(s.base+s.at) - s.sourceBase }

// offsets leads offsets of a link's output back to its input, in ascending
// order. Most code points take as many bytes in both.
type offsets struct {
	list    []offset
	current int // how much further the output is, where the last question was
}

// offset tells how much further the output is from a place of the input on.
type offset struct{ from, further int }

// shift notes that the code point before the place of the input became longer
// by so many bytes.
func (o *offsets) shift(place, longer int) {
	further := o.current
	if n := len(o.list); n > 0 {
		further = o.list[n-1].further
	}
	o.list = append(o.list, offset{place, further + longer})
}

func (o *offsets) source(output int) int {
	n := 0
	for n < len(o.list) && o.list[n].from+o.list[n].further <= output {
		o.current = o.list[n].further
		n++
	}
	o.list = o.list[:copy(o.list, o.list[n:])]
	return output - o.current
}

func (s *wordStream) scan(dst []byte, limit int) []byte {
	copied := s.at
	for s.at < limit {
		if n := s.link.plain(s.text[s.at:limit]); n > 0 {
			s.at += n
			continue
		}
		sourceAt := 0
		if s.link.scripts != nil {
			sourceAt = s.sourceAt()
		}
		n, d := s.link.next(s.text, s.at, s.source, sourceAt)
		if d.otherwise() {
			s.byModel += utf8.RuneCountInString(d.item.Source)
		}
		if d.replaces() {
			dst = append(append(dst, s.text[copied:s.at]...), d.item.Candidates[1]...)
			copied = s.at + n
		}
		s.at += n
	}
	return append(dst, s.text[copied:s.at]...)
}

// plain measures how far text goes on without a place at which a word may
// begin.
func (l *wordLink) plain(text []byte) (n int) {
	for n+11 <= len(text) {
		in := (*[11]byte)(text[n:])
		w, w2 := binary.LittleEndian.Uint64(in[:]), binary.LittleEndian.Uint64(in[3:])
		switch {
		case w&twoMask == twoBits && w2&twoMask == twoBits: // two at a time
			first := l.alone.bit(w) | l.pairs.bit(w)
			if first|l.alone.bit(w2)|l.pairs.bit(w2) != 0 {
				return n + 3*int(1-first)
			}
			n += 6
		case w&oneMask == oneBits:
			if l.mayBegin(threeBytes(w), w>>24) {
				return n
			}
			n += 3
		case w&0x80 == 0:
			if l.mayBegin(rune(w&0x7F), w>>8) {
				return n
			}
			n++
		default:
			return n
		}
	}
	return n
}

// mayBegin tells whether a word may begin with c and the bytes behind it.
func (l *wordLink) mayBegin(c rune, behind uint64) bool {
	switch {
	case !l.starts.has(c):
		return false
	case l.alone.has(c):
		return true
	case behind&oneMask == oneBits:
		return l.pairs.bit(dict.PairKey(dict.Pack(c), uint32(behind&0xFFFFFF))) != 0
	case behind&0x80 == 0:
		return l.pairs.bit(dict.PairKey(dict.Pack(c), uint32(behind&0x7F))) != 0
	}
	return true
}

// replaces tells whether another word was chosen.
func (d *decision) replaces() bool { return d.item != nil && d.chosen != 0 }

// next measures what is taken together at i of text: a word that is replaced or
// always stays, a description sequence, or one code point, of which it tells the
// longest word that begins there and stays.
func (l *wordLink) next(text []byte, i int, source []byte, sourceAt int) (n int, d decision) {
	c, n := dict.Decode(text[i:])
	if c < 0 || c > 0xFFFF || !l.starts.has(c) {
		return n, d
	}
	if u := dict.DescriptionLen(text[i:]); u > 0 {
		return u, d
	}
	kept := l.decider.Kept(c, text[i:])
	for _, it := range l.decider.Words(c) {
		if len(it.Source) <= kept {
			break
		}
		if !bytes.HasPrefix(text[i:], []byte(it.Source)) || inPlace(it, text, i) {
			continue
		}
		tried := l.choose(it, text, i)
		if l.scripts != nil && l.scripts.traditionalAround(source, sourceAt, scriptHorizon) {
			tried.kept, tried.chosen, tried.form = true, 0, it.Source
		}
		if tried.replaces() {
			return len(it.Source), tried
		}
		if d.item == nil {
			d = tried
		}
	}
	return max(n, kept), d
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
	d := decision{item: it, prior: 1}
	w := l.window(text, i, i+len(it.Source))
	l.decider.Cross(it, &w)
	d.chosen, d.scores = l.decider.Choose(it, &w)
	if w.CrossLeft && w.CrossRight { // 国内|核电 is not 内核
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

// scriptHorizon is the same of what tells the script around it. It is wider, so
// that a text whose words have been replaced is known for Traditional where few
// characters show that.
const scriptHorizon = 24

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
