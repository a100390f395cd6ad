package dict_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
		key, value := randomWord(r, alphabet, 4), randomWord(r, alphabet, 3)
		switch r.IntN(8) {
		case 0:
			value = key
		case 1:
			value = value[:0]
		}
		entries[key] = value
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

// claims counts how often each of the two claims about pairs was tested.
type claims struct{ cuts, apart, plain, inner, guarded int }

func hasPair(set interface{ Has(key uint64) bool }, left, right rune) bool {
	return set.Has(dict.PairKey(dict.Pack(left), dict.Pack(right)))
}

// cutAnywhere holds that text converts piece by piece if it is cut at a hard pair,
// or at a soft one that does not join what stands there.
func (n *claims) cutAnywhere(t *testing.T, recipe dict.Recipe, p *dict.Program, chars []rune, whole string) {
	t.Helper()
	for i := 1; i < len(chars); i++ {
		if hasPair(p.Soft, chars[i-1], chars[i]) {
			if joins(p, chars, i) {
				continue
			}
			n.apart++
		}
		n.cuts++
		pieces := convertRecipe(recipe, string(chars[:i])) + convertRecipe(recipe, string(chars[i:]))
		if pieces != whole {
			t.Fatalf("cut at %q of %q: %q, want %q in %+v", string(chars[i-1:i+1]), string(chars), pieces, whole, recipe)
		}
	}
}

// joins asks about the pair before chars[i].
func joins(p *dict.Program, chars []rune, i int) bool {
	near := [4]uint64{}
	for j := range near {
		if at := i - 2 + j; at >= 0 && at < len(chars) {
			near[j] = uint64(dict.Pack(chars[at]))
		}
	}
	if utf8.RuneLen(chars[i-1]) != 3 || utf8.RuneLen(chars[i]) != 3 {
		return true
	}
	return p.Joins(near[0], near[1]|near[2]<<24, near[3])
}

// cutSegments holds that a segment that is no phrase, cut at a pair that is not
// inner, goes through the chain piece by piece.
func (n *claims) cutSegments(t *testing.T, recipe dict.Recipe, p *dict.Program, text string) {
	t.Helper()
	if p.Segmentation == nil {
		return
	}
	text = convertSources(recipe.Normalization, text)
	p.Segment([]byte(text), func(segment []byte) {
		if _, length := p.Segmentation.Longest(segment); length > 0 {
			return
		}
		whole := convertSources(recipe.Chain, string(segment))
		chars := []rune(string(segment))
		for i := 1; i < len(chars); i++ {
			if hasPair(p.Inner, chars[i-1], chars[i]) {
				continue
			}
			n.inner++
			pieces := convertSources(recipe.Chain, string(chars[:i])) + convertSources(recipe.Chain, string(chars[i:]))
			if pieces != whole {
				t.Fatalf("segment %q of %q cut before %c: %q, want %q in %+v", string(segment), text, chars[i], pieces, whole, recipe)
			}
		}
	})
}

// byCharacters holds that text without irregular pair and trigger converts
// character by character.
func (n *claims) byCharacters(t *testing.T, recipe dict.Recipe, p *dict.Program, chars []rune, whole string) {
	t.Helper()
	out := ""
	var irregular dict.PairFilter
	p.AddIrregular(&irregular)
	for i, c := range chars {
		char, found := p.Chars.Lookup(c)
		result := char.Result
		if i > 0 && hasPair(&irregular, chars[i-1], c) && possible(p, chars[i-1], c) {
			n.guard(t, recipe, p, chars[i-1], c)
			return
		}
		if char.Trigger {
			return
		}
		if !found {
			result = []byte(string(c))
		}
		out += string(result)
	}
	n.plain++
	if out != whole {
		t.Fatalf("%q without irregular pair: %q by characters, want %q in %+v", string(chars), out, whole, recipe)
	}
}

// possible tells whether a pair that the filter has is irregular, as far as the
// program can tell: of two 3-byte characters it is certain.
func possible(p *dict.Program, left, right rune) bool {
	return utf8.RuneLen(left) != 3 || utf8.RuneLen(right) != 3 || p.Pairs.Has(dict.PairKey(dict.Pack(left), dict.Pack(right)))
}

// guard holds that an irregular pair of two 3-byte characters has its result,
// and one of the two is a guard.
func (n *claims) guard(t *testing.T, recipe dict.Recipe, p *dict.Program, left, right rune) {
	t.Helper()
	text := string([]rune{left, right})
	if utf8.RuneLen(left) != 3 || utf8.RuneLen(right) != 3 {
		return
	}
	result, _ := p.Pairs.AppendResult(nil, dict.PairKey(dict.Pack(left), dict.Pack(right)))
	n.guarded++
	if want := convertRecipe(recipe, text); string(result) != want {
		t.Fatalf("pair %s has %q, want %q in %+v", text, result, want, recipe)
	}
	l, _ := p.Chars.Lookup(left)
	r, _ := p.Chars.Lookup(right)
	if p.Sparse && !l.Guard && !r.Guard {
		t.Fatalf("pair %s has no guard in %+v", text, recipe)
	}
}

