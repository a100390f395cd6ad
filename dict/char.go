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
