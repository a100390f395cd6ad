package model

import "github.com/hanconv/hanconv/dict"

// maxVotes bounds how many phrases are asked for one item.
const maxVotes = Reach + 1

// AppendVotes appends a vote for the longest phrase from each of the places
// from which one can cover the item: its own and the [Reach] characters before
// it. Text is the line in Simplified characters, at the offset of the item in
// bytes; phrases gives for a Simplified phrase the Traditional one, of as many
// characters.
func (it *Item) AppendVotes(votes []Vote, phrases *dict.Table, text []byte, at int) []Vote {
	start := at
	for left := 0; left <= Reach; left++ {
		entry, n := phrases.Longest(text[start:])
		if end := start + n; end > at && n > 0 {
			if v, ok := it.vote(phrases.Value(entry), text[start:end], left); ok {
				votes = append(votes, v)
				for i := len(votes) - 1; i > 0 && votes[i-1].length() < votes[i].length(); i-- {
					votes[i-1], votes[i] = votes[i], votes[i-1]
				}
			}
		}
		if start == 0 {
			break
		}
		_, size := dict.DecodeLast(text[:start])
		start -= size
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
