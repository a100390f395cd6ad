package han_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

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

func TestConcurrentUse(t *testing.T) {
	c := pairNamed(t, "s2twp").converter
	text := article(t)
	want := c.Convert(text)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if c.Convert(text) != want || string(c.Append(nil, []byte(text))) != want || c.Align(text).Target != want {
					t.Error("a concurrent conversion differs")
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestLinear doubles texts that send every character the slow way and expects
// the time to double, not to square.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	for _, name := range []string{"s2twp", "tw2sp", "s2t"} {
		p := pairNamed(t, name)
		unit := softText(rand.New(rand.NewPCG(23, 24)), p.keys, 64<<10)
		for kind, text := range map[string]string{
			"no boundary": unit, "operators": strings.Repeat("⿰", len(unit)/3), "invalid": strings.Repeat("\xE5", len(unit)),
		} {
			small, large := fastest(p, text), fastest(p, strings.Repeat(text, 8))
			if ratio := float64(large) / float64(small); ratio > 8*4 {
				t.Errorf("%s, %s: eight times the text takes %.0f times as long", name, kind, ratio)
			}
		}
	}
}

func fastest(p pair, text string) time.Duration {
	best := time.Hour
	var dst []byte
	source := []byte(text)
	for range 5 {
		start := time.Now()
		dst = p.converter.Append(dst[:0], source)
		best = min(best, time.Since(start))
	}
	return best
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
