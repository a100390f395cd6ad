package dict

import "unicode/utf8"

// Invalid is what [Decode] returns for a byte that is not part of valid UTF-8.
// No key holds it, so such a byte matches nothing and is copied as it is.
const Invalid rune = -1

// Decode returns the first code point of text and its length in bytes, or
// ([Invalid], 1) for a byte that is not valid UTF-8. Text must not be empty.
func Decode(text []byte) (c rune, size int) {
	b := text[0]
	if b < utf8.RuneSelf {
		return rune(b), 1
	}
	if len(text) >= 3 {
		if c, ok := three(b, text[1], text[2]); ok {
			return c, 3
		}
	}
	c, size = utf8.DecodeRune(text)
	if size == 1 {
		return Invalid, 1
	}
	return c, size
}

// DecodeLast is [Decode] for the last code point of text.
func DecodeLast(text []byte) (c rune, size int) {
	n := len(text)
	if n >= 3 {
		if c, ok := three(text[n-3], text[n-2], text[n-1]); ok {
			return c, 3
		}
	}
	c, size = utf8.DecodeLastRune(text)
	if size == 1 && text[n-1] >= utf8.RuneSelf {
		return Invalid, 1
	}
	return c, size
}

// three decodes a code point of three bytes, which nearly all Chinese
// characters are, faster than the general decoder.
func three(b0, b1, b2 byte) (c rune, ok bool) {
	c = rune(b0&0xF)<<12 | rune(b1&0x3F)<<6 | rune(b2&0x3F)
	return c, b0&0xF0 == 0xE0 && b1&0xC0 == 0x80 && b2&0xC0 == 0x80 && c >= 0x800 && c&0xF800 != 0xD800
}

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
	c, size := Decode(text)
	if !IsDescriptionOperator(c) {
		return 0
	}
	p := descriptionParser{text: text[size:], left: maxDescriptionCodePoints - 1}
	if !p.operands(c, maxDescriptionDepth-1) {
		return 0
	}
	return len(text) - len(p.text)
}

type descriptionParser struct {
	text []byte
	left int // code points that may still come
}

func (p *descriptionParser) operands(operator rune, depth int) bool {
	for range descriptionArity(operator) {
		if len(p.text) == 0 || depth == 0 || p.left == 0 {
			return false
		}
		c, size := Decode(p.text)
		if c == Invalid {
			return false
		}
		p.left--
		p.text = p.text[size:]
		if IsDescriptionOperator(c) && !p.operands(c, depth-1) {
			return false
		}
	}
	return true
}

func descriptionArity(operator rune) int {
	switch operator {
	case 0x2FF2, 0x2FF3:
		return 3
	case 0x2FFE, 0x2FFF:
		return 1
	}
	return 2
}

// UnitLen returns how many bytes of text are copied together where no key
// matches: a whole description sequence, one code point, or one invalid byte.
func UnitLen(text []byte) int {
	c, size := Decode(text)
	if IsDescriptionOperator(c) {
		if n := DescriptionLen(text); n > 0 {
			return n
		}
	}
	return size
}
