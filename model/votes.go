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
	votes = p.ask(votes, it, text[at:], 0, 0)
	start := at
	next, _ := dict.Decode(text[at:])
	for left := 1; left <= Reach && start > 0; left++ {
		before, size := dict.DecodeLast(text[:start])
		if before < 0 {
			break
		}
		pair := dict.PairKey(dict.Pack(before), dict.Pack(next))
		if !p.Soft.Has(pair) {
			break
		}
		start, next = start-size, before
		votes = p.ask(votes, it, text[start:], left, at-start)
	}
	return votes
}

// ask appends the vote of the longest phrase that text begins with, if that
// covers the item, which stands left characters, or at bytes, behind.
func (p Phrases) ask(votes []Vote, it *Item, text []byte, left, at int) []Vote {
	entry, n := p.Table.Longest(text)
	if n <= at {
		return votes
	}
	v, ok := it.vote(p.Table.Value(entry), text[:n], left)
	if !ok {
		return votes
	}
	votes = append(votes, v)
	for i := len(votes) - 1; i > 0 && votes[i-1].length() < votes[i].length(); i-- {
		votes[i-1], votes[i] = votes[i], votes[i-1]
	}
	return votes
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
