package corpus

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
)

func TestProse(t *testing.T) {
	page := "<html><title>Only English</title>\n<p>软件&lt;包&gt;的<b>安装</b>方法。</p>\nfoo 中 bar baz\n</html>"
	if got, want := prose(page), "软件<包>的安装方法。\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFortunes(t *testing.T) {
	file := "\x1b[32m《塞上》\x1b[m\n鸣骹直上一千尺，天静无风声更干。\n%\n載驅薄薄，簟茀朱鞹。魯道有蕩，齊子發夕。\n%\nsudo apt install 软件\n"
	simplified, traditional := fortunes(file)
	if want := "《塞上》\n鸣骹直上一千尺，天静无风声更干。\n\n"; simplified != want {
		t.Errorf("Simplified: %q, want %q", simplified, want)
	}
	if !strings.HasPrefix(traditional, "載驅") || strings.Contains(traditional, "apt") {
		t.Errorf("Traditional: %q", traditional)
	}
}

func TestCut(t *testing.T) {
	for n, want := range map[int]string{0: "", 2: "", 3: "中", 5: "中", 6: "中文", 9: "中文"} {
		if got := cut("中文", n); got != want {
			t.Errorf("cut to %d: %q, want %q", n, got, want)
		}
	}
}

// TestWorstCase checks that the text is made for the slow path: converting
// whole differs from converting character by character, often.
func TestWorstCase(t *testing.T) {
	for _, p := range han.Profiles() {
		text, err := worstCase(p.Name, 3000)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := worstCase(p.Name, 3000); again != text {
			t.Errorf("%s: not the same text twice", p.Name)
		}
		if len(text) < 3000 || !utf8.ValidString(text) {
			t.Errorf("%s: %d bytes, valid: %t", p.Name, len(text), utf8.ValidString(text))
		}
	}
	keys, err := irregular("s2t")
	if err != nil || len(keys) < 1000 {
		t.Errorf("s2t has %d irregular keys, error %v", len(keys), err)
	}
}

func TestTitles(t *testing.T) {
	for script, title := range titles {
		if n := utf8.RuneCountInString(title); n != 20 || len(title) != TitleBytes {
			t.Errorf("%s: %d characters in %d bytes", script, n, len(title))
		}
	}
}

func TestFile(t *testing.T) {
	cache := t.TempDir()
	texts := filepath.Join(cache, "texts")
	if err := os.MkdirAll(texts, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(texts, "modern.hant.txt"), []byte("漢字漢字"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := Open(cache, "", 7)
	file, err := c.File(Modern, "tw2sp")
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(file); string(data) != "漢字" {
		t.Errorf("the text is %q", data)
	}
	if _, err := c.File(Modern, "s2t"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "-setup") {
		t.Errorf("a text that was not fetched: %v", err)
	}
	if _, err := c.File(Classical, "jp2t"); !errors.Is(err, ErrNone) {
		t.Errorf("classical Japanese: %v", err)
	}
	if _, err := c.File(Keys, "s2x"); err == nil {
		t.Error("an unknown profile passed")
	}
}

func TestAddedFile(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own.txt")
	if err := os.WriteFile(own, []byte("own"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := Open(t.TempDir(), "", 100)
	c.Add("own", own)
	file, err := c.File("own", "s2t")
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(file); string(data) != "own" {
		t.Errorf("the text is %q", data)
	}
}

func TestArticle(t *testing.T) {
	c := Open(t.TempDir(), filepath.Join("..", ".."), 5000)
	for profile, want := range map[string]string{"s2t": "时", "t2s": "時"} {
		file, err := c.File(Article, profile)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := os.ReadFile(file)
		if len(data) < 4990 || !strings.Contains(string(data), want) {
			t.Errorf("%s: %d bytes, or no %s in them", profile, len(data), want)
		}
	}
	if _, err := c.File(Article, "jp2t"); !errors.Is(err, ErrNone) {
		t.Errorf("the article in Japanese: %v", err)
	}
}
