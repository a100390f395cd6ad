package han_test

import (
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
	for i, p := range pairs() {
		if testing.Short() && i%7 != 0 {
			continue
		}
		name, tofuRisk := strings.CutSuffix(p.name, "+tofu")
		var opts []han.Option
		if tofuRisk {
			opts = append(opts, han.WithTofuRisk())
		}
		c, err := han.LoadConfig(files, name+".json", opts...)
		if err != nil {
			t.Fatal(err)
		}
		if want := (han.Profile{Name: name, Description: "configuration " + name + ".json"}); c.Profile() != want {
			t.Errorf("%s: profile %+v", p.name, c.Profile())
		}
		if c.Fingerprint() != p.converter.Fingerprint() {
			t.Errorf("%s: fingerprint %s, want %s", p.name, c.Fingerprint(), p.converter.Fingerprint())
		}
		r := rand.New(rand.NewPCG(19, 20))
		for range 50 {
			text := randomText(r, p.keys, 30)
			if got, want := c.Convert(text), p.converter.Convert(text); got != want {
				t.Fatalf("%s: %q\n got %q\nwant %q", p.name, text, got, want)
			}
		}
	}
}

// TestSmallConfigurations has one case for each thing that a user's own
// dictionaries can do and OpenCC's do not.
func TestSmallConfigurations(t *testing.T) {
	inline := func(entries string) string { return `{"dict": {"type": "inline", "entries": ` + entries + `}}` }
	for _, c := range []struct{ name, config, text, want string }{
		{"no stages", `{"conversion_chain": []}`, "头发a", "头发a"},
		{"ASCII changes", `{"conversion_chain": [` + inline(`{"a": "b"}`) + `]}`, "aaaaaaa.aaaaaaaaa头a", "bbbbbbb.bbbbbbbbb头b"},
		{"ASCII phrase", `{"conversion_chain": [` + inline(`{"ab": "x"}`) + `]}`, "....ab..abab..a.bab", "....x..xx..a.bx"},
		{"ASCII becomes wide", `{"conversion_chain": [` + inline(`{",": "，"}`) + `]}`, "a, b, c, d. e, f", "a， b， c， d. e， f"},
		{"characters become ASCII", `{"conversion_chain": [` + inline(`{"，": ",", "头": "tou"}`) + `]}`, "头，发，头", "tou,发,tou"},
		{"NUL", `{"conversion_chain": [` + inline(`{"\u0000": "0", "头\u0000": "x"}`) + `]}`, "a\x00头\x00发", "a0x发"},
		{"spaces in values", `{"conversion_chain": [` + inline(`{"头": "a b"}`) + `]}`, "头头", "a ba b"},
		{"swap", `{"conversion_chain": [` + inline(`{"头": "发", "发": "头"}`) + `]}`, "头发发", "发头头"},
		{"stage after stage", `{"conversion_chain": [` + inline(`{"头": "发"}`) + `, ` + inline(`{"发发": "x", "发": "y"}`) + `]}`, "头发发头发", "xxy"},
		{"segments stop stages", `{"segmentation": {"type": "mmseg", ` + inline(`{"头": "头"}`)[1:] +
			`, "conversion_chain": [` + inline(`{"头发": "x", "发头": "y"}`) + `]}`, "头发头发", "头发头发"},
		{"normalised first", `{"normalization": [` + inline(`{"頭": "头"}`) + `], "conversion_chain": [` + inline(`{"头发": "x"}`) + `]}`, "頭发⿰頭发", "x⿰頭发"},
		{"operator in a key", `{"conversion_chain": [` + inline(`{"⿰头": "x"}`) + `]}`, "⿰头发⿰发头", "x发⿰发头"},
	} {
		converter, err := han.LoadConfig(fstest.MapFS{"c.json": {Data: []byte(c.config)}}, "c.json")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := converter.Convert(c.text); got != c.want {
			t.Errorf("%s: %q becomes %q, want %q", c.name, c.text, got, c.want)
		}
		if got := inPieces(converter.NewStream(), c.text, byteByByte); got != c.want {
			t.Errorf("%s: as a stream, %q becomes %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestConfigError(t *testing.T) {
	_, err := han.LoadConfig(fstest.MapFS{"c.json": {Data: []byte("{\n\"x\": 1}")}}, "c.json")
	var broken *han.ConfigError
	if !errors.As(err, &broken) || broken.File != "c.json" || broken.Line != 2 {
		t.Errorf("%v", err)
	}
}
