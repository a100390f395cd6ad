package han

import (
	"unicode/utf8"
)

// Range is a half-open interval of offsets.
type Range struct{ Start, End int }

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
}

// Align converts s as [Converter.Convert] does and tells which piece of the
// source became which piece of the target. Neighbouring pieces that stayed as
// they were share a span. It takes several times as long as Convert.
func (c *Converter) Align(s string) Alignment {
	out, steps := trace(c.engine.program, []byte(s))
	a := Alignment{Source: s, Target: string(out)}
	var next Span
	for _, step := range steps {
		next = Span{
			Source: Range{next.Source.End, next.Source.End + step.from},
			Target: Range{next.Target.End, next.Target.End + step.to},
		}
		next.Changed = s[next.Source.Start:next.Source.End] != a.Target[next.Target.Start:next.Target.End]
		if last := len(a.Spans) - 1; last >= 0 && !next.Changed && !a.Spans[last].Changed {
			a.Spans[last].Source.End, a.Spans[last].Target.End = next.Source.End, next.Target.End
			continue
		}
		a.Spans = append(a.Spans, next)
	}
	return a
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
