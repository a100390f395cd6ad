package dict

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// layer is a stage together with the pairs it was built from. A program's
// layers are its normalisation followed by its conversion chain; images of a
// character are what it has become on entering each of them.
type layer struct {
	stage Stage
	pairs []pair
}

func (l layer) char(c rune) string {
	out, _ := l.stage.AppendConverted(nil, utf8.AppendRune(nil, c), true)
	return string(out)
}

// analysis derives a program's character map and pair sets.
type analysis struct {
	layers  []layer
	segment []pair // of the segmentation, which applies on entering layers[norms]
	norms   int
	program *Program
	usage   *Usage
	guessed bool // usage is for want of better

	chars    []rune            // every character that a layer names, sorted
	images   map[rune][]string // by character: on entering each layer, then the result
	triggers map[rune]bool
	soft     softness
}

func (a *analysis) run(p *pool) (err error) {
	a.collectChars()
	a.followChars()
	a.program.Windowed = a.windowed()
	irregular := a.irregularPairs()
	guards := a.guards(irregular)
	a.program.Sparse = guards != nil
	a.program.Chars = a.charMap(p, guards)
	if a.program.Pairs, err = newPairMap(a.pairResults(irregular), a.usage, p); err != nil {
		return err
	}
	a.program.odd = oddPairs(irregular)
	a.soft = a.softness()
	a.program.Inner, a.program.Close = newPairSet(a.soft.inner, 16), newPairSet(a.soft.close, 16)
	a.program.Triples = newTripleSet(a.soft.triples)
	a.program.Isolated = newTextMap(a.isolated(irregular), p)
	a.program.Edges = a.edges(irregular)
	a.program.Reach = a.reach()
	return nil
}

func (a *analysis) collectChars() {
	seen := map[rune]bool{}
	note := func(pairs []pair) {
		for _, p := range pairs {
			for _, c := range p.key + p.value {
				seen[c] = true
			}
		}
	}
	for _, l := range a.layers {
		note(l.pairs)
	}
	note(a.segment)
	a.chars = slices.Sorted(maps.Keys(seen))
}

// followChars sends each character on its own through the program.
func (a *analysis) followChars() {
	a.images = make(map[rune][]string, len(a.chars))
	a.triggers = map[rune]bool{}
	for _, c := range a.chars {
		image := string(c)
		images := []string{image}
		for _, l := range a.layers {
			if _, single := singleRune(image); !single {
				a.triggers[c] = true
			}
			out, _ := l.stage.AppendConverted(nil, []byte(image), true)
			image = string(out)
			images = append(images, image)
		}
		if a.triggers[c] {
			images[len(images)-1] = string(a.program.Convert([]byte(string(c))))
		}
		a.images[c] = images
	}
}

// windowed reports whether hard pairs are safe to cut at; see [Program].
func (a *analysis) windowed() bool {
	hasOperator := func(s string) bool { return strings.ContainsFunc(s, IsDescriptionOperator) }
	if slices.ContainsFunc(a.segment, func(p pair) bool { return hasOperator(p.key) }) {
		return false
	}
	for i, l := range a.layers {
		final := i == len(a.layers)-1
		for _, p := range l.pairs {
			if hasOperator(p.key) || !final && (p.value == "" || hasOperator(p.value)) {
				return false
			}
		}
	}
	return true
}

func (a *analysis) charMap(p *pool, guards map[rune]bool) *CharMap {
	m := &CharMap{}
	for _, c := range a.chars {
		images := a.images[c]
		result := images[len(images)-1]
		if result == string(c) && !a.triggers[c] && !guards[c] {
			continue
		}
		head := uint32(c)
		if a.triggers[c] {
			head |= triggerFlag
		}
		if guards[c] {
			head |= guardFlag
		}
		m.records = binary.LittleEndian.AppendUint32(m.records, head)
		m.records = binary.LittleEndian.AppendUint32(m.records, p.intern(result))
	}
	m.pool = p.bytes
	return m
}

