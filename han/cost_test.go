package han_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/hanconv/hanconv/han"
)

func article(t testing.TB) string {
	data, err := os.ReadFile("../testdata/article.zh-Hans.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	short := "如何在三分钟内复制一个网站"
	long := strings.Repeat(article(t), 200)
	plain := strings.Repeat("plain ASCII text, 1,234.\n", 100)
	for _, name := range []string{"s2t", "s2twp", "tw2sp", "s2hk"} {
		c := pairNamed(t, name).converter
		for _, text := range []string{short, article(t), long} {
			source := []byte(text)
			dst := c.Append(nil, source)
			if n := testing.AllocsPerRun(20, func() { dst = c.Append(dst[:0], source) }); n > 0 {
				t.Errorf("%s: Append of %d bytes allocates %v times", name, len(text), n)
			}
		}
		for _, text := range []string{short, article(t), long} {
			if name == "tw2sp" {
				text = pairNamed(t, "s2twp").converter.Convert(text)
			}
			if n := testing.AllocsPerRun(20, func() { c.Convert(text) }); n != 1 {
				t.Errorf("%s: Convert of %d bytes allocates %v times", name, len(text), n)
			}
		}
		for _, text := range []string{"", "a", plain, strings.Repeat(plain, 200)} {
			if n := testing.AllocsPerRun(20, func() { c.Convert(text) }); n > 0 {
				t.Errorf("%s: Convert of %d unchanged bytes allocates %v times", name, len(text), n)
			}
		}
	}
}

// TestConcurrentUse lets goroutines share every converter in every way, with
// texts that go through windows and through the stages.
func TestConcurrentUse(t *testing.T) {
	r := rand.New(rand.NewPCG(25, 26))
	type job struct {
		p          pair
		text, want string
	}
	var jobs []job
	for _, p := range pairs() {
		for _, text := range []string{randomText(r, p.keys, 60), softText(r, p.keys, 6000), "头发"} {
			jobs = append(jobs, job{p, text, p.reference.convert(text)})
		}
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range jobs {
				j := jobs[(n+i*7)%len(jobs)]
				fresh, err := han.New(strings.TrimSuffix(j.p.name, "+tofu"))
				if err != nil {
					t.Error(err)
					return
				}
				c := j.p.converter
				stream := inPieces(c.NewStream(), j.text, func(left int) int { return min(left, 100) })
				switch {
				case c.Convert(j.text) != j.want, string(c.Append(nil, []byte(j.text))) != j.want,
					c.Align(j.text).Target != j.want, stream != j.want:
					t.Errorf("%s: a concurrent conversion differs", j.p.name)
				case fresh.Fingerprint() != c.Fingerprint() && !strings.HasSuffix(j.p.name, "+tofu"):
					t.Errorf("%s: another fingerprint", j.p.name)
				}
			}
		})
	}
	wg.Wait()
}

// TestUnchangedIsReturned holds that Chinese text which conversion does not
// change is neither copied nor allocated.
func TestUnchangedIsReturned(t *testing.T) {
	for _, p := range pairs() {
		text := strings.Repeat(article(t), 60)
		for range 4 { // a conversion of its own result soon changes nothing
			text = p.converter.Convert(text)
		}
		for _, text := range []string{text[:len("标")], text[:300], text} {
			got := p.converter.Convert(text)
			if got != text {
				t.Fatalf("%s: %.30q goes on changing", p.name, text)
			}
			if unsafe.StringData(got) != unsafe.StringData(text) {
				t.Errorf("%s: a copy of %d unchanged bytes", p.name, len(text))
			}
		}
	}
}

// hardTexts are texts that send every character the slow way.
func hardTexts(p pair) map[string]string {
	const size = 8 << 10
	longest := slices.MaxFunc(p.keys, func(a, b string) int { return len(a) - len(b) })
	cut := longest[:len(longest)-len("头")] // a long look-up in vain
	texts := map[string]string{
		"no boundary": softText(rand.New(rand.NewPCG(23, 24)), p.keys, size),
	}
	for kind, unit := range map[string]string{
		"operators": "⿰", "deep descriptions": strings.Repeat("⿰", 15), "broken descriptions": "⿲⿱头发",
		"open descriptions": "⿰头", "operators of one": "⿾", "description too long": "⿲" + strings.Repeat("⿰头发", 22),
		"invalid": "\xE5", "cut characters": "\xE5\xA4", "long keys in vain": cut, "one key": longest,
		"compatibility": "\uF900", "one character": "发", "alternating": "a发", "NUL": "\x00头",
	} {
		texts[kind] = strings.Repeat(unit, size/len(unit))
	}
	return texts
}

// growth is how many times as long a text takes that is eight times as long.
// The short one is converted eight times, so that other work on the machine
// disturbs both alike.
func growth(convert func(text []byte), text string) float64 {
	short := func(text []byte) {
		for range 8 {
			convert(text)
		}
	}
	return 8 * float64(fastest(convert, strings.Repeat(text, 8))) / float64(fastest(short, text))
}

