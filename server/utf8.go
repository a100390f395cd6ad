package server

import (
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
	if offset, bad := invalidOffset(han.CheckUTF8(text)); bad {
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