// irregularPairs covers every irregular key with one pair of its adjacent
// characters, shorter keys first, so that a pair serves longer keys as well.
// Of a key's pairs it takes the one that is rarest in text.
func (a *analysis) irregularPairs() map[[2]rune]bool {
	chosen := map[[2]rune]bool{}
	for i, l := range a.layers {
		covered := map[[2]rune]bool{}
		inverse := a.inverseImages(i)
		for _, key := range l.irregularKeys() {
			pairs := adjacent(key)
			if slices.ContainsFunc(pairs, func(p [2]rune) bool { return covered[p] }) {
				continue
			}
			best := slices.MinFunc(pairs, func(p, q [2]rune) int {
				return cmp.Compare(a.cost(p, inverse), a.cost(q, inverse))
			})
			covered[best] = true
			addProduct(chosen, inverse[best[0]], inverse[best[1]])
		}
	}
	return chosen
}

// cost is how often a pair, led back to input, stands in text. Pairs with
// ASCII characters, and of two above all, are kept for keys that have no
// other: they stop the copying of runs, see [Program.Edges].
func (a *analysis) cost(p [2]rune, inverse map[rune][]rune) float64 {
	sum := 0.0
	for _, c := range p {
		if c < utf8.RuneSelf {
			sum += math.MaxFloat64 / 4
		}
	}
	for _, left := range inverse[p[0]] {
		for _, right := range inverse[p[1]] {
			sum += a.usage.pair(left, right)
		}
	}
	return sum
}

// irregularKeys lists the keys whose value is not that of their characters.
func (l layer) irregularKeys() [][]rune {
	chars := map[rune]string{}
	var keys [][]rune
	for _, p := range l.pairs {
		key := []rune(p.key)
		if len(key) < 2 {
			continue
		}
		var plain strings.Builder
		for _, c := range key {
			if _, ok := chars[c]; !ok {
				chars[c] = l.char(c)
			}
			plain.WriteString(chars[c])
		}
		if plain.String() != p.value {
			keys = append(keys, key)
		}
	}
	slices.SortStableFunc(keys, func(p, q []rune) int { return len(p) - len(q) })
	return keys
}

// inverseImages maps what enters layer i back to the characters it comes from.
func (a *analysis) inverseImages(i int) map[rune][]rune {
	inverse := map[rune][]rune{}
	for _, c := range a.chars {
		if image, single := singleRune(a.images[c][i]); single && !a.triggers[c] {
			inverse[image] = append(inverse[image], c)
		}
	}
	return inverse
}

// pairResults converts each irregular pair that [PairMap] can hold.
func (a *analysis) pairResults(irregular map[[2]rune]bool) map[[2]rune]string {
	results := map[[2]rune]string{}
	for p := range irregular {
		if threeBytes(p[0]) && threeBytes(p[1]) {
			results[p] = string(a.program.Convert([]byte(string(p[:]))))
		}
	}
	return results
}

// preimages lists the texts whose characters become key's, or nothing if they
// are more than limit.
func preimages(key []rune, inverse map[rune][]rune, limit int) []string {
	texts := []string{""}
	for _, c := range key {
		var longer []string
		for _, text := range texts {
			for _, origin := range inverse[c] {
				longer = append(longer, text+string(origin))
			}
		}
		if texts = longer; len(texts) > limit {
			return nil
		}
	}
	return texts
}

// edges collects the ASCII characters that stand in an irregular pair. Where
// ASCII text can change by itself, every character counts as one, because a
// run of ASCII is judged by its last character alone.
func (a *analysis) edges(irregular map[[2]rune]bool) (edges [2]uint64) {
	all := [2]uint64{math.MaxUint64, math.MaxUint64}
	for p := range irregular {
		if max(p[0], p[1]) < utf8.RuneSelf {
			return all
		}
		if c := min(p[0], p[1]); c < utf8.RuneSelf {
			edges[c>>6] |= 1 << (c & 63)
		}
	}
	for c, images := range a.images {
		if c < utf8.RuneSelf && (a.triggers[c] || images[len(images)-1] != string(c)) {
			return all
		}
	}
	return edges
}

// reach bounds how far an unfinished description sequence can see: each
// layer may shorten text by the ratio of its longest key to one byte.
func (a *analysis) reach() int {
	const enough = 1 << 20
	reach := MaxDescription
	for _, l := range a.layers {
		reach = min(reach*max(1, l.stage.MaxKey()), enough)
	}
	return reach
}

func firstRune(s string) rune { c, _ := utf8.DecodeRuneInString(s); return c }

func lastRune(s string) rune { c, _ := utf8.DecodeLastRuneInString(s); return c }
