package dict_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

func TestDescriptionLen(t *testing.T) {
	for text, want := range map[string]int{
		"头":                           0,
		"a⿰亻尔":                        0,
		"⿰":                           0,
		"⿰亻尔x":                        9,
		"⿰亻":                          0,
		"⿲彳山王":                        12,
		"⿲彳山":                         0,
		"⿳木木木木":                       12,
		"⿾头":                          6,
		"⿿头":                          6,
		"⿱⿰木木林x":                      15,
		"⿻𠮷\x00":                      8,
		"⿰a\xFF":                      0,
		"⿰a\xE5\xA4":                  0,
		"⿰ab":                         5,
		"⿰头\uFFFD":                    9,
		strings.Repeat("⿾", 15) + "头": 48,
		strings.Repeat("⿾", 16) + "头": 0,
		strings.Repeat("⿰", 15) + strings.Repeat("头", 16): 93,
		strings.Repeat("⿰", 16) + strings.Repeat("头", 17): 0,
	} {
		if got := dict.DescriptionLen([]byte(text)); got != want {
			t.Errorf("DescriptionLen(%q) = %d, want %d", text, got, want)
		}
		unit := want
		if unit == 0 {
			_, unit = utf8.DecodeRuneInString(text)
		}
		if got := dict.UnitLen([]byte(text)); got != unit {
			t.Errorf("UnitLen(%q) = %d, want %d", text, got, unit)
		}
	}
}

// described builds a description of n code points, as flat as can be.
func described(n int) string {
	switch n {
	case 1:
		return "头"
	case 2:
		return "⿾头"
	case 3:
		return "⿰头头"
	}
	part := (n - 1) / 3
	return "⿲" + described(part) + described(part) + described(n-1-2*part)
}

func TestDescriptionOf64CodePoints(t *testing.T) {
	for n := 2; n < 80; n++ {
		text, want := described(n), 0
		if n <= 64 {
			want = len(text)
		}
		if got := dict.DescriptionLen([]byte(text + "头")); got != want {
			t.Errorf("%d code points: %d bytes, want %d", n, got, want)
		}
	}
	if text := strings.ReplaceAll(described(64), "头", "𠮷"); len(text) > dict.MaxDescription {
		t.Errorf("%d bytes, more than MaxDescription", len(text))
	}
}

// describedLen is DescriptionLen with a stack of the operands that operators
// still wait for.
func describedLen(text string) int {
	var waiting []int
	for points, rest := 1, text; points <= 64 && rest != "" && len(waiting) < 16; points++ {
		c, size := utf8.DecodeRuneInString(rest)
		if c == utf8.RuneError && size == 1 {
			return 0
		}
		rest = rest[size:]
		if n := strings.IndexRune("⿰⿱⿲⿳⿴⿵⿶⿷⿸⿹⿺⿻\u2FFC\u2FFD\u2FFE\u2FFF", c); n >= 0 {
			waiting = append(waiting, int("2233222222222211"[n/3]-'0'))
			continue
		}
		for n := len(waiting); n > 0; n-- {
			if waiting[n-1]--; waiting[n-1] > 0 {
				break
			}
			waiting = waiting[:n-1]
		}
		if len(waiting) == 0 {
			if points == 1 {
				return 0
			}
			return len(text) - len(rest)
		}
	}
	return 0
}

func FuzzDescription(f *testing.F) {
	f.Add("⿰亻尔")
	f.Add(strings.Repeat("⿾", 16) + "头")
	f.Add(described(65))
	f.Add("⿲⿱\u2FFC头\u2FFF\xE5")
	f.Fuzz(func(t *testing.T, text string) {
		// Every byte that is not a letter stands for an operator, so that the
		// fuzzer finds deep ones soon.
		operators := strings.Map(func(c rune) rune {
			if c < 0x40 {
				return 0x2FF0 | c&0xF
			}
			return c
		}, text)
		for _, text := range []string{text, operators} {
			if text == "" {
				continue
			}
			if got, want := dict.DescriptionLen([]byte(text)), describedLen(text); got != want {
				t.Fatalf("DescriptionLen(%q) = %d, want %d", text, got, want)
			}
		}
	})
}

func TestDescriptionsPicture(t *testing.T) {
	const text = "⿲⿱头发⿰木\xFF"
	var d dict.Descriptions
	for _, c := range []struct {
		at   int
		want string
	}{
		{0, "⿲⿱头发⿰木│\xFF, ⿲ wants 2, ⿰ wants 1"},
		{len("⿲"), "⿲⿱头发⿰木│\xFF, ⿰ wants 1"}, // ⿱ has ended
		{len("⿲⿱头发"), "⿲⿱头发⿰木│\xFF, ⿰ wants 1"},
		{len("⿲⿱头发⿰木"), "⿲⿱头发⿰木│\xFF, ⿰ wants 1"},
	} {
		d.Len([]byte(text), c.at)
		if got := d.Picture(text); got != c.want {
			t.Errorf("asked about byte %d: %q, want %q", c.at, got, c.want)
		}
	}
}

// TestDescriptionsFromLeftToRight asks about every place of a text, about some
// of them only, and as a conversion does, which skips what it copies.
func TestDescriptionsFromLeftToRight(t *testing.T) {
	r := rand.New(rand.NewPCG(47, 48))
	pieces := []string{"⿰", "⿲", "⿾", "头", "a", "𠮷", "\xE5", "⿰头", "⿲⿱头发", strings.Repeat("⿱", 14), strings.Repeat("⿰头", 12)}
	found := 0
	for range 3000 {
		text := []byte(randomPieces(r, pieces, 40))
		var every, some, skipping dict.Descriptions
		next := 0
		for i := range text {
			want := dict.DescriptionLen(text[i:])
			if got := every.Len(text, i); got != want {
				t.Fatalf("%q: %d bytes at %d, want %d", text, got, i, want)
			}
			if r.IntN(3) == 0 {
				if got := some.Len(text, i); got != want {
					t.Fatalf("%q: asked now and then: %d bytes at %d, want %d", text, got, i, want)
				}
			}
			if i == next {
				n := skipping.UnitLen(text, i)
				if want > 0 && n != want || want == 0 && n != dict.UnitLen(text[i:]) {
					t.Fatalf("%q: skipping: %d bytes at %d, want %d", text, n, i, want)
				}
				next += n
			}
			if want > 0 {
				found++
			}
		}
	}
	if found < 3000 {
		t.Errorf("only %d sequences", found)
	}
}

func randomPieces(r *rand.Rand, pieces []string, most int) string {
	var b strings.Builder
	for range r.IntN(most) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}
