package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/model"
)

// TestSentencesTeach: every sentence loads, has what it names, and stands there
// once.
func TestSentencesTeach(t *testing.T) {
	t2s, err := han.New("tw2s")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[sentence]bool{}
	for _, kind := range []string{"characters", "words", "back"} {
		list, err := loadSentences(kind)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) < 500 {
			t.Errorf("%s: only %d sentences", kind, len(list))
		}
		for _, s := range list {
			if seen[s] {
				t.Errorf("%s: twice: %v", kind, s)
			}
			seen[s] = true
			if kind != "characters" {
				continue
			}
			simplified := t2s.Convert(s.second)
			if runeCount(simplified) != runeCount(s.second) {
				t.Errorf("not character by character: %s", s.second)
			}
			for _, c := range s.first {
				if !strings.ContainsRune(simplified, c) {
					t.Errorf("no %c in %s", c, simplified)
				}
			}
		}
	}
}

// TestSentencesAreNoCases: nothing is learned from what the tests measure. Two
// texts that share six ideographs in a row are taken for one.
func TestSentencesAreNoCases(t *testing.T) {
	cases := map[string]bool{}
	files, err := filepath.Glob(filepath.Join("..", "..", "han", "testdata", "context", "*s.tsv"))
	vocabulary := filepath.Join("..", "..", "han", "testdata", "context", "vocabulary.tsv")
	for _, file := range append(files, vocabulary) {
		data, readErr := os.ReadFile(file)
		if err != nil || readErr != nil {
			t.Fatal(err, readErr)
		}
		for line := range strings.Lines(string(data)) {
			for _, gram := range sixes(line) {
				cases[gram] = true
			}
		}
	}
	if len(cases) < 1000 {
		t.Fatalf("only %d pieces of cases", len(cases))
	}
	for _, kind := range []string{"characters", "words", "back"} {
		list, err := loadSentences(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if i := slices.IndexFunc(sixes(s.second), func(gram string) bool { return cases[gram] }); i >= 0 {
				t.Errorf("a case has %s, too: %s", sixes(s.second)[i], s.second)
			}
		}
	}
}

// sixes lists what six ideographs stand in a row in a text, punctuation left out.
func sixes(text string) (grams []string) {
	for field := range strings.SplitSeq(text, "\t") {
		var han []rune
		for _, c := range field {
			if c >= 0x3400 && c <= 0x9FFF {
				han = append(han, c)
			}
		}
		for i := 0; i+6 <= len(han); i++ {
			grams = append(grams, string(han[i:i+6]))
		}
	}
	return grams
}

// TestParseSentences names the file and the line of what is wrong.
func TestParseSentences(t *testing.T) {
	got, err := parseSentences("f.tsv", "# region\nboth\t里\t在家裡。\nhk\t后\t王后。\n")
	want := []sentence{{"both", "里", "在家裡。"}, {"hk", "后", "王后。"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"cn\ta\tb\n", "tw\ta\n", "tw\ta\tb\tc\n", "\n"} {
		if _, err := parseSentences("f.tsv", "#\n"+bad); err == nil || !strings.Contains(err.Error(), "f.tsv:2") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestNative leaves out what has passed through Simplified, with what is around.
func TestNative(t *testing.T) {
	var lines []pair
	for i := range 1000 {
		text := "他在村子裡住了很久。"
		switch i {
		case 100, 110, 120:
			text = "皇帝去見太後。"
		case 700:
			text = "于是他走了。"
		case 800:
			text = "她太後悔了，太後來才知道。"
		}
		lines = append(lines, pair{"", text})
	}
	kept := native(lines)
	// All of the lines from 20 to 200 see three; those at 701 and on but one.
	if n := len(kept); n != 1000-181-1 {
		t.Errorf("%d lines are kept", n)
	}
}

// TestBack tells what the mainland's sentence makes of a word or a character.
func TestBack(t *testing.T) {
	tr := builtInTrainer(t)
	r := &backReader{reader: tr.reader}
	var err error
	if r.t2s, err = han.New("t2s"); err != nil {
		t.Fatal(err)
	}
	if r.tw2s, err = han.New("tw2s"); err != nil {
		t.Fatal(err)
	}
	r.words, r.characters = model.BuiltIn().Decider("tw2sp", "cn"), model.BuiltIn().Decider("t2s", "cn")
	golds := func(native, mainland string) (found []uint8) {
		for _, e := range r.read([]rune(native), []rune(mainland)) {
			found = append(found, e.gold)
		}
		return found
	}
	for _, c := range []struct {
		native, mainland string
		want             []uint8
	}{
		{"這個程式很大。", "这个程序很大。", []uint8{1}},
		{"問題的核心在此。", "问题的核心在此。", []uint8{0}},
		{"他的著作等身。", "他的著作等身。", []uint8{1}},
		{"他看著我。", "他看着我。", []uint8{0}},
		{"核心的核心。", "内核的核心。", nil}, // cannot be told apart
	} {
		if got := golds(c.native, c.mainland); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.native, got, c.want)
		}
	}
}
