package han_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

// checkCut holds that text can be cut where Cut says, whatever follows it, and
// so can what is before that cut and what is behind it.
func checkCut(t testing.TB, name string, c *han.Converter, text, more string) (cuts int) {
	t.Helper()
	for before := text; cuts < 8; cuts++ {
		n := c.Cut([]byte(before))
		if n == 0 {
			break
		}
		checkCutAt(t, name, c, before, more, n)
		if again := c.Cut([]byte(before[n:] + more)); again > 0 {
			checkCutAt(t, name, c, before[n:]+more, "发", again)
		}
		before = before[:n]
	}
	return cuts
}

func checkCutAt(t testing.TB, name string, c *han.Converter, text, more string, n int) {
	t.Helper()
	want := c.Convert(text + more)
	if got := c.Convert(text[:n]) + c.Convert(text[n:]+more); got != want {
		t.Fatalf("%s: %q cut at %d, before %q: %s", name, text, n, more, difference(got, want))
	}
}

// inParallel converts text as a reader of blocks does that converts what lies
// between two cuts on its own.
func inParallel(c *han.Converter, s *han.Stream, text string, size func(left int) int) string {
	var out, kept []byte
	streaming := false
	for text != "" {
		n := size(len(text))
		piece := slices.Concat(kept, []byte(text[:n]))
		text = text[n:]
		if cut := c.Cut(piece); cut > 0 && !streaming {
			out = c.Append(out, piece[:cut])
			kept = append([]byte(nil), piece[cut:]...)
			continue
		}
		out = s.Append(out, piece)
		rest, ok := s.Undecided()
		kept, streaming = append([]byte(nil), rest...), !ok
		if ok {
			s.Reset()
		}
	}
	if streaming {
		return string(s.Flush(out))
	}
	return string(c.Append(out, kept))
}

func checkParallel(t testing.TB, name string, c *han.Converter, text string, size func(int) int) {
	t.Helper()
	want := c.Convert(text)
	if got := inParallel(c, c.NewStream(), text, size); got != want {
		t.Fatalf("%s: %d bytes, %.300q: %s", name, len(text), text, difference(got, want))
	}
}

func TestCutAtRandom(t *testing.T) {
	everyPair(t, func(t *testing.T, p pair, rounds int) {
		r := rand.New(rand.NewPCG(31, 32))
		cuts := 0
		for range rounds {
			text, more := randomText(r, p.keys, 40), randomText(r, p.keys, 4)
			cuts += checkCut(t, p.name, p.converter, text, more)
			checkParallel(t, p.name, p.converter, text+more, atRandom(r))
		}
		if cuts < rounds {
			t.Errorf("%d cuts in %d texts", cuts, rounds)
		}
	})
}

// TestCutRealText cuts every beginning of a text, and expects the cut near its
// end.
func TestCutRealText(t *testing.T) {
	text := article(t)
	for _, p := range pairs() {
		for end := len(text) / 2; end < len(text)/2+300; end++ {
			checkCut(t, p.name, p.converter, text[end-150:end], text[end:end+30])
			if n := p.converter.Cut([]byte(text[:end])); end-n > 60 {
				t.Errorf("%s: %q is cut %d bytes before its end", p.name, text[end-150:end], end-n)
			}
		}
		checkParallel(t, p.name, p.converter, strings.Repeat(text, 20), func(left int) int { return min(left, 5000) })
	}
	for _, c := range oracle.Load().Cases {
		for _, p := range pairs() {
			checkCut(t, p.name, p.converter, c.Input, "头发")
			checkParallel(t, p.name, p.converter, c.Input, byteByByte)
		}
	}
}

// TestCutDescriptions tells where texts with description sequences are cut:
// behind whole ones, before what may become one or may complete one later.
func TestCutDescriptions(t *testing.T) {
	c := pairNamed(t, "s2twp").converter
	deep := strings.Repeat("⿰", 17)
	for text, want := range map[string]int{
		"":            0,
		"头":           0,
		"头。":          len("头"),
		"头\n":         len("头"),
		"。头⿰":         len("。头"),
		"⿰":           0,
		"⿰亻":          0,
		"⿰亻尔":         len("⿰亻尔"),
		"⿰亻尔头":        len("⿰亻尔"),
		"⿰亻尔头。":       len("⿰亻尔头"),
		"。。⿰亻":        len("。。"),
		"头\xE2\xBF":   0,
		"头。\xE2\xBF":  len("头"),
		"头\xE5\xA4":   0,
		"头\xE5\xA4。":  len("头\xE5\xA4"),
		"头\x80。":      len("头\x80"),
		"\x80\x80":    0,
		"⿕。":          len("⿕"), // a radical whose bytes begin as an operator's do
		deep + "头。":   0,
		"头" + deep:    len("头"),
		"⿰。" + "\n\n": len("⿰。\n"),
	} {
		if got := c.Cut([]byte(text)); got != want {
			t.Errorf("%q is cut at %d, want %d", text, got, want)
		}
		checkCut(t, "s2twp", c, text, "亻尔头发")
	}
}

