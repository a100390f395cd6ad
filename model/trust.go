package model

import "encoding/binary"

// Trust is a set of neighbours of items beside which the choice of the
// dictionaries has always stood in the trainer's texts, often enough that it may
// stand unseen: 以後, where 后 is 後 after 以 whatever follows. Most decisions end
// with a look at it.
//
// It is a Bloom filter that keeps the three bits of a member in one group of 64.
type Trust []byte

const trustGroup = 8 // bytes

// NewTrust returns a set of members, which [TrustKeys] gives, with 24 bits for
// each, so that of others one in some hundreds is taken for one.
func NewTrust(members []uint32) Trust {
	t := make(Trust, (3*len(members)/trustGroup+1)*trustGroup)
	for _, m := range members {
		at, mask := t.place(m)
		group := t[at:]
		binary.LittleEndian.PutUint64(group, binary.LittleEndian.Uint64(group)|mask)
	}
	return t
}

func (t Trust) has(member uint32) bool {
	at, mask := t.place(member)
	return binary.LittleEndian.Uint64(t[at:])&mask == mask
}

// place is the offset of a member's group in bytes, and its bits.
func (t Trust) place(member uint32) (at, mask uint64) {
	at = uint64(member) * uint64(len(t)/trustGroup) >> 32 * trustGroup
	h := uint64(member) * factorItem
	return at, 1<<(h>>58) | 1<<(h>>52&63) | 1<<(h>>46&63)
}

// TrustKeys are what a [Trust] may hold of an item for which the dictionaries
// choose a candidate: with its left and with its right neighbour.
func TrustKeys(item uint32, prior int, left, right uint32) (withLeft, withRight uint32) {
	p := uint64(item+1)*factorItem + uint64(prior+1)*factorPrior
	return feature(p + kind(15) + uint64(left)*factorL0), feature(p + kind(16) + uint64(right)*factorR0)
}

// Trusts tells whether what the dictionaries choose for an item stands beside its
// neighbours: the first candidate beside one that is trusted, another, which comes
// from a phrase that may cross a word's border, between two.
func (d *Decider) Trusts(it *Item, prior int, left, right uint32) bool {
	t := d.table.trust
	if len(t) == 0 {
		return false
	}
	withLeft, withRight := TrustKeys(it.id, prior, left, right)
	if prior == 0 {
		return t.has(withLeft) || t.has(withRight)
	}
	return t.has(withLeft) && t.has(withRight)
}
