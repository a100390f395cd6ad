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
//
// The parser keeps for each operator that is open how many operands it still
// wants; an operand that ends may end the operators around it.
func DescriptionLen(text []byte) int {
	if !beginsWithOperator(text) {
		return 0
	}
	var wanted [maxDescriptionDepth]int8
	depth := -1
	i := 0
	for range maxDescriptionCodePoints {
		rest := text[i:]
		if beginsWithOperator(rest) {
			if depth++; depth == maxDescriptionDepth-1 {
				return 0
			}
			wanted[depth] = descriptionArity(rest[2])
			i += 3
			continue
		}
		if len(rest) == 0 {
			return 0
		}
		c, size := Decode(rest)
		if c == Invalid {
			return 0
		}
		i += size
		for wanted[depth]--; wanted[depth] == 0; wanted[depth]-- {
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return 0
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

// UnitLen returns how many bytes of text are copied together where no key
// matches: a whole description sequence, one code point, or one invalid byte.
func UnitLen(text []byte) int {
	if n := DescriptionLen(text); n > 0 {
		return n
	}
	_, size := Decode(text)
	return size
}
