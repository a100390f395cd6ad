// Gendict compiles the built-in dictionaries: it downloads the pinned
// packages, checks their hashes, and writes the file that package dict embeds
// and, beside it, the oracle that the tests judge the engine by. Equal
// packages give equal bytes.
//
//	go run ./internal/gendict -dict FILE -oracle FILE
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/internal/npm"
	"github.com/hanconv/hanconv/internal/opencc"
)

var financeTerms = dict.Provenance{
	Name: "github.com/longbridgeapp/opencc", Version: "v0.3.13",
	Integrity: "h1:H8r4oXL4s+oR3gbBb4tW4D26jT+Mc5+znzwAnXsx4ao=",
}

// profiles in the order in which users see them.
var profiles = []string{
	"s2t", "t2s", "s2tw", "tw2s", "s2twp", "tw2sp", "s2hk", "hk2s", "s2hkp", "hk2sp",
	"t2tw", "tw2t", "t2hk", "hk2t", "t2jp", "jp2t", "s2hk-finance",
}

//go:embed s2hk-finance.json
var financeConfig []byte

func main() {
	log.SetFlags(0)
	log.SetPrefix("gendict: ")
	dictFile := flag.String("dict", "", "write the compiled dictionaries to `FILE`")
	oracleFile := flag.String("oracle", "", "write the tests' oracle to `FILE`")
	flag.Parse()
	if err := run(*dictFile, *oracleFile); err != nil {
		log.Fatal(err)
	}
}

func run(dictFile, oracleFile string) error {
	files, err := npm.Fetch(npm.OpenCCData)
	if err != nil {
		return err
	}
	if err := addFinance(files); err != nil {
		return err
	}
	// Word frequencies tell the compiler what stands often in text. They decide
	// nothing but speed.
	words, err := npm.Fetch(npm.Jieba)
	if err != nil {
		return err
	}
	compiled, err := compile(files, words["dict.txt"].Data)
	if err != nil {
		return err
	}
	if err := os.WriteFile(dictFile, compiled, 0o644); err != nil {
		return err
	}
	return writeOracle(oracleFile, files)
}

// compile adds every profile, and once more as NAME+tofu where tofu-risk
// dictionaries make a difference.
func compile(files fstest.MapFS, words []byte) ([]byte, error) {
	simplified, traditional, err := usages(files, words)
	if err != nil {
		return nil, err
	}
	b := dict.NewBuilder(npm.OpenCCData, financeTerms)
	for _, name := range profiles {
		usage := traditional
		if strings.HasPrefix(name, "s2") {
			usage = simplified
		}
		plain, err := opencc.Load(files, name+".json", false)
		if err != nil {
			return nil, err
		}
		if err := b.Add(plain, usage); err != nil {
			return nil, err
		}
		if !strings.Contains(string(files[name+".json"].Data), "may_output_tofu") {
			continue
		}
		risky, err := opencc.Load(files, name+".json", true)
		if err != nil {
			return nil, err
		}
		risky.Name += "+tofu"
		if err := b.Add(risky, usage); err != nil {
			return nil, err
		}
	}
	return b.Encode(), nil
}

// addFinance puts the profile s2hk-finance among the package's files: its
// configuration, its terms, and, so that segmentation keeps each term in one
// piece, the terms' Simplified forms (as OpenCC does it for its own regional
// phrases).
func addFinance(files fstest.MapFS) error {
	terms, err := fetchFinance(financeTerms)
	if err != nil {
		return err
	}
	simplified, err := simplifiedTerms(files, terms)
	if err != nil {
		return err
	}
	files["s2hk-finance.json"] = &fstest.MapFile{Data: financeConfig}
	files["HKPhrasesFinance.txt"] = &fstest.MapFile{Data: textFile(terms)}
	files["STPhrases_GeneratedFromFinance.txt"] = &fstest.MapFile{Data: textFile(simplified)}
	return nil
}

func simplifiedTerms(files fstest.MapFS, terms []dict.Entry) ([]dict.Entry, error) {
	programs := map[string]*dict.Program{}
	for _, name := range []string{"hk2s", "hk2t", "t2hk"} {
		p, err := program(files, name)
		if err != nil {
			return nil, err
		}
		programs[name] = p
	}
	var entries []dict.Entry
	for _, term := range terms {
		standard := programs["hk2t"].Convert([]byte(term.Key))
		// A key that the Hong Kong stage cannot produce is not reached that way.
		reached := string(programs["t2hk"].Convert(standard)) == term.Key
		if !reached || len([]rune(term.Key)) < 2 {
			continue
		}
		key := string(programs["hk2s"].Convert([]byte(term.Key)))
		entries = append(entries, dict.Entry{Key: key, Values: []string{string(standard)}})
	}
	slices.SortFunc(entries, func(a, b dict.Entry) int { return strings.Compare(a.Key, b.Key) })
	return slices.CompactFunc(entries, func(a, b dict.Entry) bool { return a.Key == b.Key }), nil
}

func program(files fstest.MapFS, name string) (*dict.Program, error) {
	recipe, err := opencc.Load(files, name+".json", true)
	if err != nil {
		return nil, err
	}
	b := dict.NewBuilder()
	if err := b.Add(recipe, nil); err != nil {
		return nil, err
	}
	f, err := dict.Open(b.Encode())
	if err != nil {
		return nil, err
	}
	return f.Program(name), nil
}

func textFile(entries []dict.Entry) []byte {
	var s strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&s, "%s\t%s\n", e.Key, strings.Join(e.Values, " "))
	}
	return []byte(s.String())
}
