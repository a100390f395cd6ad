package corpus

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

// worstCase joins, at random and without a gap, the phrases whose conversion
// differs from that of their characters: text in which no converter can go on
// character by character. Every other one lacks its last character, so that a
// long match fails at its end. The same profile gets the same text every time.
func worstCase(profile string, size int) (string, error) {
	phrases, err := irregular(profile)
	if err != nil {
		return "", err
	}
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		phrase := phrases[random.IntN(len(phrases))]
		if i%2 == 1 {
			_, last := utf8.DecodeLastRuneInString(phrase)
			phrase = phrase[:len(phrase)-last]
		}
		b.WriteString(phrase)
	}
	return b.String(), nil
}

// irregular returns the keys of several characters that a profile does not
// convert character by character; all such keys if there are none.
func irregular(profile string) ([]string, error) {
	c, err := han.New(profile)
	if err != nil {
		return nil, err
	}
	keys, err := phrases(profile)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, key := range keys {
		alone := ""
		for _, r := range key {
			alone += c.Convert(string(r))
		}
		if alone != c.Convert(key) {
			found = append(found, key)
		}
	}
	if found == nil {
		return keys, nil
	}
	return found, nil
}

var dictionaryName = regexp.MustCompile(`[A-Za-z_]+\.txt`)

// phrases returns the keys of several characters in the dictionaries that a
// profile's configuration names, in a fixed order.
func phrases(profile string) ([]string, error) {
	data := oracle.Load()
	config, ok := data.Configs[profile]
	if !ok {
		return nil, fmt.Errorf("no configuration for profile %s", profile)
	}
	keys := map[string]bool{}
	for _, file := range dictionaryName.FindAllString(string(config), -1) {
		for _, entry := range data.Dictionaries[file] {
			if utf8.RuneCountInString(entry[0]) > 1 {
				keys[entry[0]] = true
			}
		}
	}
	if len(keys) == 0 { // characters only
		for _, entry := range data.Dictionaries["STPhrases.txt"] {
			keys[entry[0]] = true
		}
	}
	return slices.Sorted(maps.Keys(keys)), nil
}
