package dict_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/dict"
)

// TestProgramPicture shows what the compiler finds out about a small recipe:
// 头发 is a phrase; 软件 becomes 軟件 and that 軟體; 埠 becomes 端口.
func TestProgramPicture(t *testing.T) {
	segmentation := lexicon(map[string]string{"头发": "頭髮"})
	recipe := dict.Recipe{
		Name: "test", Segmentation: &segmentation,
		Chain: []dict.Source{
			lexicon(map[string]string{"头发": "頭髮", "头": "頭", "发": "發", "软": "軟", "埠": "端口"}),
			lexicon(map[string]string{"軟件": "軟體", "端口": "連接埠", "軟件包": "套件"}),
		},
	}
	usage := dict.NewUsage()
	for word, count := range map[string]float64{"的": 900, "件": 50, "头": 30, "发": 20, "软件": 10, "软": 5} {
		usage.Add(word, count)
	}
	p, err := dict.CompileFor(recipe, usage)
	if err != nil {
		t.Fatal(err)
	}
	const want = `发 → 發 guard
埠 → 連接埠 trigger
头 → 頭
端 → 端 guard
軟 → 軟 guard
软 → 軟 guard
头发 soft irregular → 頭髮
软件 soft inner irregular → 軟體
件包 soft inner
端口 soft inner irregular → 連接埠
`
	if got := p.Picture("头发软件包端口"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	const isolated = "軟件包 → 套件\n软件包 → 套件\n"
	if got := p.Isolated.Picture(); got != isolated {
		t.Errorf("isolated: got\n%swant\n%s", got, isolated)
	}
}

// TestUsage chooses by words: of the pairs of 头发长 the rarest stands for it,
// and the rarer character guards.
func TestUsage(t *testing.T) {
	recipe := dict.Recipe{Name: "test", Chain: []dict.Source{lexicon(map[string]string{"头发长": "頭髮長"})}}
	for _, c := range []struct {
		words map[string]float64
		want  string
	}{
		{map[string]float64{"的": 900, "头发": 9, "长": 5, "头": 4}, "长 → 长 guard\n头发 soft\n发长 soft irregular → 发长\n"},
		{map[string]float64{"的": 900, "发长": 9, "头": 5, "长": 4}, "头 → 头 guard\n头发 soft irregular → 头发\n发长 soft\n"},
		// Across words a last character meets a first one.
		{map[string]float64{"的": 900, "发": 20, "长": 10, "头": 5}, "头 → 头 guard\n头发 soft irregular → 头发\n发长 soft\n"},
	} {
		usage := dict.NewUsage()
		for word, count := range c.words {
			usage.Add(word, count)
		}
		p, err := dict.CompileFor(recipe, usage)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Picture("头发长"); got != c.want {
			t.Errorf("%v: got\n%swant\n%s", c.words, got, c.want)
		}
	}
}

// TestPairMap looks up what is there and what is not, in maps of every size.
func TestPairMap(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	for n := range 300 {
		pairs := map[[2]rune]string{}
		for range n {
			result := fmt.Sprint(r.IntN(1000))
			if r.IntN(2) == 0 {
				result = string([]rune{0x800 + rune(r.IntN(0xD000)), 0xE000 + rune(r.IntN(0x2000))})
			}
			pairs[[2]rune{0x4E00 + rune(r.IntN(40)), 0x4E00 + rune(r.IntN(40))}] = result
		}
		m := dict.NewPairMap(pairs)
		listed, swift := 0, 0
		for left, right := range m.All() {
			if _, ok := pairs[[2]rune{left, right}]; !ok {
				t.Fatalf("%c%c was never added", left, right)
			}
			listed++
		}
		if listed != len(pairs) {
			t.Fatalf("%d pairs listed of %d", listed, len(pairs))
		}
		for left := rune(0x4E00); left < 0x4E00+40; left++ {
			for right := rune(0x4E00); right < 0x4E00+40; right++ {
				key := dict.PairKey(dict.Pack(left), dict.Pack(right)) | 0xABCD<<48
				got, found := m.AppendResult(nil, key)
				want, ok := pairs[[2]rune{left, right}]
				if found != ok || m.Has(key) != ok || string(got) != want {
					t.Fatalf("%c%c: %q, want %q", left, right, got, want)
				}
				if result := m.Swift(key); result.Two() {
					swift++
					if got := binary.LittleEndian.AppendUint64(nil, result.Bytes())[:6]; string(got) != want {
						t.Fatalf("%c%c: at once %q, want %q", left, right, got, want)
					}
				}
			}
		}
		if swift < n/8 {
			t.Errorf("only %d of %d pairs are found at once", swift, listed)
		}
	}
}

// TestPairResultTooFar refuses what a slot cannot tell.
func TestPairResultTooFar(t *testing.T) {
	for size, ok := range map[int]bool{1<<27 - 1: true, 1 << 27: false} {
		if err := dict.PairResultAt(size); (err == nil) != ok {
			t.Errorf("behind %d bytes: %v", size, err)
		}
	}
}

// TestTextMap looks up what is there and what is not, in maps of every size;
// long texts differ in the middle only.
func TestTextMap(t *testing.T) {
	r := rand.New(rand.NewPCG(45, 46))
	for n := range 200 {
		texts := map[string]string{}
		for range n {
			texts[textLike(r)] = strings.Repeat("x", r.IntN(300))
		}
		m := dict.NewTextMap(texts)
		if got := m.All(); !maps.Equal(got, texts) {
			t.Fatalf("got %q, want %q", got, texts)
		}
		for range 200 {
			text := textLike(r)
			got, found := m.Lookup([]byte(text))
			if want, ok := texts[text]; found != ok || string(got) != want {
				t.Fatalf("%q: %q, %v, want %q, %v", text, got, found, want, ok)
			}
		}
	}
}

func textLike(r *rand.Rand) string {
	return "头发头"[:r.IntN(9)] + strings.Repeat("长", r.IntN(50)*r.IntN(2)) + fmt.Sprint(r.IntN(10)) + "头发现头"[:r.IntN(12)]
}

// TestIsolated holds what programs know beforehand against the definition.
func TestIsolated(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 44))
	alphabet := []rune("头发现")
	known := 0
	for range 500 {
		recipe := randomRecipe(r, alphabet)
		usage := dict.NewUsage()
		for range 20 {
			usage.Add(randomWord(r, alphabet, 4), float64(1+r.IntN(9)))
		}
		p, err := dict.CompileFor(recipe, usage)
		if err != nil {
			t.Fatal(err)
		}
		for text, result := range p.Isolated.All() {
			known++
			if want := convertRecipe(recipe, text); result != want {
				t.Fatalf("%q: %q, want %q in %+v", text, result, want, recipe)
			}
		}
	}
	if known < 1000 {
		t.Errorf("only %d texts were known", known)
	}
}
