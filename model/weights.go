package model

import (
	"encoding/binary"
	"math/bits"
)

// Weights are a table of what was learned: for each key that counts one signed
// byte. A key lies in one bucket of eight bytes, as one of four pairs:
//
//	byte     0  1  2  3   4  5  6  7
//	         checks       weights
//
// Check is the key's lowest byte, so that of the keys that are not in the table,
// and most of what stands in a text is not, only one in sixty or so is taken for
// another. A bucket keeps the weights that matter most of all that fall into it,
// those that matter more before the others. Nothing is empty: a check of 0 with a
// weight of 0 says nothing, either.
type Weights []byte

const bucketSize = 8

// Key is what a feature's hash is looked up by for a candidate: from 1 on, the
// first one's weights being 0; 0 is for opinions, which all candidates share.
func Key(hash uint32, candidate int) uint32 { return hash + uint32(candidate)*0x9E3779B1 }

// Entry is a weight to be kept.
type Entry struct {
	Key    uint32
	Weight int8
}

// NewWeights makes a table of size bytes, rounded down to whole buckets. Entries
// that find no room behind those before them are left out; it tells their keys.
func NewWeights(size int, entries []Entry) (w Weights, left []uint32) {
	w = make(Weights, size/bucketSize*bucketSize)
	used := make([]uint8, size/bucketSize)
	for _, e := range entries {
		at := w.bucket(e.Key)
		n := &used[at/bucketSize]
		if *n == bucketSize/2 {
			left = append(left, e.Key)
			continue
		}
		w[at+int(*n)], w[at+bucketSize/2+int(*n)] = byte(e.Key), byte(e.Weight)
		*n++
	}
	return w, left
}

func (w Weights) bucket(key uint32) int {
	return int(uint64(key)*uint64(len(w)/bucketSize)>>32) * bucketSize
}

// Of returns the weight of a key, 0 if it has none.
func (w Weights) Of(key uint32) int32 {
	const ones, highs = 0x01010101, 0x80808080
	bucket := binary.LittleEndian.Uint64(w[w.bucket(key):])
	// The lowest byte of differ that is 0 is the first check that agrees (Mycroft,
	// 1987); behind all four a shift leaves nothing.
	differ := uint32(bucket) ^ key&0xFF*ones
	found := uint(bits.TrailingZeros32((differ-ones)&^differ&highs)) &^ 7
	return int32(int8(bucket >> 32 >> found))
}
