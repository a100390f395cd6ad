package dict

import "strings"

// Entry is one line of a dictionary: a key and its candidates. The first
// candidate is the one that conversion uses.
type Entry struct {
	Key    string
	Values []string
}

// Lexicon is one dictionary as its file holds it. Keys are unique and
// neither empty nor invalid UTF-8; there is at least one value a key.
type Lexicon struct {
	Name    string // the file's name
	Entries []Entry
}

// Policy tells how a group of dictionaries answers together.
type Policy int

const (
	// ShortCircuit lets the first dictionary with any match win, even with a
	// shorter key than a later one has.
	ShortCircuit Policy = iota
	// Union lets the longest key win, the earlier dictionary among equals.
	Union
)

// Source is a node of a dictionary tree: a lexicon or a group of sources.
type Source struct {
	Lexicon *Lexicon // nil for a group
	Policy  Policy   // of a group
	Group   []Source
}

// Recipe describes a conversion as OpenCC's configuration files do:
// normalise, cut into segments, send each segment through the chain.
type Recipe struct {
	Name          string
	Normalization []Source // each stage one dictionary tree
	Segmentation  *Source  // nil: the whole text is one segment
	Chain         []Source
}

// pair is an entry reduced to what conversion uses.
type pair struct{ key, value string }

// flatten turns a tree into one list of unique keys that gives the same
// answers by longest prefix match alone.
func (s Source) flatten() []pair {
	if s.Lexicon != nil {
		pairs := make([]pair, len(s.Lexicon.Entries))
		for i, e := range s.Lexicon.Entries {
			pairs[i] = pair{e.Key, e.Values[0]}
		}
		return pairs
	}
	var merged []pair
	taken := map[string]bool{}
	for _, member := range s.Group {
		added := member.flatten()
		if s.Policy == ShortCircuit {
			added = withoutPrefixIn(added, taken)
		}
		for _, p := range added {
			if !taken[p.key] {
				taken[p.key] = true
				merged = append(merged, p)
			}
		}
	}
	return merged
}

// withoutPrefixIn drops the keys that short circuit makes unreachable: where
// such a key matches, so does its prefix in an earlier dictionary, which
// wins. Every other key of an earlier dictionary that matches together with
// a later one is the longer of the two, and longest prefix match picks it.
func withoutPrefixIn(pairs []pair, earlier map[string]bool) []pair {
	var kept []pair
next:
	for _, p := range pairs {
		for i := range p.key {
			if i > 0 && earlier[p.key[:i]] {
				continue next
			}
		}
		if !earlier[p.key] {
			kept = append(kept, p)
		}
	}
	return kept
}

// canonical appends the tree to b in a form that two equal trees share.
func (s Source) canonical(b *strings.Builder) {
	if s.Lexicon == nil {
		b.WriteString([]string{"short_circuit(", "union("}[s.Policy])
		for _, member := range s.Group {
			member.canonical(b)
		}
		b.WriteString(")\n")
		return
	}
	for _, e := range s.Lexicon.Entries {
		b.WriteString(e.Key + "\t" + strings.Join(e.Values, " ") + "\n")
	}
	b.WriteString("\n")
}
