package han_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

func Example_configuration() {
	files := fstest.MapFS{
		"mine.json": {Data: []byte(`{
  "name": "House style", // comments are allowed
  "conversion_chain": [{"dict": {"type": "text", "file": "mine.txt"}}],
}`)},
		"mine.txt": {Data: []byte("发布\t推出\n软件\t軟體\n")},
	}
	c, err := han.LoadConfig(files, "mine.json")
	if err != nil {
		panic(err)
	}
	fmt.Println(c.Convert("发布软件"))
	// Output: 推出軟體
}

// oracleFiles lays OpenCC's own configurations and dictionaries out as files.
func oracleFiles() fstest.MapFS {
	files := fstest.MapFS{}
	for name, config := range oracle.Load().Configs {
		files[name+".json"] = &fstest.MapFile{Data: config}
	}
	for name, entries := range oracle.Load().Dictionaries {
		var b strings.Builder
		for _, e := range entries {
			b.WriteString(e[0] + "\t" + strings.Join(e[1:], " ") + "\n")
		}
		files[name] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return files
}

// TestLoadOpenCCsConfigurations loads profiles from their files and compares
// them with the built-in ones.
func TestLoadOpenCCsConfigurations(t *testing.T) {
	files := oracleFiles()
	profiles := []string{"s2twp", "tw2sp", "t2jp"}
	if !testing.Short() {
		profiles = append(profiles, "s2t", "hk2s", "s2hk-finance")
	}
	for _, name := range profiles {
		c, err := han.LoadConfig(files, name+".json")
		if err != nil {
			t.Fatal(err)
		}
		p := pairNamed(t, name)
		if c.Fingerprint() != p.converter.Fingerprint() || c.Profile().Name != name {
			t.Errorf("%s: fingerprint %s, want %s", c.Profile().Name, c.Fingerprint(), p.converter.Fingerprint())
		}
		r := rand.New(rand.NewPCG(19, 20))
		for range 100 {
			text := randomText(r, p.keys, 30)
			if got, want := c.Convert(text), p.converter.Convert(text); got != want {
				t.Fatalf("%s: %q\n got %q\nwant %q", name, text, got, want)
			}
		}
	}
}

// alphabet is small, so that keys collide: two characters that convert in
// three bytes, ASCII, two bytes, four bytes, a description operator.
var alphabet = []rune("头发头发现aé𠮷⿰")

func randomWord(r *rand.Rand, least, most int) string {
	var b strings.Builder
	for range least + r.IntN(most-least+1) {
		b.WriteRune(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func randomDictionary(r *rand.Rand) string {
	var b strings.Builder
	seen := map[string]bool{}
	for range 1 + r.IntN(6) {
		key := randomWord(r, 1, 3)
		if !seen[key] {
			seen[key] = true
			b.WriteString(key + "\t" + randomWord(r, min(1, r.IntN(8)), 3) + "\n")
		}
	}
	return b.String()
}

// randomConfig writes a configuration with random dictionaries and returns it
// together with its reference.
func randomConfig(r *rand.Rand) (fstest.MapFS, *reference) {
	files := fstest.MapFS{}
	var source func(depth int) (map[string]any, dictionary)
	source = func(depth int) (map[string]any, dictionary) {
		if depth > 0 && r.IntN(2) == 0 {
			policy := []string{"short_circuit", "union"}[r.IntN(2)]
			var nodes []any
			var members []dictionary
			for range 1 + r.IntN(3) {
				node, d := source(depth - 1)
				nodes, members = append(nodes, node), append(members, d)
			}
			node := map[string]any{"type": "group", "match_policy": policy, "dicts": nodes}
			if policy == "union" {
				return node, union(members)
			}
			return node, shortCircuit(members)
		}
		name := fmt.Sprintf("%d.txt", len(files))
		text := randomDictionary(r)
		files[name] = &fstest.MapFile{Data: []byte(text)}
		var entries []oracle.Entry
		for line := range strings.Lines(text) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			entries = append(entries, oracle.Entry{key, value})
		}
		return map[string]any{"type": "text", "file": name}, newLeaf(entries)
	}
	stages := func(n int) (nodes []any, stages []dictionary) {
		for range n {
			node, d := source(1)
			nodes, stages = append(nodes, map[string]any{"dict": node}), append(stages, d)
		}
		return nodes, stages
	}
	config, ref := map[string]any{}, &reference{}
	if r.IntN(2) == 0 {
		config["normalization"], ref.normalization = stages(1)
	}
	if r.IntN(2) == 0 {
		node, d := source(1)
		config["segmentation"], ref.segmentation = map[string]any{"type": "mmseg", "dict": node}, d
	}
	config["conversion_chain"], ref.chain = stages(1 + r.IntN(3))
	data, err := json.Marshal(config)
	if err != nil {
		panic(err)
	}
	files["c.json"] = &fstest.MapFile{Data: data}
	return files, ref
}

// checkConfig holds every way of converting by a random configuration
// against the reference.
func checkConfig(t testing.TB, seed uint64, more string) {
	r := rand.New(rand.NewPCG(seed, 21))
	files, ref := randomConfig(r)
	c, err := han.LoadConfig(files, "c.json")
	if err != nil {
		t.Fatal(err)
	}
	s := c.NewStream()
	for range 8 {
		text := randomWord(r, 0, 30) + more + randomWord(r, 0, 30)
		want := ref.convert(text)
		stream := inPieces(s, text, func(left int) int { return 1 + r.IntN(min(left, 5)) })
		for way, got := range map[string]string{
			"Convert": c.Convert(text), "Append": string(c.Append(nil, []byte(text))), "Stream": stream,
			"Inspect": c.Inspect(text).Output,
		} {
			if got != want {
				t.Fatalf("seed %d: %s(%q)\n got %q\nwant %q\n%s", seed, way, text, got, want, dump(files))
			}
		}
		checkTiling(t, "configuration", c.Align(text), want)
	}
}

func dump(files fstest.MapFS) string {
	var b strings.Builder
	for name, f := range files {
		fmt.Fprintf(&b, "%s:\n%s\n", name, f.Data)
	}
	return b.String()
}

func TestRandomConfigurations(t *testing.T) {
	rounds := uint64(1500)
	if testing.Short() {
		rounds = 300
	}
	for seed := range rounds {
		checkConfig(t, seed, []string{"", "\xE5", "⿰", "頭", strings.Repeat("头发", 40)}[seed%5])
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(uint64(1), "")
	f.Add(uint64(2), "⿰头发\xE5")
	f.Fuzz(func(t *testing.T, seed uint64, more string) {
		if len(more) < 1000 {
			checkConfig(t, seed, more)
		}
	})
}

func TestConfigError(t *testing.T) {
	_, err := han.LoadConfig(fstest.MapFS{"c.json": {Data: []byte("{\n\"x\": 1}")}}, "c.json")
	var broken *han.ConfigError
	if !errors.As(err, &broken) || broken.File != "c.json" || broken.Line != 2 {
		t.Errorf("%v", err)
	}
}
