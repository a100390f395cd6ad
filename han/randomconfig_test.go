package han_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/opencc"
	"github.com/hanconv/hanconv/internal/oracle"
)

// generator writes configurations with random dictionaries, each together
// with its reference. It takes few characters, so that keys collide.
type generator struct {
	r        *rand.Rand
	alphabet []rune
	files    fstest.MapFS
}

// allChars has a character for each way through the engine: three bytes, one,
// two, four, and operators of two, three and one operand.
var allChars = []rune("头发现頭aB<é𠮷⿰⿲⿾")

func newGenerator(seed uint64) *generator {
	g := &generator{r: rand.New(rand.NewPCG(seed, 21)), files: fstest.MapFS{}}
	chars := allChars
	if g.r.IntN(2) == 0 {
		chars = chars[:len(chars)-3] // operators make most configurations slow and plain
	}
	for range 2 + g.r.IntN(5) {
		g.alphabet = append(g.alphabet, chars[g.r.IntN(len(chars))])
	}
	return g
}

func (g *generator) word(least, most int) string {
	var b strings.Builder
	for range least + g.r.IntN(most-least+1) {
		b.WriteRune(g.alphabet[g.r.IntN(len(g.alphabet))])
	}
	return b.String()
}

// text is a piece of text with things in it that no dictionary names.
func (g *generator) text(most int) string {
	var b strings.Builder
	for range g.r.IntN(6) {
		b.WriteString(g.word(0, most/5))
		if g.r.IntN(3) == 0 {
			b.WriteString(oddPieces[g.r.IntN(len(oddPieces))])
		}
		if g.r.IntN(3) == 0 { // a run that no dictionary names, for the loops that take four at a time
			b.WriteString("天地玄黄宇宙洪荒, the ten"[:g.r.IntN(9)*3])
		}
		if g.r.IntN(12) == 0 {
			b.WriteString(g.description(56 + g.r.IntN(24)))
		}
	}
	return b.String()
}

// description is a description sequence of so many code points, which are
// about as many as a sequence may have: a stage that replaces two characters
// by one can make a whole one of it for the next stage.
func (g *generator) description(points int) string {
	switch points {
	case 1:
		return g.word(1, 1)
	case 2:
		return "⿾" + g.word(1, 1)
	}
	left := points / 2
	return "⿰" + g.description(left) + g.description(points-1-left)
}

// config writes c.json and the files it names.
func (g *generator) config() *reference {
	config, ref := map[string]any{}, &reference{}
	if g.r.IntN(2) == 0 {
		config["normalization"], ref.normalization = g.stages(1 + g.r.IntN(2))
	}
	if g.r.IntN(2) == 0 {
		node, d := g.source(1)
		config["segmentation"], ref.segmentation = map[string]any{"type": "mmseg", "dict": node}, d
	}
	config["conversion_chain"], ref.chain = g.stages(1 + g.r.IntN(3))
	data, err := json.Marshal(config)
	if err != nil {
		panic(err) // maps of strings always marshal
	}
	g.files["c.json"] = &fstest.MapFile{Data: data}
	return ref
}

func (g *generator) stages(n int) (nodes []any, stages []dictionary) {
	for range n {
		node, d := g.source(2)
		nodes, stages = append(nodes, map[string]any{"dict": node}), append(stages, d)
	}
	return nodes, stages
}

func (g *generator) source(depth int) (node map[string]any, d dictionary) {
	if depth == 0 || g.r.IntN(2) == 0 {
		return g.dictionary()
	}
	var nodes []any
	var members []dictionary
	for range 1 + g.r.IntN(3) {
		node, d := g.source(depth - 1)
		nodes, members = append(nodes, node), append(members, d)
	}
	node = map[string]any{"type": "group", "dicts": nodes}
	if g.r.IntN(2) == 0 {
		node["match_policy"] = "union"
		return node, union(members)
	}
	return node, shortCircuit(members)
}

func (g *generator) dictionary() (node map[string]any, d dictionary) {
	inline, empty := g.r.IntN(3) == 0, g.r.IntN(4) == 0
	entries := map[string]string{}
	for range 1 + g.r.IntN(7) {
		key := g.word(1, 1+g.r.IntN(4))
		least := 1
		if empty && !inline {
			least = 0
		}
		entries[key] = g.word(least, 1+g.r.IntN(4))
		if g.r.IntN(4) == 0 {
			entries[key] = key
		}
	}
	var listed []oracle.Entry
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		listed = append(listed, oracle.Entry{key, entries[key]})
		text.WriteString(key + "\t" + entries[key] + " " + g.word(0, 2) + "\n")
	}
	if inline {
		return map[string]any{"type": "inline", "entries": entries}, newLeaf(listed)
	}
	name := fmt.Sprintf("%d.txt", len(g.files))
	g.files[name] = &fstest.MapFile{Data: []byte(text.String())}
	return map[string]any{"type": "text", "file": name}, newLeaf(listed)
}

