package han_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

// pair is a profile under test and its judge.
type pair struct {
	name      string
	converter *han.Converter
	reference *reference
	keys      []string
}

// pairs returns every profile, with and without tofu-risk dictionaries.
var pairs = sync.OnceValue(func() []pair {
	var all []pair
	for _, p := range han.Profiles() {
		for _, tofuRisk := range []bool{false, true} {
			name, opts := p.Name, []han.Option(nil)
			if tofuRisk {
				if !strings.Contains(string(oracle.Load().Configs[p.Name]), "tofu") {
					continue
				}
				name, opts = name+"+tofu", []han.Option{han.WithTofuRisk()}
			}
			c, err := han.New(p.Name, opts...)
			if err != nil {
				panic(err)
			}
			r := newReference(p.Name, tofuRisk)
			keys := r.keys()
			slices.Sort(keys)
			all = append(all, pair{name, c, r, slices.Compact(keys)})
		}
	}
	return all
})

func pairNamed(t testing.TB, name string) pair {
	for _, p := range pairs() {
		if p.name == name {
			return p
		}
	}
	t.Fatalf("no profile %s", name)
	return pair{}
}

// check compares the engine's ways with each other and with the judge.
func (p pair) check(t testing.TB, text string) {
	t.Helper()
	want := p.reference.convert(text)
	if got := p.converter.Convert(text); got != want {
		t.Fatalf("%s: Convert(%q)\n got %q\nwant %q", p.name, text, got, want)
	}
	if got := string(p.converter.Append([]byte("<"), []byte(text))); got != "<"+want {
		t.Fatalf("%s: Append(%q)\n got %q\nwant %q", p.name, text, got, "<"+want)
	}
}

func TestOpenCCCases(t *testing.T) {
	n := 0
	for _, c := range oracle.Load().Cases {
		for profile, want := range c.Expected {
			n++
			converter, err := han.New(profile, han.WithTofuRisk())
			if err != nil {
				t.Fatal(err)
			}
			if got := converter.Convert(c.Input); got != want {
				t.Errorf("%s: %s(%q) = %q, want %q", c.ID, profile, c.Input, got, want)
			}
		}
	}
	if n != 475 {
		t.Errorf("%d checks, want 475", n)
	}
}

func TestReferenceAgainstOpenCC(t *testing.T) {
	references := map[string]*reference{}
	for _, c := range oracle.Load().Cases {
		for profile, want := range c.Expected {
			if references[profile] == nil {
				references[profile] = newReference(profile, true)
			}
			if got := references[profile].convert(c.Input); got != want {
				t.Errorf("%s: %s(%q) = %q, want %q", c.ID, profile, c.Input, got, want)
			}
		}
	}
}

// everyPair runs a test of so many random texts for each profile, side by side.
func everyPair(t *testing.T, test func(t *testing.T, p pair, rounds int)) {
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	for _, p := range pairs() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			test(t, p, rounds)
		})
	}
}

// TestKeysAtRandom concatenates keys of a profile's own dictionaries, whole
// and cut, with everything that has rules of its own between them.
func TestKeysAtRandom(t *testing.T) {
	everyPair(t, func(t *testing.T, p pair, rounds int) {
		r := rand.New(rand.NewPCG(1, 2))
		for range rounds {
			p.check(t, randomText(r, p.keys, 40))
		}
	})
}

// TestNeighboursAtRandom walks from character to character, each a neighbour of the
// one before it in some key: here phrases overlap and go on where others end,
// so that the most turns on where a window may end.
func TestNeighboursAtRandom(t *testing.T) {
	everyPair(t, func(t *testing.T, p pair, rounds int) {
		after := map[rune][]rune{}
		for _, key := range p.keys {
			chars := []rune(key)
			for i := 1; i < len(chars); i++ {
				after[chars[i-1]] = append(after[chars[i-1]], chars[i])
			}
		}
		r := rand.New(rand.NewPCG(41, 42))
		for range rounds {
			p.check(t, walk(r, p.keys, after))
		}
	})
}

// walk begins with a character of some key whenever the walk ends, and sometimes
// before.
func walk(r *rand.Rand, keys []string, after map[rune][]rune) string {
	var text []rune
	for range 1 + r.IntN(60) {
		var next []rune
		if len(text) > 0 && r.IntN(8) > 0 {
			next = after[text[len(text)-1]]
		}
		if len(next) == 0 {
			next = []rune(keys[r.IntN(len(keys))])
		}
		text = append(text, next[r.IntN(len(next))])
	}
	return string(text)
}

