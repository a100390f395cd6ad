package dict

import (
	"maps"
	"slices"
)

// softness tells where a key could match across a pair of neighbours. A phrase
// is a key that can match on entering the conversion chain: one of the
// segmentation or of the chain's first stage.
//
//	… 发 布 ┃ 版 本 …    布版 is soft: the phrase 绢布版 holds it. But it is no
//	   w  x    y  z      phrase, and neither 发布版 nor 布版本 stands in one. So no
//	                     phrase matches across this place.
type softness struct {
	pairs map[[2]rune]bool // every soft pair
	// inner pairs are soft by keys that are no phrases, close ones by phrases, both
	// whatever stands beside them. Another soft pair xy, between w and z, is
	// really soft only where wxy or xyz is among the triples.
	inner, close map[[2]rune]bool
	triples      map[[3]rune]bool
}

// softness leads what every key holds back to input.
//
// A phrase of three characters and more that matches across a place holds one
// of the characters beside the pair there; so its triples tell. Triples are led
// back through normalisation only, and they can be if that replaces
// characters by characters. They are of 3-byte characters; a place of a phrase
// that no such triple tells makes its pair close.
func (a *analysis) softness() softness {
	s := softness{close: map[[2]rune]bool{}, triples: map[[3]rune]bool{}}
	others := a.otherKeys()
	s.inner = a.pairsBack(0, others)
	if a.norms > 0 { // segments are normalised text
		maps.Copy(s.inner, a.pairsBack(a.norms, others))
	}
	if !a.simplyNormalized() {
		s.pairs = a.pairsBack(0, a.keys())
		s.close = s.pairs
		return s
	}
	a.addPhrases(s)
	s.pairs = maps.Clone(s.inner)
	maps.Copy(s.pairs, s.close)
	for t := range s.triples {
		s.pairs[[2]rune{t[0], t[1]}] = true
		s.pairs[[2]rune{t[1], t[2]}] = true
	}
	return s
}

// keys lists for each layer what can match on entering it.
func (a *analysis) keys() [][]pair {
	var keys [][]pair
	for i, l := range a.layers {
		if i == a.norms {
			keys = append(keys, slices.Concat(a.segment, l.pairs))
		} else {
			keys = append(keys, l.pairs)
		}
	}
	return keys
}

// otherKeys lists for each layer the keys that can match on entering it and are
// no phrases. A key of the chain's first stage that is in the segmentation, too,
// would have been a phrase. Without segmentation nobody asks about that stage.
func (a *analysis) otherKeys() [][]pair {
	phrases := make(map[string]bool, len(a.segment))
	for _, p := range a.segment {
		phrases[p.key] = true
	}
	keys := a.keys()
	if a.norms < len(keys) {
		keys[a.norms] = slices.DeleteFunc(keys[a.norms], func(p pair) bool { return len(a.segment) == 0 || phrases[p.key] })
	}
	return keys
}

// pairsBack lists the adjacent pairs of keys, by the layer on entering which
// they can match, led back to what enters the layer from.
func (a *analysis) pairsBack(from int, keys [][]pair) map[[2]rune]bool {
	found := map[[2]rune]bool{}
	lasts, firsts := identity(a.chars), identity(a.chars)
	for i := from; i < len(a.layers); i++ {
		beforeLast, beforeFirst := invert(lasts), invert(firsts)
		for p := range pairUse(keys[i]) {
			addProduct(found, beforeLast[p[0]], beforeFirst[p[1]])
		}
		lasts = a.layers[i].advance(lasts, lastRune)
		firsts = a.layers[i].advance(firsts, firstRune)
	}
	return found
}

// advance takes, for each input character, the set of characters that can
// stand at the text's edge on entering layer l, and returns the set that can
// stand there on leaving it: what the layer makes of the character alone, or
// the edge of a value whose key has the character at that edge.
func (l layer) advance(edges map[rune][]rune, edge func(string) rune) map[rune][]rune {
	leaves := map[rune]map[rune]bool{}
	for _, p := range l.pairs {
		c := edge(p.key)
		if leaves[c] == nil {
			leaves[c] = map[rune]bool{edge(l.char(c)): true}
		}
		leaves[c][edge(p.value)] = true
	}
	next := make(map[rune][]rune, len(edges))
	for c, set := range edges {
		out := map[rune]bool{}
		for _, x := range set {
			if leaves[x] == nil {
				out[x] = true
			}
			maps.Copy(out, leaves[x])
		}
		next[c] = slices.Sorted(maps.Keys(out))
	}
	return next
}

// simplyNormalized tells whether normalisation only replaces characters by
// characters.
func (a *analysis) simplyNormalized() bool {
	if len(a.layers) == a.norms {
		return false
	}
	for _, l := range a.layers[:a.norms] {
		for _, p := range l.pairs {
			_, from := singleRune(p.key)
			_, to := singleRune(p.value)
			if !from || !to {
				return false
			}
		}
	}
	return true
}

// addPhrases adds the triples of every phrase, led back to input, and to the
// close pairs those that they do not tell.
func (a *analysis) addPhrases(s softness) {
	origins := map[rune][]rune{}
	for _, c := range a.chars {
		image, _ := singleRune(a.images[c][a.norms])
		origins[image] = append(origins[image], c)
	}
	for _, p := range a.keys()[a.norms] {
		key := []rune(p.key)
		for i := 1; i < len(key); i++ {
			before := i > 1 && addTriple(s.triples, key[i-2:i+1], origins)
			after := i+1 < len(key) && addTriple(s.triples, key[i-1:i+2], origins)
			if !before && !after {
				addProduct(s.close, origins[key[i-1]], origins[key[i]])
			}
		}
	}
}

// addTriple adds the triples that text, three characters, can come from. It
// tells whether all are of 3-byte characters.
func addTriple(triples map[[3]rune]bool, text []rune, origins map[rune][]rune) bool {
	all := true
	for _, x := range origins[text[0]] {
		for _, y := range origins[text[1]] {
			for _, z := range origins[text[2]] {
				if threeBytes(x) && threeBytes(y) && threeBytes(z) {
					triples[[3]rune{x, y, z}] = true
				} else {
					all = false
				}
			}
		}
	}
	return all
}

func identity(chars []rune) map[rune][]rune {
	m := make(map[rune][]rune, len(chars))
	for _, c := range chars {
		m[c] = []rune{c}
	}
	return m
}

func invert(m map[rune][]rune) map[rune][]rune {
	inverse := make(map[rune][]rune, len(m))
	for _, c := range slices.Sorted(maps.Keys(m)) {
		for _, x := range m[c] {
			inverse[x] = append(inverse[x], c)
		}
	}
	return inverse
}

func adjacent(key []rune) [][2]rune {
	var pairs [][2]rune
	for i := 1; i < len(key); i++ {
		pairs = append(pairs, [2]rune{key[i-1], key[i]})
	}
	return pairs
}

// pairUse counts in how many keys each pair of adjacent characters stands.
func pairUse(pairs []pair) map[[2]rune]int {
	use := map[[2]rune]int{}
	for _, p := range pairs {
		for _, q := range adjacent([]rune(p.key)) {
			use[q]++
		}
	}
	return use
}

func addProduct(set map[[2]rune]bool, lefts, rights []rune) {
	for _, left := range lefts {
		for _, right := range rights {
			set[[2]rune{left, right}] = true
		}
	}
}
