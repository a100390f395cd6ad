package dict_test

import (
	"testing"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

// decoded is what Decode owes for the standard library's answer.
func decoded(c rune, size int) (rune, int) {
	if c == utf8.RuneError && size == 1 {
		return dict.Invalid, 1
	}
	return c, size
}

func checkDecode(t *testing.T, text []byte) {
	t.Helper()
	c, size := utf8.DecodeRune(text)
	wantChar, wantSize := decoded(c, size)
	if c, size := dict.Decode(text); c != wantChar || size != wantSize {
		t.Fatalf("Decode(%q) = %x, %d, want %x, %d", text, c, size, wantChar, wantSize)
	}
	c, size = utf8.DecodeLastRune(text)
	wantChar, wantSize = decoded(c, size)
	if c, size := dict.DecodeLast(text); c != wantChar || size != wantSize {
		t.Fatalf("DecodeLast(%q) = %x, %d, want %x, %d", text, c, size, wantChar, wantSize)
	}
}

// TestDecodeThreeBytes tries every three bytes that begin as a character of
// three bytes does, and what may surround one.
func TestDecodeThreeBytes(t *testing.T) {
	text := make([]byte, 3)
	for lead := 0xDF; lead <= 0xF0; lead++ {
		for b1 := range 256 {
			for b2 := range 256 {
				text[0], text[1], text[2] = byte(lead), byte(b1), byte(b2)
				checkDecode(t, text)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{"a", "头", "𠮷x", "\xE5", "x\xE5\xA4", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\uFFFD", "\xC0\x80"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 0 {
			checkDecode(t, text)
		}
	})
}

func TestPackIsTheText(t *testing.T) {
	for _, c := range "aé头𠮷\x00\u007F\u0080\u07FF\u0800\uFFFF\U00010000\U0010FFFF" {
		packed := dict.Pack(c)
		for i, b := range []byte(string(c)) {
			if byte(packed>>(8*i)) != b {
				t.Errorf("%q: packed %x", c, packed)
			}
		}
	}
}
