package model

import (
	"sync"

	"github.com/hanconv/hanconv/dict"
)

// maxVotes bounds how many phrases are asked for one item.
const maxVotes = Reach + 1

// Phrases are where votes come from.
type Phrases struct {
	// Table gives for a Simplified phrase the Traditional one, of as many
	// characters.
	Table *dict.Table
	// Soft holds every pair of neighbours inside a phrase; see [dict.Program].
	Soft *dict.PairSet
}

// AppendVotes appends a vote for the longest phrase from each of the places
// from which one can cover the item: its own and up to [Reach] characters
// before it. Text is Simplified, at the offset of the item in bytes.
func (p Phrases) AppendVotes(votes []Vote, it *Item, text []byte, at int) []Vote {
	start := at
	item, itemSize := dict.Decode(text[at:])
	next := item
	joined := false
	if end := at + itemSize; end < len(text) {
		right, _ := dict.Decode(text[end:])
		joined = p.soft(item, right)
	}
	for left := 0; left <= Reach; left++ {
		entry, n := uint32(0), 0
		if left > 0 || joined {
			entry, n = p.Table.Longest(text[start:])
		}
		if end := start + n; end > at && n > 0 {
			if v, ok := it.vote(p.Table.Value(entry), text[start:end], left); ok {
				votes = append(votes, v)
				for i := len(votes) - 1; i > 0 && votes[i-1].length() < votes[i].length(); i-- {
					votes[i-1], votes[i] = votes[i], votes[i-1]
				}
			}
		}
		if start == 0 {
			break
		}
		before, size := dict.DecodeLast(text[:start])
		if !p.soft(before, next) {
			break
		}
		start, next = start-size, before
	}
	return votes
}

func (p Phrases) soft(left, right rune) bool {
	return left >= 0 && right >= 0 && p.Soft.Has(dict.PairKey(dict.Pack(left), dict.Pack(right)))
}

func (v Vote) length() int { return v.Left + v.Right }

// vote reads out of a phrase's value what it gives for the item.
func (it *Item) vote(value, key []byte, left int) (v Vote, ok bool) {
	v.Left = left
	for i := 0; len(value) > 0 && len(key) > 0; i++ {
		c, size := dict.Decode(value)
		_, keySize := dict.Decode(key)
		value, key = value[size:], key[keySize:]
		switch {
		case i == left:
			v.Candidate = it.Index(c)
		case i > left:
			v.Right++
		}
	}
	return v, v.Candidate >= 0 && v.Left+v.Right > 0 && len(value) == 0 && len(key) == 0
}

// BuiltInPhrases are OpenCC's, of the built-in dictionaries.
var BuiltInPhrases = sync.OnceValue(func() *Phrases {
	p := dict.BuiltIn().Program("s2t")
	return &Phrases{p.Stages[0][0], p.Soft}
})
