package model

import "encoding/binary"

// Trust is a set of neighbours of items beside which the choice of the
// dictionaries has always stood in the trainer's texts, often enough that it may
// stand unseen: 以後, where 后 is 後 after 以 whatever follows. Most decisions end
// with a look at it.
//
// A member lies in one bucket of eight bytes, as one of four checks of 16 bits, so
// that of others hardly any is taken for one. A bucket keeps the four that came
// first; a check of 0 is an empty place.
type Trust []byte

// NewTrust returns a set of members, which [TrustKeys] and [TrustPairKeys] give.
// One in nine finds no room.
func NewTrust(members []uint32) Trust {
	t := make(Trust, (len(members)/3+1)*bucketSize)
	for _, m := range members {
		at, check := t.place(m)
		for place := t[at : at+bucketSize]; len(place) > 0; place = place[2:] {
			if binary.LittleEndian.Uint16(place) == 0 {
				binary.LittleEndian.PutUint16(place, uint16(check))
				break
			}
		}
	}
	return t
}

// Has tells whether the set holds a member.
func (t Trust) Has(member uint32) bool {
	const ones, highs = 0x0001_0001_0001_0001, 0x8000_8000_8000_8000
	if len(t) == 0 {
		return false
	}
	at, check := t.place(member)
	// A place of differ is 0 if its check agrees (Mycroft, 1987).
	differ := binary.LittleEndian.Uint64(t[at:]) ^ check*ones
	return (differ-ones)&^differ&highs != 0
}

// place is the offset of a member's bucket, and its check.
func (t Trust) place(member uint32) (at int, check uint64) {
	at = int(uint64(member)*uint64(len(t)/bucketSize)>>32) * bucketSize
	return at, max(1, uint64(member)*factorItem>>48)
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
	withLeft, withRight := TrustKeys(it.id, prior, left, right)
	if prior == 0 {
		return t.Has(withLeft) || t.Has(withRight)
	}
	return t.Has(withLeft) && t.Has(withRight)
}

// Pair is two neighbours.
type Pair [2]uint32

// TrustPairKeys are what a [Trust] may hold of pairs of neighbours of an item:
// those on either side, the two before it, and the two behind, nearest first.
func TrustPairKeys(item uint32, prior int, left, right Pair) (around, before, behind uint32) {
	p := uint64(item+1)*factorItem + uint64(prior+1)*factorPrior
	return feature(p + kind(22) + uint64(left[0])*factorL0 + uint64(right[0])*factorR0),
		feature(p + kind(23) + uint64(left[0])*factorL0 + uint64(left[1])*factorL1),
		feature(p + kind(24) + uint64(right[0])*factorR0 + uint64(right[1])*factorR1)
}

// TrustsPair is [Decider.Trusts] for pairs of neighbours, of which fewer texts
// have to tell: what the dictionaries choose stands between two that are trusted,
// the first candidate also behind two or before two.
func (d *Decider) TrustsPair(it *Item, prior int, left, right Pair) bool {
	t := d.table.trust
	around, before, behind := TrustPairKeys(it.id, prior, left, right)
	return t.Has(around) || prior == 0 && (t.Has(before) || t.Has(behind))
}