// TestLinear makes texts eight times as long and expects each way of
// converting to take eight times as long, not sixty-four.
func TestLinear(t *testing.T) {
	for _, name := range []string{"s2twp", "t2s"} {
		p := pairNamed(t, name)
		s := p.converter.NewStream()
		var dst []byte
		ways := map[string]func(text []byte){
			"Append": func(text []byte) { dst = p.converter.Append(dst[:0], text) },
			"Stream": func(text []byte) {
				dst = dst[:0]
				for i := 0; i < len(text); i += 500 {
					dst = s.Append(dst, text[i:min(i+500, len(text))])
				}
				dst = s.Flush(dst)
			},
			"Align": func(text []byte) { p.converter.Align(string(text)) },
		}
		for kind, text := range hardTexts(p) {
			for way, convert := range ways {
				ratio := growth(convert, text)
				for tries := 0; ratio > 8*4 && tries < 5; tries++ { // other work on the machine disturbs
					ratio = min(ratio, growth(convert, text))
				}
				if ratio > 8*4 {
					t.Errorf("%s, %s, %s: eight times the text takes %.0f times as long", name, kind, way, ratio)
				}
			}
		}
	}
}

func byByte(s *han.Stream, dst, text []byte) []byte {
	for i := range text {
		dst = s.Append(dst, text[i:i+1])
	}
	return s.Flush(dst)
}

// TestHardTexts holds that no text is much slower than ordinary text: at most
// by a factor that leaves some 20 MB/s in one call, and hardly if a stream gets
// it byte by byte, where calls cost the most.
func TestHardTexts(t *testing.T) {
	for _, name := range []string{"s2t", "s2twp", "tw2sp"} {
		p := pairNamed(t, name)
		s := p.converter.NewStream()
		var dst []byte
		ways := map[string]func(text []byte){
			"Append":      func(text []byte) { dst = p.converter.Append(dst[:0], text) },
			"tiny pieces": func(text []byte) { dst = byByte(s, dst[:0], text) },
		}
		for way, most := range map[string]float64{"Append": 100, "tiny pieces": 8} {
			ordinary := perByte(ways[way], article(t))
			for kind, text := range hardTexts(p) {
				slower := perByte(ways[way], text) / ordinary
				for tries := 0; slower > most && tries < 5; tries++ { // other work on the machine disturbs
					slower = min(slower, perByte(ways[way], text)/perByte(ways[way], article(t)))
				}
				if slower > most {
					t.Errorf("%s, %s, %s: %.0f times as slow as ordinary text", name, kind, way, slower)
				}
			}
		}
	}
}

func perByte(convert func([]byte), text string) float64 {
	return fastest(convert, text).Seconds() / float64(len(text))
}

func fastest(convert func([]byte), text string) time.Duration {
	best := time.Hour
	source := []byte(text)
	for range 3 {
		start := time.Now()
		convert(source)
		best = min(best, time.Since(start))
	}
	return best
}

// BenchmarkHardTexts shows how slow the slow way is.
func BenchmarkHardTexts(b *testing.B) {
	for _, name := range []string{"s2t", "s2twp", "tw2sp"} {
		p := pairNamed(b, name)
		for kind, text := range hardTexts(p) {
			b.Run(name+"/"+strings.ReplaceAll(kind, " ", "-"), func(b *testing.B) {
				source := []byte(text)
				dst := p.converter.Append(nil, source)
				b.SetBytes(int64(len(source)))
				for b.Loop() {
					dst = p.converter.Append(dst[:0], source)
				}
			})
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	simplified := strings.Repeat(article(b), 100)
	for _, p := range han.Profiles() {
		b.Run(p.Name, func(b *testing.B) {
			c := pairNamed(b, p.Name).converter
			text := []byte(simplified)
			if !strings.HasPrefix(p.Name, "s2") {
				text = pairNamed(b, "s2twp").converter.Append(nil, text)
			}
			dst := c.Append(nil, text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				dst = c.Append(dst[:0], text)
			}
		})
	}
}

// BenchmarkLimits gives the bounds to read BenchmarkAppend by: a bare copy,
// and a table that maps each 3-byte character to another.
func BenchmarkLimits(b *testing.B) {
	text := []byte(strings.Repeat(article(b), 100))
	dst := make([]byte, len(text)+8)
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			copy(dst, text)
		}
	})
	b.Run("map", func(b *testing.B) {
		table := new([1 << 16]uint32)
		for c := range table {
			table[c] = 0x8080E0 | uint32(c)>>12 | uint32(c)&0xFC0<<2 | uint32(c)&0x3F<<16
		}
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			mapCharacters(dst, text, table)
		}
	})
}

func mapCharacters(dst, text []byte, table *[1 << 16]uint32) {
	for i := 0; i < len(text); {
		if b := text[i]; b&0xF0 != 0xE0 || i+2 >= len(text) {
			dst[i] = b
			i++
			continue
		}
		x := table[uint16(text[i])<<12|uint16(text[i+1]&0x3F)<<6|uint16(text[i+2]&0x3F)]
		dst[i], dst[i+1], dst[i+2] = byte(x), byte(x>>8), byte(x>>16)
		i += 3
	}
}

func BenchmarkConvertTitle(b *testing.B) {
	c := pairNamed(b, "s2twp").converter
	for b.Loop() {
		c.Convert("如何在三分钟内复制一个网站并发布到服务器")
	}
}

func BenchmarkStream(b *testing.B) {
	text := []byte(strings.Repeat(article(b), 100))
	s := pairNamed(b, "s2twp").converter.NewStream()
	out := make([]byte, 0, 2*len(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		out = out[:0]
		for i := 0; i < len(text); i += 32 << 10 {
			out = s.Append(out, text[i:min(i+32<<10, len(text))])
		}
		out = s.Flush(out)
	}
}
