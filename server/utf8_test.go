package server

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/hanconv/hanconv/han"
)

// checkPieces feeds the pieces of text that end at the cuts.
func checkPieces(text []byte, cuts ...int) error {
	c, last := utf8Checker{}, 0
	for _, cut := range append(cuts, len(text)) {
		if err := c.write(text[last:cut]); err != nil {
			return err
		}
		last = cut
	}
	return c.close()
}

func offsetOf(err error) int64 {
	var e *han.InvalidUTF8Error
	if errors.As(err, &e) {
		return e.Offset
	}
	return -1
}

// TestUTF8CheckerIsIndependentOfCuts compares random bytes, cut at two random places, with a check of the whole.
func TestUTF8CheckerIsIndependentOfCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	alphabet := []string{"a", "é", "里", "𠮷", "\x80", "\xe9", "\xf0\x9f", "\xed\xa0", "\xc0", "\xf4\x90", "\xff", "\xe9\x87"}
	for range 20_000 {
		var text []byte
		for range r.IntN(6) {
			text = append(text, alphabet[r.IntN(len(alphabet))]...)
		}
		a := r.IntN(len(text) + 1)
		b := a + r.IntN(len(text)+1-a)
		got, want := offsetOf(checkPieces(text, a, b)), offsetOf(han.CheckUTF8(text))
		if got != want {
			t.Fatalf("%q cut at %d and %d: offset %d, want %d", text, a, b, got, want)
		}
	}
}

func FuzzUTF8Checker(f *testing.F) {
	f.Add([]byte("里\xe9\x87"), 1, 2)
	f.Fuzz(func(t *testing.T, text []byte, a, b int) {
		a = min(max(a, 0), len(text))
		b = min(max(b, a), len(text))
		if got, want := offsetOf(checkPieces(text, a, b)), offsetOf(han.CheckUTF8(text)); got != want {
			t.Fatalf("%q cut at %d and %d: offset %d, want %d", text, a, b, got, want)
		}
	})
}

func TestLimitsThatAreZeroTakeDefaults(t *testing.T) {
	if got := (Limits{}).orDefault(); got != DefaultLimits() {
		t.Errorf("got %+v", got)
	}
	if got := (Limits{BatchItems: 7}).orDefault(); got.BatchItems != 7 || got.TextBytes != DefaultLimits().TextBytes {
		t.Errorf("got %+v", got)
	}
}
