package han

import (
	"fmt"
	"strings"
)

// Profile is one built-in conversion. Its name is OpenCC's: s2twp converts
// Simplified (s) to (2) Taiwan Traditional (tw) with phrases (p).
type Profile struct {
	Name        string
	Description string
	Source      string // BCP 47 tag of what it reads
	Target      string // BCP 47 tag of what it writes
	Phrases     bool   // replaces regional vocabulary, too: 软件 becomes 軟體
}

const (
	hans = "zh-Hans"
	hant = "zh-Hant"
	cn   = "zh-Hans-CN"
	tw   = "zh-Hant-TW"
	hk   = "zh-Hant-HK"
	ja   = "ja-JP"
)

var profiles = []Profile{
	{"s2t", "Simplified to Traditional (OpenCC standard)", hans, hant, false},
	{"t2s", "Traditional (OpenCC standard) to Simplified", hant, hans, false},
	{"s2tw", "Simplified to Traditional (Taiwan)", hans, tw, false},
	{"tw2s", "Traditional (Taiwan) to Simplified", tw, hans, false},
	{"s2twp", "Simplified to Traditional (Taiwan) with Taiwan's vocabulary", cn, tw, true},
	{"tw2sp", "Traditional (Taiwan) to Simplified with the mainland's vocabulary", tw, cn, true},
	{"s2hk", "Simplified to Traditional (Hong Kong)", hans, hk, false},
	{"hk2s", "Traditional (Hong Kong) to Simplified", hk, hans, false},
	{"s2hkp", "Simplified to Traditional (Hong Kong) with Hong Kong's vocabulary", cn, hk, true},
	{"hk2sp", "Traditional (Hong Kong) to Simplified with the mainland's vocabulary", hk, cn, true},
	{"t2tw", "Traditional (OpenCC standard) to Traditional (Taiwan)", hant, tw, false},
	{"tw2t", "Traditional (Taiwan) to Traditional (OpenCC standard)", tw, hant, false},
	{"t2hk", "Traditional (OpenCC standard) to Traditional (Hong Kong)", hant, hk, false},
	{"hk2t", "Traditional (Hong Kong) to Traditional (OpenCC standard)", hk, hant, false},
	{"t2jp", "Old Japanese kanji (kyūjitai) to new Japanese kanji (shinjitai)", hant, ja, false},
	{"jp2t", "New Japanese kanji (shinjitai) to old Japanese kanji (kyūjitai)", ja, hant, false},
	{"s2hk-finance", "Simplified to Traditional (Hong Kong) with securities terms", cn, hk, true},
}

// Profiles lists the built-in profiles in a fixed order. The slice belongs to
// the caller.
func Profiles() []Profile { return append([]Profile(nil), profiles...) }

// LookupProfile finds a built-in profile by name; a trailing ".json" is
// ignored. The only error is an [*UnknownProfileError].
func LookupProfile(name string) (Profile, error) {
	for _, p := range profiles {
		if p.Name == strings.TrimSuffix(name, ".json") {
			return p, nil
		}
	}
	return Profile{}, unknownProfile(name)
}

// UnknownProfileError refuses a profile name.
type UnknownProfileError struct {
	Name       string
	Known      []string // every name there is
	Suggestion string   // the most similar known name, or "" if none is similar
}

func (e *UnknownProfileError) Error() string {
	if e.Suggestion != "" {
		return fmt.Sprintf("unknown profile %q; did you mean %q?", e.Name, e.Suggestion)
	}
	return fmt.Sprintf("unknown profile %q; known: %s", e.Name, strings.Join(e.Known, ", "))
}

func unknownProfile(name string) error {
	e := &UnknownProfileError{Name: name}
	wanted := strings.ToLower(strings.TrimSuffix(name, ".json"))
	best := 3 // as many edits are no misspelling
	for _, p := range profiles {
		e.Known = append(e.Known, p.Name)
		if d := editDistance(wanted, p.Name); d < best {
			best, e.Suggestion = d, p.Name
		}
	}
	return e
}

// editDistance counts the fewest insertions, deletions, substitutions and
// swaps of neighbours that turn a into b (optimal string alignment), in bytes;
// profile names are ASCII.
func editDistance(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	var before []int // the row of a[:i-1]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			next[j+1] = min(row[j+1], next[j]) + 1
			substitute := row[j]
			if a[i] != b[j] {
				substitute++
			}
			next[j+1] = min(next[j+1], substitute)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
