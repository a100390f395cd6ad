package dict

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A program knows texts because they are frequent: those that it meets once in
// rarest characters or oftener, and not more than most of them.
const (
	rarest = 15_000_000
	most   = 24_576
)

// isolated lists texts for [Program.Isolated] with what becomes of them.
func (a *analysis) isolated(irregular map[[2]rune]bool) []pair {
	if len(a.segment) == 0 && len(a.layers) < a.norms+2 {
		return nil
	}
	texts := a.keysAsInput()
	if !a.guessed { // the compiler of a loaded configuration has no time for more
		texts = append(texts, a.frequentTexts(irregular)...)
	}
	known := map[string]bool{}
	var pairs []pair
	for _, text := range texts {
		if !known[text] {
			known[text] = true
			pairs = append(pairs, pair{text, string(a.program.Convert([]byte(text)))})
		}
	}
	return pairs
}

// keysAsInput leads the chain's irregular keys of three characters and more
// back to input: none that needs normalisation, no key that many texts become, and
// no phrase that is a key of the first stage itself, since a window seldom is one
// alone.
func (a *analysis) keysAsInput() []string {
	const many = 16
	phrases := map[string]bool{}
	for _, p := range a.segment {
		phrases[p.key] = true
	}
	var texts []string
	for i, l := range a.layers[a.norms:] {
		inverse := a.inverseImages(a.norms + i)
		for c, origins := range inverse {
			inverse[c] = slices.DeleteFunc(origins, func(o rune) bool { return a.images[o][a.norms] != string(o) })
		}
		for _, key := range l.irregularKeys() {
			if len(key) < 3 {
				continue
			}
			for _, text := range preimages(key, inverse, many) {
				if i > 0 || !phrases[text] {
					texts = append(texts, text)
				}
			}
		}
	}
	return texts
}

// frequentTexts lists the texts that are windows most often, as far as usage
// tells: words that hold an irregular pair, and irregular pairs with a
// neighbour that a key could hold together with them.
func (a *analysis) frequentTexts(irregular map[[2]rune]bool) []string {
	weights := map[string]float64{}
	for word, count := range a.usage.long {
		if slices.ContainsFunc(adjacent([]rune(word)), func(p [2]rune) bool { return irregular[p] }) {
			weights[word] = count
		}
	}
	pairs := heaviest(irregular, func(p [2]rune) float64 { return a.usage.pair(p[0], p[1]) }, comparePairs)
	a.weighNeighbours(weights, pairs)
	least := a.usage.total() / rarest
	maps.DeleteFunc(weights, func(_ string, weight float64) bool { return weight < least })
	return heaviest(weights, func(text string) float64 { return weights[text] }, strings.Compare)
}

// heaviest lists most keys of a map, the heaviest first.
func heaviest[K comparable, V any](m map[K]V, weight func(K) float64, compare func(k, l K) int) []K {
	keys := slices.SortedFunc(maps.Keys(m), func(k, l K) int {
		return cmp.Or(cmp.Compare(weight(l), weight(k)), compare(k, l))
	})
	return keys[:min(len(keys), most)]
}

func comparePairs(p, q [2]rune) int { return slices.Compare(p[:], q[:]) }

// weighNeighbours estimates how often each pair stands beside each character
// with which it can stand in one phrase.
func (a *analysis) weighNeighbours(weights map[string]float64, pairs [][2]rune) {
	before, after := map[rune][]rune{}, map[rune][]rune{}
	for p := range a.soft.pairs {
		after[p[0]] = append(after[p[0]], p[1])
		before[p[1]] = append(before[p[1]], p[0])
	}
	joined := func(left, right rune, triple [3]rune) bool {
		pair := [2]rune{left, right}
		return a.soft.inner[pair] || a.soft.close[pair] || a.soft.triples[triple]
	}
	for _, p := range pairs {
		use := a.usage.pair(p[0], p[1])
		for _, c := range before[p[0]] {
			if text := [3]rune{c, p[0], p[1]}; joined(c, p[0], text) {
				weights[string(text[:])] += use * a.usage.pair(c, p[0]) / max(a.usage.char(p[0]), 1)
			}
		}
		for _, c := range after[p[1]] {
			if text := [3]rune{p[0], p[1], c}; joined(p[1], c, text) {
				weights[string(text[:])] += use * a.usage.pair(p[1], c) / max(a.usage.char(p[1]), 1)
			}
		}
	}
}
