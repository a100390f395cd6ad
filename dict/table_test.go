package dict_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

func TestTablePicture(t *testing.T) {
	table := dict.NewTable("头发", "頭髮", "头", "頭", "头发夹", "頭髮夾", "发", "發", "B超", "超音波", "𠮷", "吉")
	const want = `头 → 頭
发 → 發
𠮷 → 吉
头发 → 頭髮 …
  夹 → 頭髮夾
B超 → 超音波
`
	if got := table.Picture("头发夹B超𠮷"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestLargePool reads values that lie farther than three bytes tell.
func TestLargePool(t *testing.T) {
	long := strings.Repeat("长", 1<<24/3+1)
	lexicon := dict.Lexicon{Entries: []dict.Entry{{"一", []string{long}}, {"二", []string{"两"}}, {"三", []string{"仨"}}}}
	p, err := dict.Compile(dict.Recipe{Name: "large", Chain: []dict.Source{{Lexicon: &lexicon}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(p.Convert([]byte("三二"))); got != "仨两" {
		t.Errorf("三二 becomes %q, want 仨两", got)
	}
	if got := p.Convert([]byte("一")); string(got) != long {
		t.Errorf("一 becomes %d bytes, want %d", len(got), len(long))
	}
}

func TestTableLongest(t *testing.T) {
	table := dict.NewTable("a", "1", "abc", "3", "头发", "頭髮", "\x00", "nul", "𠮷野家", "吉野家", "空", "")
	for text, want := range map[string]string{
		"abd": "a=1", "abc": "abc=3", "abcd": "abc=3", "b": "=", "头发长": "头发=頭髮", "头": "=",
		"\x00x": "\x00=nul", "𠮷野家": "𠮷野家=吉野家", "𠮷野": "=", "\xE5\xA4": "=", "空": "空=", "a\xFF": "a=1",
	} {
		entry, n := table.Longest([]byte(text))
		value := ""
		if entry != 0 {
			value = string(table.Value(entry))
		}
		if got := text[:n] + "=" + value; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// model is a table as plainly as possible.
type model map[string]string

func (m model) longest(text string) string {
	for n := len(text); n > 0; n-- {
		if _, ok := m[text[:n]]; ok {
			return text[:n]
		}
	}
	return ""
}

func randomWord(r *rand.Rand, alphabet []rune, length int) string {
	var b strings.Builder
	for range 1 + r.IntN(length) {
		b.WriteRune(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func TestTableAgainstModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("ab头发𠮷\x00é")
	for range 200 {
		m, keys := model{}, []string{}
		for range r.IntN(60) {
			key := randomWord(r, alphabet, 4)
			if _, ok := m[key]; !ok {
				m[key] = fmt.Sprint(len(m))
				keys = append(keys, key, m[key])
			}
		}
		table := dict.NewTable(keys...)
		for range 100 {
			text := randomWord(r, alphabet, 8)
			entry, n := table.Longest([]byte(text))
			want := m.longest(text)
			if text[:n] != want || n > 0 && string(table.Value(entry)) != m[want] {
				t.Fatalf("%q in %v: %q, want %q", text, m, text[:n], want)
			}
		}
	}
}

// TestLargeTable has keys enough for many collisions in the hash table, and
// runs of them around its end.
func TestLargeTable(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	m, keys := model{}, []string{}
	for len(m) < 30_000 {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			b.WriteRune(0x4E00 + r.Int32N(300))
		}
		if key := b.String(); m[key] == "" {
			m[key] = fmt.Sprint(len(m) + 1)
			keys = append(keys, key, m[key])
		}
	}
	table := dict.NewTable(keys...)
	if table.Len() != len(m) {
		t.Errorf("%d entries, want %d", table.Len(), len(m))
	}
	for key, value := range m {
		if entry, n := table.Longest([]byte(key + "x")); n != len(key) || string(table.Value(entry)) != value {
			t.Fatalf("%q is not found", key)
		}
		other := []byte(key[:len(key)-3] + string(0x5E00+r.Int32N(300)))
		if _, n := table.Longest(other); string(other[:n]) != m.longest(string(other)) {
			t.Fatalf("%q: %d bytes", other, n)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add("头发,头,发现", "头发现")
	f.Add("a,ab,abc,\x00", "abca")
	f.Fuzz(func(t *testing.T, list, text string) {
		m, keys := model{}, []string{}
		for _, key := range strings.Split(list, ",") {
			if _, ok := m[key]; !ok && key != "" && utf8.ValidString(key) {
				m[key] = key + "!"
				keys = append(keys, key, m[key])
			}
		}
		_, n := dict.NewTable(keys...).Longest([]byte(text))
		if want := m.longest(text); text[:n] != want {
			t.Fatalf("%q in %v: %q, want %q", text, m, text[:n], want)
		}
	})
}

// TestPairSets holds that both forms of a set keep every pair and seldom claim
// another.
func TestPairSets(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pairs := map[[2]rune]bool{{'a', '𠮷'}: true}
	for len(pairs) < 6000 {
		pairs[[2]rune{0x4E00 + r.Int32N(5000), 0x4E00 + r.Int32N(5000)}] = true
	}
	for name, c := range map[string]struct {
		has  func(key uint64) bool
		rate float64
	}{
		"set":    {dict.NewPairSet(pairs).Has, 0.02},
		"filter": {dict.NewPairFilter(pairs).Has, 0.004},
	} {
		has := func(p [2]rune) bool {
			const beyond = 0xABCD << 48 // does not count
			return c.has(dict.PairKey(dict.Pack(p[0]), dict.Pack(p[1]))&(1<<48-1) | beyond)
		}
		for p := range pairs {
			if !has(p) {
				t.Fatalf("%s: %q is missing", name, p)
			}
		}
		wrong, tries := 0, 200_000
		for range tries {
			p := [2]rune{0x4E00 + r.Int32N(5000), 0x4E00 + r.Int32N(5000)}
			if !pairs[p] && has(p) {
				wrong++
			}
		}
		if rate := float64(wrong) / float64(tries); rate > c.rate {
			t.Errorf("%s: %.4f false positives, want at most %.4f", name, rate, c.rate)
		}
	}
}
