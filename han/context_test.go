package han_test

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

// contextProfiles are the profiles that have something to choose.
var contextProfiles = []string{"s2t", "s2tw", "s2hk", "s2twp", "s2hkp", "t2s", "tw2s", "hk2s", "tw2sp", "hk2sp"}

func withContext(t testing.TB, profile string) *han.Converter {
	t.Helper()
	c, err := han.New(profile, han.WithContext())
	if err != nil {
		t.Fatal(err)
	}
	if !c.Context() {
		t.Fatalf("%s has no context", profile)
	}
	return c
}

// contextText joins whole sentences, phrases and pieces of them, so that
// decisions stand close to everything that has rules of its own.
func contextText(r *rand.Rand, pieces int) string {
	var b strings.Builder
	cases := oracle.Load().Cases
	keys := pairNamedKeys("s2twp")
	for range pieces {
		switch r.IntN(8) {
		case 0, 1, 2:
			b.WriteString(cases[r.IntN(len(cases))].Input)
		case 3:
			b.WriteString(keys[r.IntN(len(keys))])
		case 4:
			b.WriteString([]string{"\n", "，", " ", "a", "2026", "\xE5", "\xE5\x8F", "\x00", "𠮷"}[r.IntN(9)])
		case 5:
			b.WriteString([]string{"⿰亻发", "⿱⿰里里发", "⿰", "⿳⿱", "后⿰"}[r.IntN(5)])
		case 6:
			b.WriteString(strings.Repeat([]string{"发", "里", "a", "著"}[r.IntN(4)], 1+r.IntN(40)))
		default:
			b.WriteString("爱迪生发明了电灯，二十年历史里只有程序和数组，少数组织的法律程序")
		}
	}
	return b.String()
}

func pairNamedKeys(name string) []string {
	for _, p := range pairs() {
		if p.name == name {
			return p.keys
		}
	}
	return nil
}

// TestContextStreams: any split of a text gives the bytes of one call.
func TestContextStreams(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	for _, profile := range contextProfiles {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			c := withContext(t, profile)
			r := rand.New(rand.NewPCG(5, 6))
			s := c.NewStream()
			for range rounds {
				text := contextText(r, 30)
				want := c.Convert(text)
				for _, cut := range []func(int) int{byteByByte, atRandom(r)} {
					if got := inPieces(s, text, cut); got != want {
						t.Fatalf("stream of %q\n%s", text, difference(got, want))
					}
				}
				if got := string(c.Append([]byte("<"), []byte(text))); got != "<"+want {
					t.Fatalf("Append(%q)\n%s", text, difference(got, "<"+want))
				}
			}
		})
	}
}

// TestContextCut: both sides of a cut convert on their own.
func TestContextCut(t *testing.T) {
	for _, profile := range contextProfiles {
		c := withContext(t, profile)
		r := rand.New(rand.NewPCG(7, 8))
		for range 30 {
			checkCut(t, profile, c, contextText(r, 20), contextText(r, 3))
			checkParallel(t, profile, c, contextText(r, 20), atRandom(r))
		}
	}
}

// TestContextAlign: spans tile both texts, and choices lie in order inside.
func TestContextAlign(t *testing.T) {
	for _, profile := range contextProfiles {
		c := withContext(t, profile)
		r := rand.New(rand.NewPCG(9, 10))
		for range 30 {
			text := contextText(r, 20)
			a := c.Align(text)
			checkTiling(t, profile, a, c.Convert(text))
			checkChoices(t, profile, a)
		}
	}
}

func checkChoices(t *testing.T, name string, a han.Alignment) {
	t.Helper()
	start := 0
	for _, c := range a.Choices {
		if c.Source.Start < start || c.Source.Len() <= 0 || c.Source.End > len(a.Source) {
			t.Fatalf("%s: choice at %v after %d", name, c.Source, start)
		}
		start = c.Source.Start
		if len(c.Candidates) < 2 || c.Chosen < 0 || c.Chosen >= len(c.Candidates) || c.Confidence <= 0 || c.Confidence > 1 || c.Reason == "" {
			t.Fatalf("%s: choice %+v", name, c)
		}
		sum := 0.0
		for _, candidate := range c.Candidates {
			sum += candidate.Probability
		}
		if sum < 0.999 || sum > 1.001 {
			t.Fatalf("%s: probabilities of %+v add up to %g", name, c, sum)
		}
	}
}

// TestContextCounts: what is counted is what the choices tell, however the text
// is split.
func TestContextCounts(t *testing.T) {
	decided := 0
	for _, profile := range contextProfiles {
		c := withContext(t, profile)
		r := rand.New(rand.NewPCG(11, 12))
		stream, sum := c.NewStream(), 0
		for range 30 {
			text := contextText(r, 20)
			want := 0
			for _, choice := range c.Align(text).Choices {
				if choice.Reason == han.ReasonModel || choice.Reason == han.ReasonName {
					want += utf8.RuneCountInString(choice.Candidates[0].Text)
				}
			}
			out, n := c.AppendCount(nil, []byte(text))
			if n != want || string(out) != c.Convert(text) {
				t.Fatalf("%s: %d code points were decided by context, not %d, in %q", profile, n, want, text)
			}
			half := r.IntN(len(text))
			stream.Flush(stream.Append(stream.Append(nil, []byte(text[:half])), []byte(text[half:])))
			if sum += want; stream.ByContext() != sum {
				t.Fatalf("%s: a stream counts %d, not %d, up to %q", profile, stream.ByContext(), sum, text)
			}
		}
		decided += sum
	}
	if decided == 0 {
		t.Error("nothing was decided by context")
	}
	plain, err := han.New("s2t", han.WithoutContext())
	if err != nil {
		t.Fatal(err)
	}
	if _, n := plain.AppendCount(nil, []byte("头发")); n != 0 || plain.NewStream().ByContext() != 0 {
		t.Errorf("without context %d were decided by it", n)
	}
}

