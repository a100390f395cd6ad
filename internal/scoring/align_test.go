package scoring

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestAlign compares with what Python's difflib makes of the same texts.
func TestAlign(t *testing.T) {
	for _, test := range []struct{ want, got, aligned string }{
		{"abaaab", "xxbaaaa", "-baaaa"},
		{"adababcdbac", "aabaxbcdbxxc", "a-ababcdb-c"},
		{"bbbbbbaaa", "bbbbbbaaab", "bbbbbbaaa"},
		{"bbbbbaabba", "bbbbaabba", "-bbbbaabba"},
		{"dcdcadcbada", "dcdcaabdcbada", "dcdcadcbada"},
		{"ab", "a", "a-"},
		{"bba", "b", "b--"},
		{"add", "aadab", "ad-"},
		{"aa", "xabb", "a-"},
		{"ddcabacc", "daxaxcc", "d--axacc"},
		{"bbdbbdcaac", "bbdbxaxcaac", "bbdb--caac"},
		{"baba", "bax", "ba--"},
		{"abbbaa", "axbbbax", "abbbax"},
		{"abbba", "abbbab", "abbba"},
		{"a", "", "-"},
		{"adccaaba", "adccaaaba", "adccaaba"},
		{"這個程式裡", "這個程序裏面", "這個程--"},
		{"記憶體很大", "內存很大", "---很大"},
	} {
		got := strings.ReplaceAll(string(align([]rune(test.want), []rune(test.got))), string(none), "-")
		if got != test.aligned {
			t.Errorf("%s for %s: got %s, want %s", test.got, test.want, got, test.aligned)
		}
	}
}

// TestAlignKeepsOrder: what stands at the places of want is a subsequence of got, and a text is aligned with itself.
func TestAlignKeepsOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		want, got := randomText(r), randomText(r)
		if len(want) == len(got) {
			continue
		}
		rest := got
		aligned := align(want, got)
		if len(aligned) != len(want) {
			t.Fatalf("%d places for %q", len(aligned), string(want))
		}
		for _, c := range aligned {
			for c != none && len(rest) > 0 && rest[0] != c {
				rest = rest[1:]
			}
			if c != none && len(rest) == 0 {
				t.Fatalf("%q for %q: %q", string(got), string(want), string(aligned))
			}
			if c != none {
				rest = rest[1:]
			}
		}
	}
	if text := []rune("發發"); string(align(text, text)) != "發發" {
		t.Error("a text is not aligned with itself")
	}
}

func randomText(r *rand.Rand) []rune {
	text := make([]rune, r.IntN(20))
	for i := range text {
		text[i] = rune('a' + r.IntN(3))
	}
	return text
}
