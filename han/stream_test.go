package han_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/transform"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

// inPieces sends text through a stream, cut where cut says.
func inPieces(s *han.Stream, text string, cut func(left int) int) string {
	var out []byte
	for text != "" {
		n := cut(len(text))
		out = s.Append(out, []byte(text[:n]))
		text = text[n:]
	}
	return string(s.Flush(out))
}

func byteByByte(int) int { return 1 }

func atRandom(r *rand.Rand) func(int) int {
	return func(left int) int { return 1 + r.IntN(min(left, 200)) }
}

func checkStream(t testing.TB, p pair, s *han.Stream, text string, cut func(int) int) {
	t.Helper()
	want := p.converter.Convert(text)
	if got := inPieces(s, text, cut); got != want {
		t.Fatalf("%s: stream of %q\n got %q\nwant %q", p.name, text, got, want)
	}
}

func TestStreamEverySplit(t *testing.T) {
	for _, p := range pairs() {
		s := p.converter.NewStream()
		for _, c := range oracle.Load().Cases {
			checkStream(t, p, s, c.Input, byteByByte)
		}
	}
}

func TestStreamAtRandom(t *testing.T) {
	for _, p := range pairs() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(3, 4))
			s := p.converter.NewStream()
			rounds := 60
			if testing.Short() {
				rounds = 10
			}
			for range rounds {
				text := randomText(r, p.keys, 100)
				checkStream(t, p, s, text, byteByByte)
				checkStream(t, p, s, text, atRandom(r))
			}
		})
	}
}

// softText joins keys so that no hard boundary lies between them: each key
// begins with the character that the key before it ends with.
func softText(r *rand.Rand, keys []string, length int) string {
	starting := map[rune][]string{}
	for _, key := range keys {
		if chars := []rune(key); len(chars) > 1 {
			starting[chars[0]] = append(starting[chars[0]], key)
		}
	}
	var b strings.Builder
	last := []rune(keys[r.IntN(len(keys))])
	for b.Len() < length {
		b.WriteString(string(last[min(1, len(last)-1):]))
		next := starting[last[len(last)-1]]
		if len(next) == 0 {
			last = []rune(keys[r.IntN(len(keys))])
			continue
		}
		last = []rune(next[r.IntN(len(next))])
	}
	return b.String()
}

// TestStreamWithoutBoundaries sends texts in which a stream finds no hard
// boundary for longer than it keeps text.
func TestStreamWithoutBoundaries(t *testing.T) {
	for _, p := range pairs() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(5, 6))
			s := p.converter.NewStream()
			length := 20_000
			if testing.Short() {
				length = 6_000 // still more than a stream keeps
			}
			for range 3 {
				text := softText(r, p.keys, length)
				if want := p.reference.convert(text); p.converter.Convert(text) != want {
					t.Fatalf("%s: Convert differs on %q", p.name, text)
				}
				checkStream(t, p, s, text, atRandom(r))
				checkStream(t, p, s, text+"⿰"+text[:300]+"⿲", atRandom(r))
			}
		})
	}
}

func TestStreamOperators(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, p := range pairs() {
		s := p.converter.NewStream()
		for _, text := range []string{
			"⿲" + p.keys[len(p.keys)/2],
			strings.Repeat("⿰", 300) + "头发头发",
			strings.Repeat("⿱头", 70) + "发现头发",
			strings.Repeat("⿰", 15) + strings.Repeat("发", 16) + "头发",
			strings.Repeat("⿰", 16) + strings.Repeat("发", 17) + "头发",
			"头⿰发\xE5现头发" + strings.Repeat("理发", 3000),
		} {
			if got, want := p.converter.Convert(text), p.reference.convert(text); got != want {
				t.Errorf("%s: %q\n got %q\nwant %q", p.name, text, got, want)
			}
			checkStream(t, p, s, text, byteByByte)
			checkStream(t, p, s, text, atRandom(r))
		}
	}
}

// TestStreamResetForgets gives up texts in each state that a stream can be in:
// with undecided input, and with input that its stages keep back.
func TestStreamResetForgets(t *testing.T) {
	for _, p := range pairs() {
		r := rand.New(rand.NewPCG(27, 28))
		s := p.converter.NewStream()
		for _, text := range []string{
			"头发软", strings.Repeat("⿰", 40) + "头发软", strings.Repeat("⿰", 300) + "头发软",
			softText(r, p.keys, 9000), "头发\xE5\xA4",
		} {
			for _, next := range []string{"件发", strings.Repeat("⿰", 300) + "件发"} {
				s.Append(nil, []byte(text))
				s.Reset()
				if got, want := string(s.Flush(s.Append(nil, []byte(next)))), p.reference.convert(next); got != want {
					t.Errorf("%s: %.30q after %.30q and Reset: %q, want %q", p.name, next, text, got, want)
				}
			}
		}
	}
}