var oddPieces = []string{
	"⿰", "⿱⿰", "⿲", "⿳木", "⿰亻尔", "⿾", "⿿发", strings.Repeat("⿰", 17), strings.Repeat("⿱发", 40),
	"\uF900", "\U0002F800", "豈", "更", "金", "\u4E00\uFE00", "㐂", "𠮷", "\U000E0100", "\u3000", "，", "。",
	"a", "SQL", "U", "A", "<p>", "\n", "\r\n", "\x00", "é", "·", "한", "か",
	"\xE5", "\xE5\xA4", "\x80", "\xFF", "\xF0\xA0\xAE", "\xC0\x80", "\xED\xA0\x80", "\uFFFD",
}

func randomText(r *rand.Rand, keys []string, pieces int) string {
	var b strings.Builder
	for range 1 + r.IntN(pieces) {
		key := keys[r.IntN(len(keys))]
		switch r.IntN(8) {
		case 0:
			b.WriteString(oddPieces[r.IntN(len(oddPieces))])
		case 1:
			b.WriteString(key[:r.IntN(len(key)+1)])
		case 2:
			b.WriteString(key[r.IntN(len(key)+1):])
		case 3:
			chars := []rune(key)
			b.WriteString(string(chars[r.IntN(len(chars))]))
		default:
			b.WriteString(key)
		}
	}
	return b.String()
}

// TestCorpus runs both directions over real texts: the tab-separated files in
// the folder that HANCONV_CORPUS names. Without it the test is skipped.
func TestCorpus(t *testing.T) {
	folder := os.Getenv("HANCONV_CORPUS")
	if folder == "" {
		t.Skip("HANCONV_CORPUS is not set")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.tsv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no .tsv in %s (%v)", folder, err)
	}
	columns := [2][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			for i, text := range bytes.SplitN(lines.Bytes(), []byte("\t"), 2) {
				columns[i] = append(append(columns[i], text...), '\n')
			}
		}
	}
	for _, p := range pairs() {
		text := columns[1] // Traditional
		if strings.HasPrefix(p.name, "s2") {
			text = columns[0]
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			compareLong(t, p, string(text))
		})
	}
}

func compareLong(t *testing.T, p pair, text string) {
	want := p.reference.convert(text)
	got := p.converter.Convert(text)
	if got != want {
		i := 0
		for i < len(got) && i < len(want) && got[i] == want[i] {
			i++
		}
		from := max(0, i-30)
		t.Fatalf("%s differs at byte %d:\n got %q\nwant %q", p.name, i,
			got[from:min(i+30, len(got))], want[from:min(i+30, len(want))])
	}
	t.Logf("%d bytes equal", len(text))
}

// TestLengths converts texts of every order of magnitude with one converter,
// longer and shorter in turn: what one call leaves behind must not reach the
// next.
func TestLengths(t *testing.T) {
	for _, p := range pairs() {
		r := rand.New(rand.NewPCG(17, 18))
		for _, pieces := range []int{40, 60_000, 1} {
			text := randomText(r, p.keys, 40)
			p.check(t, text+strings.Repeat(randomText(r, p.keys, 1000), 1+pieces/1000))
			p.check(t, text)
		}
	}
}

// The families of profiles differ in what they make hard: phrases of the
// mainland everywhere, few phrases and rare ones, and characters only. Each
// is fuzzed for itself:
//
//	go test ./han -run '^$' -fuzz FuzzFromSimplified -fuzztime 30m -parallel 1

func FuzzFromSimplified(f *testing.F) {
	fuzzFamily(f, func(p pair) bool { return strings.HasPrefix(p.name, "s2") })
}

func FuzzToSimplified(f *testing.F) {
	fuzzFamily(f, func(p pair) bool { return strings.Contains(p.name, "2s") })
}

func FuzzBetweenTraditional(f *testing.F) {
	fuzzFamily(f, func(p pair) bool { return !strings.HasPrefix(p.name, "s2") && !strings.Contains(p.name, "2s") })
}

func fuzzFamily(f *testing.F, member func(p pair) bool) {
	f.Helper()
	for _, text := range oddPieces {
		f.Add(text, uint64(1))
	}
	for i, c := range oracle.Load().Cases {
		f.Add(c.Input, uint64(i))
	}
	pairs() // not in the first call, which has ten seconds
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if len(text) > 4096 {
			return
		}
		r := rand.New(rand.NewPCG(seed, 0))
		for _, p := range pairs() {
			if member(p) {
				text := text + randomText(r, p.keys, 6) + text
				p.check(t, text)
				checkStream(t, p, p.converter.NewStream(), text, atRandom(r))
			}
		}
	})
}

func ExampleNew() {
	c, err := han.New("s2twp")
	if err != nil {
		panic(err)
	}
	fmt.Println(c.Convert("鼠标里面的硅二极管坏了"))
	// Output: 滑鼠裡面的矽二極體壞了
}