// TestCutLooksBackOnlySoFar sends texts whose only cut is far from the end.
func TestCutLooksBackOnlySoFar(t *testing.T) {
	found := false
	for _, p := range pairs() {
		r := rand.New(rand.NewPCG(33, 34))
		if c, ok := doubled(p.keys); ok {
			found = true
			text := "。\n⿰亻尔" + strings.Repeat(c, 20_000)
			for _, text := range []string{text, strings.Replace(text, "⿰", "", 1)} {
				if n := p.converter.Cut([]byte(text)); n != 0 {
					t.Errorf("%s: %.30q… is cut at %d", p.name, text, n)
				}
			}
			checkParallel(t, p.name, p.converter, text+"。\n"+text, func(left int) int { return min(left, 9000) })
		}
		checkParallel(t, p.name, p.converter, softText(r, p.keys, 20_000), atRandom(r))
	}
	if !found {
		t.Error("no profile has a key that joins a character to itself")
	}
}

// doubled finds a character that a key joins to itself, so that no cut lies
// between any number of it.
func doubled(keys []string) (c string, ok bool) {
	for _, key := range keys {
		chars := []rune(key)
		for i := 1; i < len(chars); i++ {
			if chars[i] == chars[i-1] && chars[i] >= utf8.RuneSelf {
				return string(chars[i]), true
			}
		}
	}
	return "", false
}

// TestCutAfterAnUnfinishedDescription expects a stream to come back to cuts,
// once the operator reaches no further.
func TestCutAfterAnUnfinishedDescription(t *testing.T) {
	for _, name := range []string{"t2jp", "s2twp"} {
		c := pairNamed(t, name).converter
		text := []byte(strings.Repeat(article(t), 30))
		s := c.NewStream()
		s.Append(nil, []byte("⿰\xFF"+string(text[:300])))
		if _, ok := s.Undecided(); ok {
			t.Errorf("%s: the operator has no reach", name)
		}
		for range 16 {
			s.Append(nil, text)
		}
		if rest, ok := s.Undecided(); !ok || len(rest) > 60 {
			t.Errorf("%s: %d bytes undecided, %v", name, len(rest), ok)
		}
		if name == "t2jp" {
			long := string(text) + "⿰\xFF" + string(text)
			checkParallel(t, name, c, long, func(left int) int { return min(left, 2000) })
		}
	}
}

func TestCutOfAProgramThatCannotBeCut(t *testing.T) {
	config := `{"conversion_chain": [{"dict": {"type": "inline", "entries": {"⿰头": "x", "发": "y"}}}]}`
	c, err := han.LoadConfig(fstest.MapFS{"c.json": {Data: []byte(config)}}, "c.json")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("头发。\n⿰头", 100)
	if n := c.Cut([]byte(text)); n != 0 {
		t.Errorf("cut at %d", n)
	}
	checkParallel(t, "an operator in a key", c, text, func(left int) int { return min(left, 50) })
}

func TestCutRandomConfigurations(t *testing.T) {
	rounds := uint64(1000)
	if testing.Short() {
		rounds = 150
	}
	cuts := 0
	for seed := range rounds {
		g := newGenerator(2_000_000 + seed)
		g.config()
		c, err := han.LoadConfig(g.files, "c.json")
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		name := fmt.Sprintf("seed %d", seed)
		for range 10 {
			text := g.text(60) + "。" + g.text(30)
			cuts += checkCut(t, name, c, text, g.text(20))
			checkParallel(t, name, c, text+g.text(400), func(left int) int { return 1 + g.r.IntN(min(left, 60)) })
		}
	}
	if cuts < int(rounds) {
		t.Errorf("%d cuts in %d texts", cuts, 10*rounds)
	}
}

func TestUndecidedIsTheEndOfTheText(t *testing.T) {
	s := pairNamed(t, "s2t").converter.NewStream()
	if rest, ok := s.Undecided(); !ok || len(rest) > 0 {
		t.Errorf("a new stream keeps %q, %v", rest, ok)
	}
	text := []byte("电脑。头发")
	s.Append(nil, text)
	if rest, ok := s.Undecided(); !ok || len(rest) == 0 || !bytes.HasSuffix(text, rest) {
		t.Errorf("of %q the stream keeps %q, %v", text, rest, ok)
	}
}

func FuzzCut(f *testing.F) {
	f.Add("头发⿰亻尔\xE5", "发", uint64(1))
	f.Add(strings.Repeat("⿱", 30), "头", uint64(3))
	for i, c := range oracle.Load().Cases {
		f.Add(c.Input, "发", uint64(i))
	}
	pairs() // not in the first call, which has ten seconds
	f.Fuzz(func(t *testing.T, text, more string, seed uint64) {
		if len(text)+len(more) > 4096 {
			return
		}
		all := pairs()
		p := all[seed%uint64(len(all))]
		r := rand.New(rand.NewPCG(seed, 35))
		checkCut(t, p.name, p.converter, text, more)
		checkParallel(t, p.name, p.converter, text+randomText(r, p.keys, 20)+more, atRandom(r))
	})
}
