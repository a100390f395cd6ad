package server

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
)

// utf8Checker checks a text that arrives in pieces.
type utf8Checker struct {
	offset int64  // of the first byte that is not known to be good
	tail   []byte // the beginning of a character, at most three bytes
}

// write checks the next piece, up to the last whole character.
func (c *utf8Checker) write(piece []byte) error {
	for len(c.tail) > 0 && len(piece) > 0 {
		c.tail = append(c.tail, piece[0])
		piece = piece[1:]
		if !utf8.FullRune(c.tail) {
			continue
		}
		if err := c.check(c.tail); err != nil {
			return err
		}
		c.tail = c.tail[:0]
	}
	whole := len(piece) - partialBytes(piece)
	c.tail = append(c.tail, piece[whole:]...)
	return c.check(piece[:whole])
}

// close tells whether the text ended inside a character.
func (c *utf8Checker) close() error { return c.check(c.tail) }

func (c *utf8Checker) check(text []byte) error {
	if offset, bad := invalidOffset(checkUTF8(text)); bad {
		return &han.InvalidUTF8Error{Offset: c.offset + offset}
	}
	c.offset += int64(len(text))
	return nil
}

// partialBytes counts the bytes at the end of p that could begin a character.
func partialBytes(p []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(p); n++ {
		tail := p[len(p)-n:]
		if utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// checkUTF8 is han.CheckUTF8, quicker for text that is UTF-8.
func checkUTF8(text []byte) error {
	if validUTF8(text) {
		return nil
	}
	return han.CheckUTF8(text)
}

// validUTF8 is utf8.Valid, a few times as fast for Chinese text: it takes four characters of three bytes in one step.
func validUTF8(p []byte) bool {
	const ascii = 0x8080808080808080
	for len(p) >= 16 {
		next := binary.LittleEndian.Uint64(p)
		switch high := next & ascii; {
		case high == 0:
			p = p[8:]
		case high&0x80 == 0:
			p = p[bits.TrailingZeros64(high)/8:]
		case threeBytes(next, 0x01):
			p = p[3:]
			for len(p) >= 16 && threeBytes(binary.LittleEndian.Uint64(p), 0x01_000001) &&
				threeBytes(binary.LittleEndian.Uint64(p[6:]), 0x01_000001) {
				p = p[12:]
			}
		default:
			c, size := utf8.DecodeRune(p)
			if c == utf8.RuneError && size == 1 {
				return false
			}
			p = p[size:]
		}
	}
	return utf8.Valid(p)
}

// threeBytes tells whether little-endian b has characters of three bytes wherever ones has a one, which is at the lowest bit of
// their first byte.
func threeBytes(b, ones uint64) bool {
	lead := b & (ones * 0x0f)
	not0 := lead + ones*0x0f
	notD := (lead ^ ones*0x0d) + ones*0x0f
	return b&(ones*0xc0c0f0) == ones*0x8080e0 && not0&notD&(ones*0x10) == ones*0x10
}

// countCharacters counts the code points of text; bytes that are not UTF-8 count one, or none if they could continue a
// character.
func countCharacters(text []byte) int {
	const low = 0x0101010101010101
	n := len(text)
	for len(text) >= 8 {
		next := binary.LittleEndian.Uint64(text)
		n -= bits.OnesCount64(next >> 7 & ^(next >> 6) & low) // 10xxxxxx continues a character
		text = text[8:]
	}
	for _, b := range text {
		if b&0xc0 == 0x80 {
			n--
		}
	}
	return n
}