// TestStreamMemory sends megabytes without a newline and looks at the heap.
func TestStreamMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("converts 48 MiB")
	}
	p := pairNamed(t, "s2twp")
	piece := bytes.Repeat([]byte("软件工程师发明了头发"), 1<<20/30)
	for name, text := range map[string][]byte{
		"plain":       piece,
		"no boundary": []byte(softText(rand.New(rand.NewPCG(1, 1)), p.keys, 1<<20)),
		"operators":   bytes.Repeat([]byte("⿰"), 1<<20/3),
	} {
		s := p.converter.NewStream()
		out := make([]byte, 0, 4<<20)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range 16 {
			out = s.Append(out[:0], text)
		}
		s.Flush(out[:0])
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
			t.Errorf("%s: heap grew by %d bytes", name, grown)
		}
		runtime.KeepAlive(s)
	}
}

func TestTransformer(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, p := range pairs() {
		text := randomText(r, p.keys, 3000)
		want := p.converter.Convert(text)
		for name, reader := range map[string]io.Reader{
			"whole":     strings.NewReader(text),
			"one byte":  iotest.OneByteReader(strings.NewReader(text)),
			"half":      iotest.HalfReader(strings.NewReader(text)),
			"data+err":  iotest.DataErrReader(strings.NewReader(text)),
			"one, both": iotest.OneByteReader(iotest.DataErrReader(strings.NewReader(text))),
		} {
			got, err := io.ReadAll(transform.NewReader(reader, p.converter.NewTransformer()))
			if err != nil || string(got) != want {
				t.Errorf("%s: %s: %v, %d bytes, want %d", p.name, name, err, len(got), len(want))
			}
		}
		var out bytes.Buffer
		w := transform.NewWriter(&out, p.converter.NewTransformer())
		for i := 0; i < len(text); i += 7 {
			if _, err := io.WriteString(w, text[i:min(i+7, len(text))]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil || out.String() != want {
			t.Errorf("%s: writer: %v", p.name, err)
		}
	}
}

// TestTransformerTinyBuffers drives Transform by hand with buffers of one byte.
func TestTransformerTinyBuffers(t *testing.T) {
	p := pairNamed(t, "s2twp")
	tr := p.converter.NewTransformer()
	for _, text := range []string{"", "a", "软件里的头发", "⿰亻尔头发\xE5", "鼠标"} {
		tr.Reset()
		var got []byte
		src := []byte(text)
		for {
			var dst [1]byte
			nDst, nSrc, err := tr.Transform(dst[:], src[:min(1, len(src))], len(src) <= 1)
			got = append(got, dst[:nDst]...)
			src = src[nSrc:]
			if err == nil && len(src) == 0 {
				break
			}
			if err != nil && !errors.Is(err, transform.ErrShortDst) {
				t.Fatal(err)
			}
		}
		if want := p.converter.Convert(text); string(got) != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestStrict(t *testing.T) {
	c := pairNamed(t, "s2t").converter
	for text, offset := range map[string]int64{
		"\xFF":                               0,
		"头发\xE5\xA4":                         6,
		"头发\xED\xA0\x80":                     6,
		"a\xC0\x80":                          1,
		"\xF5\x80\x80\x80":                   0,
		strings.Repeat("发", 30_000) + "\x80": 90_000,
	} {
		_, err := c.ConvertStrict(text)
		var invalid *han.InvalidUTF8Error
		if !errors.As(err, &invalid) || invalid.Offset != offset {
			t.Errorf("ConvertStrict(%.20q): %v, want offset %d", text, err, offset)
		}
		for name, reader := range map[string]io.Reader{
			"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)),
		} {
			got, err := io.ReadAll(transform.NewReader(reader, c.NewStrictTransformer()))
			if !errors.As(err, &invalid) || invalid.Offset != offset {
				t.Errorf("%s: %.20q: %v, want offset %d", name, text, err, offset)
			}
			if want := c.Convert(text[:offset]); string(got) != want {
				t.Errorf("%s: %.20q: %d bytes before the error, want %d", name, text, len(got), len(want))
			}
		}
	}
	text := "头发\uFFFD\U000E0100\x00"
	if got, err := c.ConvertStrict(text); err != nil || got != c.Convert(text) {
		t.Errorf("ConvertStrict(%q) = %q, %v", text, got, err)
	}
	got, err := io.ReadAll(transform.NewReader(iotest.OneByteReader(strings.NewReader(text)), c.NewStrictTransformer()))
	if err != nil || string(got) != c.Convert(text) {
		t.Errorf("strict transformer: %q, %v", got, err)
	}
}

func FuzzStream(f *testing.F) {
	f.Add("头发⿰亻尔\xE5", uint64(1), uint64(2))
	f.Add(strings.Repeat("⿱", 30), uint64(3), uint64(4))
	for i, c := range oracle.Load().Cases {
		f.Add(c.Input, uint64(i), uint64(i))
	}
	pairs() // not in the first call, which has ten seconds
	f.Fuzz(func(t *testing.T, text string, seed, cuts uint64) {
		if len(text) > 4096 {
			return
		}
		all := pairs()
		p := all[seed%uint64(len(all))]
		r := rand.New(rand.NewPCG(seed, cuts))
		text += randomText(r, p.keys, 10) + text
		if seed%4 == 0 {
			text += softText(r, p.keys, 9000)
		}
		checkStream(t, p, p.converter.NewStream(), text, atRandom(r))
	})
}