// TestPairsMeanWhatTheySay tests the two claims that the engine rests on, on
// random recipes over few characters, in which everything collides.
func TestPairsMeanWhatTheySay(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 150
	}
	for _, letters := range []string{"头发a", "头发现a", "abc", "头é𠮷a现", "头发现长"} {
		r := rand.New(rand.NewPCG(7, 8))
		alphabet := []rune(letters)
		var n claims
		for range rounds {
			recipe := randomRecipe(r, alphabet)
			usage := dict.NewUsage()
			if r.IntN(2) == 0 {
				usage.Add("的", 1000) // so that all others are rare, and guards worth their while
			}
			p, err := dict.CompileFor(recipe, usage)
			if err != nil {
				t.Fatal(err)
			}
			for range 40 {
				text := randomWord(r, alphabet, 9)
				whole := convertRecipe(recipe, text)
				if got := string(p.Convert([]byte(text))); got != whole {
					t.Fatalf("Convert(%q) = %q, want %q in %+v", text, got, whole, recipe)
				}
				if p.Windowed {
					n.cutSegments(t, recipe, p, text)
					n.cutAnywhere(t, recipe, p, []rune(text), whole)
					n.byCharacters(t, recipe, p, []rune(text), whole)
				}
			}
		}
		if letters[0] > 'z' && n.apart < rounds/4 || n.cuts < rounds || n.plain < rounds || n.inner < rounds/2 || letters[0] > 'z' && n.guarded < rounds {
			t.Errorf("%s: only %+v were tested", letters, n)
		}
	}
}

// TestSegmentsTile holds that the segments of a text make up the text and
// that the converted segments make up the conversion.
func TestSegmentsTile(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	alphabet := []rune("头发现a⿰")
	for range 300 {
		recipe := randomRecipe(r, alphabet)
		recipe.Normalization = nil
		p, err := dict.Compile(recipe)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			text := randomWord(r, alphabet, 12)
			joined, converted := "", ""
			p.Segment([]byte(text), func(segment []byte) {
				joined += string(segment)
				converted += convertSources(recipe.Chain, string(segment))
			})
			if joined != text || converted != string(p.Convert([]byte(text))) {
				t.Fatalf("%q: segments join to %q and convert to %q in %+v", text, joined, converted, recipe)
			}
		}
	}
}

// TestWholeSegments holds that the phrases of a segmentation are converted
// beforehand as they would be in the text.
func TestWholeSegments(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	alphabet := []rune("头发现")
	for range 300 {
		recipe := randomRecipe(r, alphabet)
		s := randomSource(r, alphabet, 1)
		recipe.Segmentation = &s
		p, err := dict.Compile(recipe)
		if err != nil {
			t.Fatal(err)
		}
		for key := range s.Flatten() {
			entry, n := p.Segmentation.Longest([]byte(key))
			if n != len(key) {
				t.Fatalf("%q is not found in %+v", key, s)
			}
			if got, want := string(p.Whole.At(entry)), convertSources(recipe.Chain, key); got != want {
				t.Fatalf("whole %q = %q, want %q", key, got, want)
			}
		}
	}
}

func TestEdges(t *testing.T) {
	var all strings.Builder
	for c := range rune(128) {
		all.WriteRune(c)
	}
	for _, c := range []struct {
		name   string
		stages []dict.Source
		want   string
	}{
		{"Chinese only", []dict.Source{lexicon(map[string]string{"头发": "頭髮"})}, ""},
		{"before and after", []dict.Source{lexicon(map[string]string{"U盘": "随身碟", "卡P": "x"})}, "PU"},
		{"regular", []dict.Source{lexicon(map[string]string{"U盘": "U盤", "盘": "盤"})}, ""},
		{"two of ASCII", []dict.Source{lexicon(map[string]string{"ab": "x"})}, all.String()},
		{"a character changes", []dict.Source{lexicon(map[string]string{"a": "b"})}, all.String()},
		{"a character goes", []dict.Source{lexicon(map[string]string{"a": ""})}, all.String()},
		{"changes and comes back", []dict.Source{lexicon(map[string]string{"a": "头"}), lexicon(map[string]string{"头": "a"})}, ""},
		{"two on the way", []dict.Source{lexicon(map[string]string{"a": "头发"}), lexicon(map[string]string{"头发": "a"})}, all.String()},
		{"becomes part of a key", []dict.Source{lexicon(map[string]string{"头": "b"}), lexicon(map[string]string{"ab": "x"})}, all.String()},
	} {
		p, err := dict.Compile(dict.Recipe{Chain: c.stages})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for b := range byte(128) {
			if p.Edge(b) {
				got += string(rune(b))
			}
		}
		if got != c.want {
			t.Errorf("%s: edges %q, want %q", c.name, got, c.want)
		}
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