func (g *generator) dump() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(g.files)) {
		fmt.Fprintf(&b, "%s:\n%s\n", name, g.files[name].Data)
	}
	return b.String()
}

// checkConfig holds every way of converting by a random configuration
// against the reference.
func checkConfig(t testing.TB, seed uint64, rounds int, text func(g *generator) string) {
	t.Helper()
	g := newGenerator(seed)
	ref := g.config()
	c, err := han.LoadConfig(g.files, "c.json")
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, g.dump())
	}
	recipe, err := opencc.Load(g.files, "c.json", false)
	if err != nil {
		t.Fatal(err)
	}
	program, err := dict.Compile(recipe)
	if err != nil {
		t.Fatal(err)
	}
	rare := han.FromProgram(compileRare(t, recipe))
	s, rareStream := c.NewStream(), rare.NewStream()
	for range rounds {
		text := text(g)
		want := ref.convert(text)
		for way, got := range map[string]string{
			"Program.Convert":  string(program.Convert([]byte(text))),
			"Convert":          c.Convert(text),
			"Append":           string(c.Append(nil, []byte(text))),
			"Append with room": string(c.Append(make([]byte, 0, 2*len(text)+64), []byte(text))),
			"Stream":           inPieces(s, text, func(left int) int { return 1 + g.r.IntN(min(left, 5)) }),
			"Stream of blocks": inPieces(s, text, func(left int) int { return min(left, 3000) }),
			"Inspect":          c.Inspect(text).Output,
			"sparse Append":    string(rare.Append(make([]byte, 0, 2*len(text)+64), []byte(text))),
			"sparse Stream":    inPieces(rareStream, text, func(left int) int { return 1 + g.r.IntN(min(left, 40)) }),
		} {
			if got != want {
				t.Fatalf("seed %d: %s of %d bytes, %.200q: %s\n%s", seed, way, len(text), text, difference(got, want), g.dump())
			}
		}
		checkTiling(t, fmt.Sprintf("seed %d", seed), c.Align(text), want)
	}
}

// compileRare compiles a recipe for a text in which its characters are rare,
// so that the engine takes its sparse loop.
func compileRare(t testing.TB, recipe dict.Recipe) *dict.Program {
	t.Helper()
	usage := dict.NewUsage()
	usage.Add("的", 1)
	b := dict.NewBuilder()
	if err := b.Add(recipe, usage); err != nil {
		t.Fatal(err)
	}
	f, err := dict.Open(b.Encode())
	if err != nil {
		t.Fatal(err)
	}
	program := f.Program(recipe.Name)
	if !program.Sparse {
		t.Fatalf("not sparse: %+v", recipe)
	}
	return program
}

// difference shows where two texts part.
func difference(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, i-30)
	return fmt.Sprintf("differs at byte %d:\n got %.80q\nwant %.80q", i, got[from:], want[from:])
}

func TestRandomConfigurations(t *testing.T) {
	rounds := uint64(2000)
	if testing.Short() {
		rounds = 300
	}
	for seed := range rounds {
		checkConfig(t, seed, 10, func(g *generator) string { return g.text(30) })
	}
}

// TestRandomConfigurationsLong sends texts beyond the sizes at which streams
// and long conversions change their ways: 4 KiB and 64 KiB.
func TestRandomConfigurationsLong(t *testing.T) {
	rounds := uint64(60)
	if testing.Short() {
		rounds = 10
	}
	for seed := range rounds {
		checkConfig(t, 1_000_000+seed, 1, func(g *generator) string {
			return g.text(40) + strings.Repeat(g.word(1, 9), g.r.IntN(3000)) + g.text(4000) + strings.Repeat(g.word(1, 3), g.r.IntN(3000))
		})
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(uint64(1), "")
	f.Add(uint64(2), "⿰头发\xE5")
	f.Add(uint64(3), strings.Repeat("头发", 40))
	f.Fuzz(func(t *testing.T, seed uint64, more string) {
		if len(more) < 1000 {
			checkConfig(t, seed, 4, func(g *generator) string { return g.text(30) + more + g.text(30) })
		}
	})
}
