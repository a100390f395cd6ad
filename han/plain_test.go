package han

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/dict"
)

// TestIndex holds that no two characters share an entry of the plain table.
func TestIndex(t *testing.T) {
	seen := map[uint64]rune{}
	for c := range rune(1 << 16) {
		i := index(layout(c))
		if other, ok := seen[i]; ok {
			t.Fatalf("%U and %U share entry %d", c, other, i)
		}
		seen[i] = c
		if c >= 0x800 && (c < 0xD800 || c > 0xDFFF) && layout(c) != uint64(dict.Pack(c)) {
			t.Fatalf("layout(%U) = %x, UTF-8 has %x", c, layout(c), dict.Pack(c))
		}
	}
}

// TestLoopPick tells which loop each profile takes.
func TestLoopPick(t *testing.T) {
	var sparse, dense []string
	for _, p := range Profiles() {
		c, err := New(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		if c.engine.plain.sparse {
			sparse = append(sparse, p.Name)
		} else {
			dense = append(dense, p.Name)
		}
	}
	const want = "sparse: t2s tw2s hk2s hk2sp t2tw tw2t t2hk hk2t t2jp jp2t; dense: s2t s2tw s2twp tw2sp s2hk s2hkp s2hk-finance"
	if got := fmt.Sprintf("sparse: %s; dense: %s", strings.Join(sparse, " "), strings.Join(dense, " ")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// plainPicture shows the entries of the characters and how far each loop gets
// in a text.
func plainPicture(e *engine, chars, text string) string {
	var b strings.Builder
	for _, c := range chars {
		kind := [...]string{"plain", "guard", "lookup", "trigger", "operator"}[e.kind(c)>>24]
		fmt.Fprintf(&b, "%c %s → %s\n", c, kind, e.appendChar(nil, []byte(string(c))))
	}
	dst := make([]byte, len(text)+8)
	loops := []func(dst, src []byte) int{e.plain.convertDense, e.plain.convertSparse}
	for i, name := range []string{"dense", "sparse"} {
		n := loops[i](dst, []byte(text))
		fmt.Fprintf(&b, "%s: %s│%s\n", name, dst[:n], text[n:])
	}
	return b.String()
}

func TestPlainPicture(t *testing.T) {
	const want = `头 plain → 頭
发 guard → 發
很 plain → 很
埠 plain → 埠
é plain → é
⿰ operator → ⿰
𠮷 lookup → 𠮷
dense: 這頭很長，很黑，很│头发，很直很直很直很直很直
sparse: 這頭很長，很黑，很│头发，很直很直很直很直很直
`
	e := newEngine(sparseProgram(t, map[string]string{"头发": "頭髮", "头": "頭", "发": "發", "这": "這", "长": "長"}))
	got := plainPicture(e, "头发很埠é⿰𠮷", "这头很长，很黑，很头发，很直很直很直很直很直")
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// sparseProgram compiles one dictionary for a text in which its characters
// are rare.
func sparseProgram(t *testing.T, entries map[string]string) *dict.Program {
	t.Helper()
	l := &dict.Lexicon{Name: "test"}
	for key, value := range entries {
		l.Entries = append(l.Entries, dict.Entry{Key: key, Values: []string{value}})
	}
	usage := dict.NewUsage()
	usage.Add("的", 1000)
	usage.Add("头", 20)
	usage.Add("发", 10)
	b := dict.NewBuilder()
	if err := b.Add(dict.Recipe{Name: "test", Chain: []dict.Source{{Lexicon: l}}}, usage); err != nil {
		t.Fatal(err)
	}
	f, err := dict.Open(b.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return f.Program("test")
}

// TestLoopsAgree lets both loops convert the same texts: what both have
// written is the same, and neither passes an irregular pair.
func TestLoopsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	e := newEngine(sparseProgram(t, map[string]string{
		"头发": "頭髮", "发头x": "1", "U发": "2", "发é": "3", "𠮷发": "4", "头": "頭", "长": "長", "短": "abc",
	}))
	pieces := []string{"头", "发", "头发", "长", "短", "U", "é", "𠮷", "很", "长长长长", "很很很很很", "abcdefgh", "abc", "\n", "\xE5", "\xE5\xA4", "⿰"}
	stops := map[string]int{}
	for range 20000 {
		var text []byte
		for range r.IntN(20) {
			text = append(text, pieces[r.IntN(len(pieces))]...)
		}
		dense, sparse := make([]byte, len(text)), make([]byte, len(text)+r.IntN(9))
		n, m := e.plain.convertDense(dense, text), e.plain.convertSparse(sparse, text)
		if both := min(n, m); string(dense[:both]) != string(sparse[:both]) {
			t.Fatalf("%q: %q and %q", text, dense[:both], sparse[:both])
		}
		for _, stop := range []int{n, m} {
			checkStop(t, e, text, stop)
		}
		if n == m {
			stops["same"]++
		} else {
			stops["other"]++
		}
	}
	if stops["same"] < 10000 {
		t.Errorf("the loops seldom stop at the same place: %v", stops)
	}
}

// checkStop holds that no pair before stop, nor that across it, is irregular.
func checkStop(t *testing.T, e *engine, text []byte, stop int) {
	t.Helper()
	left := dict.Invalid
	for i := 0; i < len(text); {
		c, size := dict.Decode(text[i:])
		if i > stop {
			return
		}
		if left != dict.Invalid && c != dict.Invalid && e.plain.filter.Has(dict.PairKey(dict.Pack(left), dict.Pack(c))) {
			t.Fatalf("%q: passed the irregular pair %c%c before byte %d", text, left, c, stop)
		}
		left = c
		i += size
	}
}
