package corpus

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/hanconv/hanconv/internal/oracle"
)

var (
	tag    = regexp.MustCompile(`<[^>]*>`)
	colour = regexp.MustCompile("\x1b\\[[0-9;]*m")
)

// prose returns the lines of a page's text that are mostly in Chinese or
// Japanese characters; translations leave much in English.
func prose(page string) string {
	var b strings.Builder
	for line := range strings.Lines(html.UnescapeString(tag.ReplaceAllString(page, ""))) {
		if line = strings.TrimSpace(line); share(line, asian) > 0.5 {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// asian counts kana, ideographs and full-width punctuation.
func asian(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r < 0x3040 || r >= 0xFF00 && r < 0xFFF0
}

// share is the part of the characters of s, spaces apart, that counts.
func share(s string, counts func(rune) bool) float64 {
	n, all := 0, 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		all++
		if counts(r) {
			n++
		}
	}
	return float64(n) / float64(max(all, 1))
}

// fortunes sorts the entries of a fortune file by script. Entries with tables,
// commands or English in them are left out.
func fortunes(file string) (simplified, traditional string) {
	onlyHans, onlyHant := telling("STCharacters.txt"), telling("TSCharacters.txt")
	var s, t strings.Builder
	for entry := range strings.SplitSeq(colour.ReplaceAllString(file, ""), "\n%\n") {
		entry = strings.Trim(entry, "\n%")
		if share(entry, asian) < 0.8 {
			continue
		}
		to := &s
		if count(entry, onlyHant) > count(entry, onlyHans) {
			to = &t
		}
		to.WriteString(entry + "\n\n")
	}
	return s.String(), t.String()
}

func count(s string, set map[rune]bool) (n int) {
	for _, r := range s {
		if set[r] {
			n++
		}
	}
	return n
}

// telling returns the characters that the dictionary always replaces, which
// thus belong to one script alone.
func telling(dictionary string) map[rune]bool {
	set := map[rune]bool{}
	for _, entry := range oracle.Load().Dictionaries[dictionary] {
		if key := []rune(entry[0]); len(key) == 1 && !slices.Contains(entry[1:], entry[0]) {
			set[key[0]] = true
		}
	}
	return set
}
