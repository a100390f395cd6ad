package model

// Reach is how many characters on either side of an item its features see.
const Reach = 4

// Window is what stands around an item.
type Window struct {
	// Left and Right are the neighbours, nearest first, as [Normalize] gives
	// them; 0 beyond the line.
	Left, Right [Reach]uint32
	// Prior is the candidate that the dictionaries choose on their own.
	Prior int
	// Votes are the phrases that cover the item, longest first.
	Votes []Vote
}

// Vote is a phrase of the dictionaries that covers an item.
type Vote struct {
	Left, Right int // how many characters of it stand on either side
	Candidate   int // which one it gives
}

// Normalize folds what need not be told apart: digits, and Latin letters.
// Characters are expected in their Simplified form, so that text in either
// script has the same features.
func Normalize(c rune) uint32 {
	switch {
	case '0' <= c && c <= '9':
		return '0'
	case 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80:
		return 'a'
	}
	return uint32(c)
}

// class sorts characters into the few kinds that tell where words end.
func class(c uint32) uint64 {
	switch {
	case c == 0:
		return 1
	case c == '0' || 0xFF10 <= c && c <= 0xFF19:
		return 2
	case c == 'a':
		return 3
	case c < 0x80:
		return 4
	case 0x3400 <= c && c <= 0x9FFF:
		return 5
	}
	switch c {
	case '，', '。', '、', '；', '：', '！', '？':
		return 6
	}
	return 7
}

// maxFeatures bounds how many features a window has, votes not counted.
const maxFeatures = 24

// Factors of a multilinear hash: odd numbers without a pattern.
const (
	factorItem  = 0x9E3779B97F4A7C15
	factorKind  = 0xD1B54A32D192ED03
	factorL0    = 0xBF58476D1CE4E5B9
	factorL1    = 0x94D049BB133111EB
	factorL2    = 0xC2B2AE3D27D4EB4F
	factorR0    = 0x165667B19E3779F9
	factorR1    = 0x9FB21C651E98DF25
	factorR2    = 0xA0761D6478BD642F
	factorPrior = 0xE7037ED1A0B428DB
)

// kind tells features of different shapes apart.
func kind(n uint64) uint64 { return n * factorKind }

// spread makes the high bits of a sum depend on all of it.
func spread(h uint64) uint64 {
	h ^= h >> 32
	return h * factorItem
}

// features appends a hash for each feature of the window around an item.
func (w *Window) features(item uint32, dst []uint64) []uint64 {
	base := uint64(item+1) * factorItem
	l0, l1, l2 := uint64(w.Left[0])*factorL0, uint64(w.Left[1])*factorL1, uint64(w.Left[2])*factorL2
	r0, r1, r2 := uint64(w.Right[0])*factorR0, uint64(w.Right[1])*factorR1, uint64(w.Right[2])*factorR2
	p := base + uint64(w.Prior+1)*factorPrior
	cl0, cl1 := class(w.Left[0]), class(w.Left[1])
	cr0, cr1 := class(w.Right[0]), class(w.Right[1])
	return append(dst,
		spread(base+kind(1)),
		spread(base+kind(2)+l0),
		spread(base+kind(3)+r0),
		spread(base+kind(4)+l1),
		spread(base+kind(5)+r1),
		spread(base+kind(6)+l0+l1),
		spread(base+kind(7)+l0+r0),
		spread(base+kind(8)+r0+r1),
		spread(base+kind(9)+l0+l1+l2),
		spread(base+kind(10)+l0+l1+r0),
		spread(base+kind(11)+l0+r0+r1),
		spread(base+kind(12)+r0+r1+r2),
		spread(base+kind(13)+l0+l1+r0+r1),
		spread(p+kind(14)),
		spread(p+kind(15)+l0),
		spread(p+kind(16)+r0),
		spread(base+kind(17)+cl0*factorL0+cr0*factorR0),
		spread(base+kind(18)+cl0*factorL0+cl1*factorL1),
		spread(base+kind(19)+cr0*factorR0+cr1*factorR1),
	)
}

// opinion is a feature that speaks for one candidate only, with a weight that
// all candidates share.
type opinion struct {
	hash      uint64
	candidate int
}

// opinions appends what the dictionaries say: their choice, the longest phrase
// and every phrase, each once for all items and once for this one.
func (w *Window) opinions(item uint32, dst []opinion) []opinion {
	base := uint64(item+1) * factorItem
	both := func(k, shape uint64, candidate int) {
		h := kind(k) + shape*factorPrior
		dst = append(dst, opinion{spread(h), candidate}, opinion{spread(h + base), candidate})
	}
	both(32, 0, w.Prior)
	if len(w.Votes) == 0 {
		both(33, 0, w.Prior)
		return dst
	}
	both(34, shape(w.Votes[0]), w.Votes[0].Candidate)
	for _, v := range w.Votes {
		both(35, shape(v), v.Candidate)
	}
	return dst
}

func shape(v Vote) uint64 { return uint64(1 + min(v.Left, 7) + 8*min(v.Right, 7)) }

// Features gives the hashes of a window's features, for the trainer: of those
// that each candidate has a weight of its own for, and of the opinions, with the
// candidate that each speaks for. See [Place].
func Features(it *Item, w *Window) (features, opinions []uint32, speakFor []int) {
	for _, h := range w.features(it.id, nil) {
		features = append(features, uint32(h>>32))
	}
	for _, o := range w.opinions(it.id, nil) {
		opinions = append(opinions, uint32(o.hash>>32))
		speakFor = append(speakFor, o.candidate)
	}
	return features, opinions, speakFor
}

// Place is where the weight of a hash lies in a table of size weights, a
// multiple of 8. Candidate k of a feature has the place XOR k.
func Place(hash, size uint32) uint32 {
	return uint32(uint64(hash) * uint64(size) >> 32)
}
