package dict

import "unicode/utf8"

// MaxDescription is the greatest length of an ideographic description
// sequence in bytes: with so much text at hand [DescriptionLen] is final.
const MaxDescription = maxDescriptionCodePoints * utf8.UTFMax

const (
	maxDescriptionDepth      = 16
	maxDescriptionCodePoints = 64
)

// IsDescriptionOperator tells whether c is an ideographic description
// character (U+2FF0 to U+2FFF), which begins a description sequence.
func IsDescriptionOperator(c rune) bool { return c&^0xF == 0x2FF0 }

// DescriptionLen returns the length in bytes of the ideographic description
// sequence that text begins with, or 0 if there is none or it is incomplete,
// deeper than 16 levels or longer than 64 code points. A sequence describes
// one character by its parts and is therefore never converted inside.
func DescriptionLen(text []byte) int {
	var d Descriptions
	return d.Len(text, 0)
}

// UnitLen returns how many bytes of text are copied together where no key
// matches: a whole description sequence, one code point, or one invalid byte.
func UnitLen(text []byte) int {
	var d Descriptions
	return d.UnitLen(text, 0)
}

// Descriptions answers for one text, from left to right, what [DescriptionLen]
// and [UnitLen] tell for a place in it. The zero value is ready for a text. Not
// safe for concurrent use.
//
// The parser keeps for each operator that is open how many operands it still
// wants; an operand that ends may end the operators around it:
//
//	text   ⿲ ⿱ 头 发 ⿰ 木 │
//	open   ⿲ wants 2        ⿰ wants 1
//
// If the outermost one turns out to begin no sequence, the parser stops. It goes
// on from there, with the others, when it is asked about the next of them. So
// text full of operators that begin nothing takes linear time.
type Descriptions struct {
	read, points int // bytes and code points that are parsed
	open         [maxDescriptionDepth]openOperator
	first, count int // those in open, which is a ring
}

type openOperator struct {
	start, points int // where it stands
	wants         int8
}

// UnitLen is UnitLen(text[i:]).
func (d *Descriptions) UnitLen(text []byte, i int) int {
	if n := d.Len(text, i); n > 0 {
		return n
	}
	_, size := Decode(text[i:])
	return size
}

// Len is DescriptionLen(text[i:]).
func (d *Descriptions) Len(text []byte, i int) int {
	if !beginsWithOperator(text[i:]) {
		return 0
	}
	for d.count > 0 && d.at(0).start < i {
		d.first, d.count = d.first+1, d.count-1
	}
	if d.count == 0 || d.at(0).start > i {
		if i < d.read { // it ended before the parser stopped, within an outer one
			return DescriptionLen(text[i:])
		}
		d.read, d.points, d.count = i, 0, 0
	}
	return d.parse(text, i)
}

func (d *Descriptions) at(depth int) *openOperator {
	return &d.open[(d.first+depth)%maxDescriptionDepth]
}

// parse goes on until the operator at start, the outermost one, is decided.
func (d *Descriptions) parse(text []byte, start int) int {
	for d.count == 0 || d.points-d.at(0).points < maxDescriptionCodePoints {
		rest := text[d.read:]
		if beginsWithOperator(rest) {
			if d.count == maxDescriptionDepth-1 {
				return 0
			}
			*d.at(d.count) = openOperator{d.read, d.points, descriptionArity(rest[2])}
			d.read, d.points, d.count = d.read+3, d.points+1, d.count+1
			continue
		}
		if len(rest) == 0 {
			return 0
		}
		c, size := Decode(rest)
		if c == Invalid {
			return 0
		}
		d.read, d.points = d.read+size, d.points+1
		d.endOperand()
		if d.count == 0 {
			return d.read - start
		}
	}
	return 0
}

// endOperand counts an operand, which may be the last of the operator around it.
func (d *Descriptions) endOperand() {
	for ; d.count > 0; d.count-- {
		o := d.at(d.count - 1)
		if o.wants--; o.wants > 0 {
			return
		}
	}
}

// beginsWithOperator is IsDescriptionOperator without decoding.
func beginsWithOperator(text []byte) bool {
	return len(text) >= 3 && text[0] == 0xE2 && text[1] == 0xBF && text[2]&0xF0 == 0xB0
}

// descriptionArity tells how many operands an operator takes, by its last byte.
func descriptionArity(b byte) int8 {
	switch b {
	case 0xB2, 0xB3: // U+2FF2, U+2FF3
		return 3
	case 0xBE, 0xBF: // U+2FFE, U+2FFF
		return 1
	}
	return 2
}
