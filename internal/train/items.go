package main

import (
	"maps"
	"slices"
	"strings"
	"testing/fstest"
	"unicode/utf8"

	"github.com/hanconv/hanconv/model"
)

// entries reads a text dictionary: by key, its values.
func entries(files fstest.MapFS, name string) map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(string(files[name].Data)) {
		line = strings.TrimRight(line, "\r\n")
		if key, values, ok := strings.Cut(line, "\t"); ok && !strings.HasPrefix(line, "#") {
			m[key] = strings.Fields(values)
		}
	}
	return m
}

// forms tells for a standard Traditional character how Taiwan or Hong Kong
// writes it, where that is the same character in another form. 菸 is left out:
// Hong Kong writes 煙 for it, but elsewhere the two differ.
func forms(files fstest.MapFS) map[string][]string {
	all := map[string][]string{}
	for _, name := range []string{"TWVariants.txt", "HKVariants.txt"} {
		for key, values := range entries(files, name) {
			if key != "菸" && values[0] != key && !slices.Contains(all[key], values[0]) {
				all[key] = append(all[key], values[0])
			}
		}
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
}

// candidates collects what each character can become by the dictionaries:
// first what it becomes alone, then what it becomes in phrases.
func candidates(characters, phrases map[string][]string) map[string][]string {
	found := map[string][]string{}
	add := func(source, target string) {
		if !slices.Contains(found[source], target) {
			found[source] = append(found[source], target)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(characters)) {
		for _, v := range characters[key] {
			add(key, v)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(phrases)) {
		sources, targets := strings.Split(key, ""), strings.Split(phrases[key][0], "")
		if len(sources) != len(targets) {
			continue
		}
		for i, s := range sources {
			if found[s] == nil {
				add(s, s)
			}
			add(s, targets[i])
		}
	}
	return found
}

// characterItems makes an item of every character with several candidates.
func characterItems(found, forms map[string][]string) []model.ItemRecord {
	var items []model.ItemRecord
	for _, s := range slices.Sorted(maps.Keys(found)) {
		var merged []string
		for _, c := range found[s] {
			at := slices.IndexFunc(merged, func(m string) bool {
				return strings.Contains(m, c) || strings.ContainsAny(m, strings.Join(forms[c], "")+"\x00")
			})
			if at < 0 {
				merged = append(merged, c+strings.Join(forms[c], ""))
			} else if !strings.Contains(merged[at], c) {
				merged[at] += c
			}
		}
		if len(merged) == 1 && len(found[s]) > 1 {
			merged = found[s] // forms only, but which one is a choice, too: 才 or 纔
		}
		if len(merged) > 1 && len(merged) <= model.MaxCandidates && utf8.RuneCountInString(s) == 1 {
			items = append(items, model.ItemRecord{Source: s, Candidates: merged})
		}
	}
	return items
}

// wordItems makes an item of every word that another region has a word for.
func wordItems(words map[string][]string, fold func(string) string) []model.ItemRecord {
	var items []model.ItemRecord
	for _, key := range slices.Sorted(maps.Keys(words)) {
		if words[key][0] != key {
			items = append(items, model.ItemRecord{Source: key, Candidates: []string{key, words[key][0]}, Folded: fold(key)})
		}
	}
	return items
}

// keptWords lists the phrases that stay as they are: they keep others from being
// found in them.
func keptWords(words map[string][]string) (kept []string) {
	for _, key := range slices.Sorted(maps.Keys(words)) {
		if words[key][0] == key && utf8.RuneCountInString(key) > 1 {
			kept = append(kept, key)
		}
	}
	return kept
}

// wordStage lists what is decided about the words of a dictionary.
func wordStage(name string, words map[string][]string, fold func(string) string) model.Stage {
	return model.Stage{Name: name, Items: wordItems(words, fold), Kept: keptWords(words)}
}

// stages lists everything that a model decides.
func stages(files fstest.MapFS, fold func(string) string) []model.Stage {
	forms := forms(files)
	toTraditional := candidates(entries(files, "STCharacters.txt"), entries(files, "STPhrases.txt"))
	return []model.Stage{
		{Name: "s2t", Items: characterItems(toTraditional, forms)},
		{Name: "t2s", Items: simplifiedItems},
		wordStage("twp", entries(files, "TWPhrases.txt"), fold),
		wordStage("hkp", entries(files, "HKPhrases.txt"), fold),
		wordStage("tw2sp", entries(files, "TWPhrasesRev.txt"), fold),
		wordStage("hk2sp", entries(files, "HKPhrasesRev.txt"), fold),
	}
}

// simplifiedItems are the Traditional characters of which Simplified text keeps
// a part: 著作 stays, 看著 becomes 看着.
var simplifiedItems = []model.ItemRecord{
	{Source: "著", Candidates: []string{"着", "著"}},
	{Source: "乾", Candidates: []string{"干", "乾"}},
	{Source: "瞭", Candidates: []string{"了", "瞭"}},
	{Source: "藉", Candidates: []string{"借", "藉"}},
	{Source: "徵", Candidates: []string{"征", "徵"}},
	{Source: "於", Candidates: []string{"于", "於"}},
	{Source: "夥", Candidates: []string{"伙", "夥"}},
	{Source: "鍾", Candidates: []string{"钟", "锺"}},
	{Source: "餘", Candidates: []string{"余", "馀"}},
	{Source: "覆", Candidates: []string{"复", "覆"}},
	{Source: "摺", Candidates: []string{"折", "摺"}},
}

// commonWords collects the words of two to four characters that are not too
// rare; the rarest entries of the list are often no words.
func commonWords(words *segmenter) model.WordSet {
	const least = 5 // occurrences
	set := model.NewWordSet(1 << 18)
	for word, count := range words.count {
		characters := normalized(word)
		if len(characters) >= 2 && len(characters) <= model.MaxCrossing && count >= least {
			set.Add(characters)
		}
	}
	return set
}

func normalized(word string) (characters []uint32) {
	for _, c := range word {
		characters = append(characters, model.Normalize(c))
	}
	return characters
}
