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
	written, read, _, w := e.plain.convertDense(dst, []byte(text), &e.known)
	fmt.Fprintf(&b, "dense: %s│%s %v\n", dst[:written], text[read:], w)
	n := e.plain.convertSparse(dst, []byte(text))
	fmt.Fprintf(&b, "sparse: %s│%s\n", dst[:n], text[n:])
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
dense: 這頭很長，很頭髮，很黑，很頭髮長，│头发长很，很直很直很直很直很直 {51 63}
sparse: 這頭很長，很│头发，很黑，很头发长，头发长很，很直很直很直很直很直
`
	e := newEngine(sparseProgram(t, map[string]string{
		"头发": "頭髮", "头": "頭", "发": "發", "这": "這", "长": "長", "很发长": "", "发长很": "",
	}))
	got := plainPicture(e, "头发很埠é⿰𠮷", "这头很长，很头发，很黑，很头发长，头发长很，很直很直很直很直很直")
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

// TestLoops lets both loops convert the same texts: what they have written is
// right up to the last hard pair, and behind it they have passed no irregular
// pair.
func TestLoops(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	entries := map[string]string{
		"头发": "頭髮", "发头x": "1", "U发": "2", "发é": "3", "𠮷发": "4", "头": "頭", "长": "長", "短": "abc",
		"发长": "长发长发", "长短": "短", "长头发": "髮", "发头很": "發頭很", "很U": "ü", "很发很": "很髮很", "很头发很": "很很",
	}
	sparse := newEngine(sparseProgram(t, entries))
	program := *sparse.program
	program.Sparse = false // so that guards do not stop the dense loop
	e := newEngine(&program)
	pieces := []string{"头", "发", "头发", "长", "短", "U", "é", "𠮷", "很", "甲乙", "丙", "甲头发乙", "丙发长甲", "甲乙丙甲乙丙", "长长长长", "很很很很很", "abcdefgh", "abc", "\n", "\xE5", "\xE5\xA4", "⿰"}
	stops := map[string]int{}
	for range 20000 {
		var text []byte
		for range r.IntN(30) {
			text = append(text, pieces[r.IntN(len(pieces))]...)
		}
		dst := make([]byte, len(text)+r.IntN(9))
		written, read, settled, w := e.plain.convertDense(dst, text, &e.known)
		checkLoop(t, e, text, dst[:written], read, settled)
		if w.stop > 0 {
			stops["window"]++
			checkWindow(t, e, text, w, read)
		}
		if written != read {
			stops["length"]++
		}
		n := sparse.plain.convertSparse(dst, text)
		checkLoop(t, e, text, dst[:n], n, 0)
		if read > n {
			stops["settled"]++
		}
	}
	if stops["window"] < 100 || stops["length"] < 100 || stops["settled"] < 1000 {
		t.Errorf("too few of a kind: %v", stops)
	}
}

// checkLoop holds what a loop has read and written against the program. Up to
// settled no window reaches back any more.
func checkLoop(t *testing.T, e *engine, text, out []byte, read, settled int) {
	t.Helper()
	cut := e.windowStart(text, settled, read)
	if want := e.program.Convert(text[:cut]); string(out[:len(out)-(read-cut)]) != string(want) {
		t.Fatalf("%q: wrote %q up to byte %d, want %q", text, out[:len(out)-(read-cut)], cut, want)
	}
	if _, irregular := e.pairs(text[cut:]); irregular >= 0 && irregular < read-cut {
		t.Fatalf("%q: passed an irregular pair before byte %d", text, read)
	}
}

// checkWindow holds that the window around the place where the loop has stopped
// converts by itself, and is no larger than hard pairs make it.
func checkWindow(t *testing.T, e *engine, text []byte, w window, read int) {
	t.Helper()
	start, stop := e.windowStart(text, 0, read), e.windowEnd(text, read, true)
	if w.start < start || w.start > read || w.stop < read+6 || w.stop > stop {
		t.Fatalf("%q: window %v around %d, between hard pairs {%d %d}", text, w, read, start, stop)
	}
	pieces := string(e.program.Convert(text[:w.start])) + string(e.program.Convert(text[w.start:w.stop])) + string(e.program.Convert(text[w.stop:]))
	if want := string(e.program.Convert(text)); pieces != want {
		t.Fatalf("%q cut by window %v: %q, want %q", text, w, pieces, want)
	}
}

// pairs finds where the first irregular pair of text begins and ends, or -1.
func (e *engine) pairs(text []byte) (start, end int) {
	left, before := dict.Invalid, 0
	for i := 0; i < len(text); {
		c, size := dict.Decode(text[i:])
		if left != dict.Invalid && c != dict.Invalid && e.isIrregular(left, c) {
			return before, i
		}
		left, before = c, i
		i += size
	}
	return -1, -1
}

func (e *engine) isIrregular(left, right rune) bool {
	key := dict.PairKey(dict.Pack(left), dict.Pack(right))
	if layout(left) == uint64(dict.Pack(left)) && layout(right) == uint64(dict.Pack(right)) {
		return e.program.Pairs.Has(key)
	}
	return e.plain.filter.Has(key)
}
