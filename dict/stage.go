package dict

// Stage is one step of a conversion chain: tables that are asked in order,
// the first with any match wins (OpenCC's short circuit). Safe for concurrent
// use.
type Stage []*Table

// Longest returns the value of the longest key of the first table that has
// any key at the start of text, and the key's length in bytes. Length 0 means
// that no table has one.
func (s Stage) Longest(text []byte) (value []byte, length int) {
	for _, t := range s {
		if entry, n := t.Longest(text); n > 0 {
			return t.Value(entry), n
		}
	}
	return nil, 0
}

// MinLead is the least byte that a key begins with, 0xFF if there is no key.
func (s Stage) MinLead() byte {
	least := byte(0xFF)
	for _, t := range s {
		least = min(least, t.minLead)
	}
	return least
}

// MaxKey is the length of the longest key in bytes.
func (s Stage) MaxKey() int {
	longest := 0
	for _, t := range s {
		longest = max(longest, t.maxKey)
	}
	return longest
}

// LookAhead is how many bytes decide what happens at a position: the length
// of the longest key or description sequence.
func (s Stage) LookAhead() int { return max(s.MaxKey(), MaxDescription) }

// CharactersAfterFirst tells whether every table but the first holds single
// characters only.
func (s Stage) CharactersAfterFirst() bool {
	for _, t := range s[min(1, len(s)):] {
		if !t.characters {
			return false
		}
	}
	return len(s) > 0
}

// AppendConverted converts text by longest prefix match and appends the
// result to dst; where no key matches, text is copied as [UnitLen] says. Unless
// end says that no text follows, it stops where a key or a description
// sequence could reach beyond text. It returns the extended dst and how many
// bytes of text it has consumed.
func (s Stage) AppendConverted(dst, text []byte, end bool) (out []byte, consumed int) {
	limit := len(text)
	if !end {
		limit -= s.LookAhead()
	}
	var d Descriptions
	i := 0
	for i < limit {
		value, n := s.Longest(text[i:])
		if n == 0 {
			n = d.UnitLen(text, i)
			value = text[i : i+n]
		}
		dst = append(dst, value...)
		i += n
	}
	return dst, i
}
