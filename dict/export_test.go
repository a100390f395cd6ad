package dict

import (
	"fmt"
	"strings"
)

// Picture draws the trie of a table, a node a line, children below their
// parent in the order of chars.
func (t *Table) Picture(chars string) string {
	var b strings.Builder
	var draw func(node uint64, depth int)
	draw = func(node uint64, depth int) {
		for _, c := range chars {
			child := t.child(node, c)
			if child == 0 {
				continue
			}
			fmt.Fprintf(&b, "%s%c", strings.Repeat("  ", depth), c)
			if child <= uint64(t.entries) {
				fmt.Fprintf(&b, " → %s", t.Value(uint32(child)))
			}
			b.WriteByte('\n')
			draw(child, depth+1)
		}
	}
	draw(0, 0)
	return b.String()
}

// NewTable compiles keys and values given in turn.
func NewTable(keysAndValues ...string) *Table {
	var pairs []pair
	for i := 0; i < len(keysAndValues); i += 2 {
		pairs = append(pairs, pair{keysAndValues[i], keysAndValues[i+1]})
	}
	t, err := buildTable(pairs, newPool())
	if err != nil {
		panic(err)
	}
	return t
}

// Flatten gives a tree's merged entries as a map.
func (s Source) Flatten() map[string]string {
	m := map[string]string{}
	for _, p := range s.flatten() {
		m[p.key] = p.value
	}
	return m
}

// NewPairSet builds a filter of pairs.
func NewPairSet(pairs map[[2]rune]bool, bitsPerPair int) *PairSet {
	return newPairSet(pairs, bitsPerPair)
}

// EmbeddedSize is the size of the built-in file in bytes.
func EmbeddedSize() int { return len(embedded) }
