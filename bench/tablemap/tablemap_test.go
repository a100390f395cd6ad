package tablemap_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hanconv/hanconv/bench/tablemap"
)

var pairs = map[rune]rune{'发': '發', '财': '財', '着': '著', 'ä': 'x', '中': '𠀀'}

// slow maps the runes one by one; invalid bytes stay.
func slow(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if to, ok := pairs[r]; ok && n == 3 && utf8.RuneLen(to) == 3 {
			b.WriteRune(to)
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func TestAppend(t *testing.T) {
	m := tablemap.New(pairs)
	for _, s := range []string{
		"", "a", "发", "发财", "发财发财", "a发b财c", strings.Repeat("发财了,ok ", 50),
		"中ä𠀀发", "发\xe5\x8f", "\xe5发", "\xff\xfe发\x00", "\xed\xa0\x80\xe0\x80\x80发",
	} {
		want := "前" + slow(s)
		if got := string(m.Append([]byte("前"), []byte(s))); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
}

func FuzzAppend(f *testing.F) {
	m := tablemap.New(pairs)
	f.Add("发财 and more 发财着着\xe5\x8f发")
	f.Fuzz(func(t *testing.T, s string) {
		if got := string(m.Append(nil, []byte(s))); got != slow(s) {
			t.Errorf("%q became %q, want %q", s, got, slow(s))
		}
	})
}

func TestAppendAllocatesNothing(t *testing.T) {
	m := tablemap.New(pairs)
	src := []byte(strings.Repeat("发财 ok ", 100))
	dst := make([]byte, 0, len(src)+8)
	if n := testing.AllocsPerRun(10, func() { dst = m.Append(dst[:0], src) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
