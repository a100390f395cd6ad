package main

import (
	"errors"
	"io"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
)

// strictReader ends with a *han.InvalidUTF8Error at the first byte that is not UTF-8.
type strictReader struct {
	src    io.Reader
	offset int64  // bytes read so far
	open   []byte // the beginning of a character whose rest is to come; the last of the bytes read so far
}

func (r *strictReader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if bad := r.check(p[:n]); bad != nil {
		return 0, bad
	}
	if err == io.EOF && len(r.open) > 0 {
		return 0, r.badStart()
	}
	return n, err
}

func (r *strictReader) check(b []byte) error {
	b, bad := r.closeCharacter(b)
	if bad != nil {
		return bad
	}
	whole := len(b) - openBytes(b)
	if err := han.CheckUTF8(b[:whole]); err != nil {
		return r.shift(err)
	}
	r.open = append(r.open, b[whole:]...)
	r.offset += int64(len(b))
	return nil
}

// closeCharacter takes the rest of the open character from b.
func (r *strictReader) closeCharacter(b []byte) ([]byte, error) {
	if len(r.open) == 0 {
		return b, nil
	}
	for len(b) > 0 && !utf8.FullRune(r.open) {
		r.open = append(r.open, b[0])
		r.offset++
		b = b[1:]
	}
	if !utf8.FullRune(r.open) {
		return b, nil
	}
	if !utf8.Valid(r.open) {
		return nil, r.badStart()
	}
	r.open = r.open[:0]
	return b, nil
}

func (r *strictReader) badStart() error {
	return &han.InvalidUTF8Error{Offset: r.offset - int64(len(r.open))}
}

// shift makes the offset in a piece one in the whole.
func (r *strictReader) shift(err error) error {
	var invalid *han.InvalidUTF8Error
	if errors.As(err, &invalid) {
		return &han.InvalidUTF8Error{Offset: r.offset + invalid.Offset}
	}
	return err
}

// openBytes counts the bytes at the end of b that begin a character without ending it.
func openBytes(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		tail := b[len(b)-n:]
		if !utf8.RuneStart(tail[0]) {
			continue
		}
		if utf8.FullRune(tail) {
			return 0
		}
		return n
	}
	return 0
}
