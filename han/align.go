package han

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Range is a half-open interval of offsets.
type Range struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Len is the length of the interval.
func (r Range) Len() int { return r.End - r.Start }

// Span pairs a piece of the source with the piece of the target that it
// became: a phrase that a dictionary replaced, a single character, or a
// stretch of text that stayed as it was.
type Span struct {
	Source, Target Range
	Changed        bool // false: the two pieces are equal
}

// Alignment is a converted text together with the spans that led to it. The
// spans tile both texts: in order, without gap or overlap. Offsets are in
// bytes; [Alignment.CodePoints] and [Alignment.UTF16] give them in other
// units.
type Alignment struct {
	Source, Target string
	Spans          []Span
	// Choices tell what was decided by context, in the order of the source.
	Choices []Choice
}

// alignBlock is about how many bytes are aligned together, from one hard
// boundary to another: few enough for the steps between to stay small.
const alignBlock = 4 << 10

// Align converts s as [Converter.Convert] does and tells which piece of the
// source became which piece of the target. Neighbouring pieces that stayed as
// they were share a span. It takes several times as long as Convert.
func (c *Converter) Align(s string) Alignment {
	if c.chain != nil {
		return c.chain.align(s)
	}
	a := Alignment{Source: s}
	var target strings.Builder
	stream := c.engine.streams.Get().(*Stream)
	for rest := []byte(s); len(rest) > 0; {
		stream.reach = alignBlock
		n, _ := stream.span(rest, true)
		out, pieces := trace(c.engine.program, rest[:n])
		a.extend(rest[:n], out, pieces)
		target.Write(out)
		rest = rest[n:]
	}
	stream.Reset()
	c.engine.release(stream)
	a.Target = target.String()
	return a
}

// extend adds the spans of the next stretch of both texts.
func (a *Alignment) extend(source, target []byte, pieces []piece) {
	for _, p := range pieces {
		changed := !bytes.Equal(source[:p.from], target[:p.to])
		source, target = source[p.from:], target[p.to:]
		last := len(a.Spans) - 1
		if last >= 0 && !changed && !a.Spans[last].Changed {
			a.Spans[last].Source.End += p.from
			a.Spans[last].Target.End += p.to
			continue
		}
		var from, to int
		if last >= 0 {
			from, to = a.Spans[last].Source.End, a.Spans[last].Target.End
		}
		a.Spans = append(a.Spans, Span{Range{from, from + p.from}, Range{to, to + p.to}, changed})
	}
}

// CodePoints returns the spans with offsets in Unicode code points. A byte
// that is not UTF-8 counts as one.
func (a Alignment) CodePoints() []Span {
	return a.inUnits(func(rune) int { return 1 })
}

// UTF16 returns the spans with offsets in UTF-16 code units, as JavaScript
// and Java count: a code point beyond U+FFFF is two units. A byte that is not
// UTF-8 counts as one.
func (a Alignment) UTF16() []Span {
	return a.inUnits(func(c rune) int {
		if c > 0xFFFF {
			return 2
		}
		return 1
	})
}

func (a Alignment) inUnits(size func(rune) int) []Span {
	source, target := unitCounter{a.Source, size, 0, 0}, unitCounter{a.Target, size, 0, 0}
	spans := make([]Span, len(a.Spans))
	for i, s := range a.Spans {
		spans[i] = Span{
			Source:  Range{source.at(s.Source.Start), source.at(s.Source.End)},
			Target:  Range{target.at(s.Target.Start), target.at(s.Target.End)},
			Changed: s.Changed,
		}
	}
	return spans
}

// unitCounter turns ascending byte offsets of text into another unit.
type unitCounter struct {
	text  string
	size  func(rune) int
	bytes int // reached so far
	units int // as many
}

func (u *unitCounter) at(offset int) int {
	for u.bytes < offset {
		c, n := utf8.DecodeRuneInString(u.text[u.bytes:])
		u.bytes += n
		u.units += u.size(c)
	}
	return u.units
}
