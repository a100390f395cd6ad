package han

import (
	"fmt"
	"unicode/utf8"
)

// InvalidUTF8Error refuses text that is not UTF-8.
type InvalidUTF8Error struct {
	Offset int64 // of the first invalid byte, from the start of the text
}

func (e *InvalidUTF8Error) Error() string {
	return fmt.Sprintf("invalid UTF-8 at byte offset %d", e.Offset)
}

// CheckUTF8 returns nil for valid UTF-8 and otherwise an [*InvalidUTF8Error].
func CheckUTF8[T ~string | ~[]byte](text T) error {
	if n := validLen([]byte(text)); n < len(text) {
		return &InvalidUTF8Error{Offset: int64(n)}
	}
	return nil
}

// validLen returns how many bytes at the start of text are valid UTF-8.
func validLen(text []byte) int {
	if utf8.Valid(text) {
		return len(text)
	}
	i := 0
	for {
		c, size := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}
