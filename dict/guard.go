package dict

import (
	"cmp"
	"maps"
	"slices"
)

// sparse is the share of guards among the characters of a text up to which
// they are worth their while: a converter that meets one every ten characters
// loses more by stopping than it gains by not looking at pairs.
const sparse = 0.05

// guards picks characters so that every irregular pair of two 3-byte
// characters holds one: a cover of the graph whose edges are the pairs, light
// in text. All characters guard at first; from the most frequent on, each is
// let go whose partners all guard still. It returns nil if that leaves more
// guards than are worth their while.
func (a *analysis) guards(irregular map[[2]rune]bool) map[rune]bool {
	partners := map[rune][]rune{}
	for p := range irregular {
		if threeBytes(p[0]) && threeBytes(p[1]) {
			partners[p[0]] = append(partners[p[0]], p[1])
			partners[p[1]] = append(partners[p[1]], p[0])
		}
	}
	byUse := slices.Sorted(maps.Keys(partners))
	slices.SortStableFunc(byUse, func(b, c rune) int { return cmp.Compare(a.usage.char(c), a.usage.char(b)) })
	guard := make(map[rune]bool, len(byUse))
	for _, c := range byUse {
		guard[c] = true
	}
	share := 0.0
	for _, c := range byUse {
		needed := slices.ContainsFunc(partners[c], func(p rune) bool { return p == c || !guard[p] })
		if needed {
			share += a.usage.char(c)
		} else {
			delete(guard, c)
		}
	}
	if share > sparse*a.usage.total() {
		return nil
	}
	return guard
}

// threeBytes tells whether c takes three bytes of UTF-8.
func threeBytes(c rune) bool { return c >= 0x800 && c <= 0xFFFF }
