package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hanconv/hanconv/han"
)

// Every text is read whole, a byte at a time, and in pieces of three bytes: the offset must not depend on it.
func TestStrictReaderFindsTheFirstBadByte(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int64 // -1 for valid text
	}{
		{"", -1},
		{"plain", -1},
		{"汉字", -1},
		{"𫝈\x00é汉", -1},
		{"\xff", 0},
		{"汉\xff字", 3},
		{"汉\xe6\xb1", 3},
		{"汉\xe6\xb1x", 3},
		{"a\xf0\x9f\x98汉", 1},
		{"\xed\xa0\x80", 0},       // a surrogate
		{"x\xc0\xafy", 1},         // overlong
		{"汉字\xf4\x90\x80\x80", 6}, // beyond the last code point
		{"\x80", 0},
		{strings.Repeat("汉", 1000) + "\xb1", 3000},
	} {
		for name, src := range map[string]io.Reader{
			"whole":     strings.NewReader(c.text),
			"bytes":     iotest.OneByteReader(strings.NewReader(c.text)),
			"with end":  iotest.DataErrReader(strings.NewReader(c.text)),
			"threes":    &shortReader{strings.NewReader(c.text), 3},
			"sevens":    &shortReader{strings.NewReader(c.text), 7},
			"end bytes": iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(c.text))),
		} {
			if got := firstBadByte(t, c.text, src); got != c.offset {
				t.Errorf("%q read as %s: bad byte at %d, want %d", c.text, name, got, c.offset)
			}
		}
	}
}

func firstBadByte(t *testing.T, text string, src io.Reader) int64 {
	t.Helper()
	got, err := io.ReadAll(&strictReader{src: src})
	var invalid *han.InvalidUTF8Error
	switch {
	case errors.As(err, &invalid):
		return invalid.Offset
	case err != nil:
		t.Fatal(err)
	case string(got) != text:
		t.Errorf("read %q, want %q", got, text)
	}
	return -1
}

func TestStrictReaderPassesErrors(t *testing.T) {
	_, err := io.ReadAll(&strictReader{src: iotest.ErrReader(io.ErrUnexpectedEOF)})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
}

type shortReader struct {
	io.Reader
	n int
}

func (r *shortReader) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(r.n, len(p))]) }