// TestContextKeepsBytes: valid UTF-8 stays valid, every other byte stays.
func TestContextKeepsBytes(t *testing.T) {
	for _, profile := range contextProfiles {
		c := withContext(t, profile)
		r := rand.New(rand.NewPCG(11, 12))
		for range 30 {
			text := strings.ToValidUTF8(contextText(r, 20), "")
			if got := c.Convert(text); !utf8.ValidString(got) {
				t.Fatalf("%s: %q became %q", profile, text, got)
			}
		}
		for _, text := range []string{"", "\xFF", "\xE5\x8F", "发\xE5", "a\x00发\x00", "hello, world"} {
			if got := c.Convert(text); strings.Count(got, "\x00") != strings.Count(text, "\x00") || strings.Count(got, "\xFF") != strings.Count(text, "\xFF") {
				t.Errorf("%s: %q became %q", profile, text, got)
			}
		}
	}
}

// TestContextAllocations: Append to a slice with room allocates nothing.
func TestContextAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	text := []byte(strings.Repeat("爱迪生发明了电灯，里面只有程序。\n", 2000))
	for _, profile := range contextProfiles {
		c := withContext(t, profile)
		dst := make([]byte, 0, 2*len(text))
		if n := testing.AllocsPerRun(5, func() { dst = c.Append(dst[:0], text) }); n > 2 {
			t.Errorf("%s: %g allocations for %d bytes", profile, n, len(text))
		}
	}
}

// corpusLines gives the Simplified and the Traditional column of real texts.
func corpusLines(t *testing.T) (simplified, traditional []string) {
	folder := os.Getenv("HANCONV_CORPUS")
	if folder == "" {
		t.Skip("HANCONV_CORPUS names no folder with pairs of texts")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.tsv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(strings.NewReader(string(data)))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if f := strings.Split(lines.Text(), "\t"); len(f) >= 2 {
				simplified, traditional = append(simplified, f[0]), append(traditional, f[1])
			}
		}
	}
	return simplified, traditional
}

// TestContextTwice: converting twice gives what converting once gives.
func TestContextTwice(t *testing.T) {
	simplified, traditional := corpusLines(t)
	for _, profile := range []string{"s2t", "s2tw", "s2hk", "s2twp", "s2hkp"} {
		c := withContext(t, profile)
		bad := 0
		for _, lines := range [][]string{simplified, traditional} {
			for _, line := range lines {
				once := c.Convert(line)
				if twice := c.Convert(once); twice != once {
					if bad++; bad <= 5 {
						t.Errorf("%s: %s\n%s", profile, line, difference(twice, once))
					}
				}
			}
		}
		if bad > 0 {
			t.Errorf("%s: %d lines change when they are converted again", profile, bad)
		}
	}
}

func FuzzContext(f *testing.F) {
	for i, text := range []string{"爱迪生发明了电灯", "少数组织的法律程序", "⿰亻发里", "\xE5\x8F里后", "他在看表演\n后天", "演算法和算法"} {
		f.Add(text, uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, n uint8) {
		c := withContext(t, contextProfiles[int(n)%len(contextProfiles)])
		want := c.Convert(text)
		if utf8.ValidString(text) && !utf8.ValidString(want) {
			t.Fatalf("%q became %q", text, want)
		}
		for size := 1; size <= 7; size += 3 {
			if got := inPieces(c.NewStream(), text, func(left int) int { return min(left, size) }); got != want {
				t.Fatalf("stream of %q by %d\n%s", text, size, difference(got, want))
			}
		}
		checkTiling(t, "context", c.Align(text), want)
	})
}

func BenchmarkContext(b *testing.B) {
	article, err := os.ReadFile(filepath.Join("..", "testdata", "article.zh-Hans.txt"))
	if err != nil {
		b.Fatal(err)
	}
	text := []byte(strings.Repeat(string(article), 40))
	for _, profile := range []string{"s2t", "s2tw", "s2hk", "s2twp", "t2s", "tw2sp"} {
		src := text
		if profile[0] == 't' {
			c, err := han.New("s2tw")
			if err != nil {
				b.Fatal(err)
			}
			src = c.Append(nil, text)
		}
		for name, opt := range map[string]han.Option{"dictionaries": han.WithoutContext(), "context": han.WithContext()} {
			c, err := han.New(profile, opt)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(profile+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(src)))
				dst := make([]byte, 0, 2*len(src))
				for b.Loop() {
					dst = c.Append(dst[:0], src)
				}
			})
		}
	}
}

// TestChoosesByContext: what a profile says without building anything is what
// its converter does.
func TestChoosesByContext(t *testing.T) {
	for _, p := range han.Profiles() {
		c, err := han.New(p.Name, han.WithContext())
		if err != nil {
			t.Fatal(err)
		}
		if p.ChoosesByContext() != c.Context() {
			t.Errorf("%s says %v", p.Name, p.ChoosesByContext())
		}
	}
}
