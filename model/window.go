package model

// Reach is how many characters on either side of an item its features see.
const Reach = 4

// FarReach is how many characters on either side, behind those within Reach,
// are seen around a word.
const FarReach = 8

// Window is what stands around an item.
type Window struct {
	// Left and Right are the neighbours, nearest first, as [Normalize] gives
	// them; 0 beyond the line.
	Left, Right [Reach]uint32
	// Prior is the candidate that the dictionaries choose on their own.
	Prior int
	// Far are the characters beyond Left and Right, in no order, for words.
	Far [2 * FarReach]uint32
	// CrossLeft and CrossRight tell whether another word begins before the
	// item and ends inside it, or begins inside and ends behind it.
	CrossLeft, CrossRight bool
	// LeftClass and RightClass are the classes of the two nearest of Left and
	// Right, around a character; see [Decider.Surround].
	LeftClass, RightClass [2]uint8
	// Words has a bit for each of [wordPlaces] where a word may stand.
	Words uint8
	// Votes are the phrases that cover the item, longest first.
	Votes []Vote
}

// Set puts in the character at a distance from the item: 0, 1, … behind it, -1,
// -2, … before it.
func (w *Window) Set(distance int, c uint32) {
	switch {
	case distance >= Reach:
		w.Far[distance-Reach] = c
	case distance >= 0:
		w.Right[distance] = c
	case distance >= -Reach:
		w.Left[-1-distance] = c
	default:
		w.Far[FarReach-1-distance-Reach] = c
	}
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
	case c == '著': // a standard's form of 着
		return '着'
	}
	return uint32(c)
}

// maxFeatures bounds how many features a window has, votes not counted.
const maxFeatures = 24 + 2*FarReach

// maxOpinions is the same for opinions.
const maxOpinions = 8 + 4*maxVotes

// Factors of a multilinear hash: odd numbers without a pattern.
const (
	factorItem  = 0x9E3779B97F4A7C15
	factorKind  = 0xD1B54A32D192ED03
	factorL0    = 0xBF58476D1CE4E5B9
	factorL1    = 0x94D049BB133111EB
	factorR0    = 0x165667B19E3779F9
	factorR1    = 0x9FB21C651E98DF25
	factorPrior = 0xE7037ED1A0B428DB
)

// kind tells features of different shapes apart.
func kind(n uint64) uint64 { return n * factorKind }

// spread makes the high bits of a sum depend on all of it.
func spread(h uint64) uint64 {
	h ^= h >> 32
	return h * factorItem
}

// GlanceFeatures is how many of a window's first features see no more than the
// item, its two neighbours and what the dictionaries choose. The first
// biasFeatures of them do not even see the neighbours.
const (
	GlanceFeatures = 7
	biasFeatures   = 2
	// TrustFeatures is the place of the two that [TrustKeys] gives.
	TrustFeatures = 5
)

// neighbourFeatures gives the hashes of those that see a neighbour. Left and
// right are hashes of these.
func neighbourFeatures(item uint32, prior int, left, right uint64) [GlanceFeatures - biasFeatures]uint32 {
	base := uint64(item+1) * factorItem
	p := base + uint64(prior+1)*factorPrior
	return [...]uint32{
		feature(base + kind(2) + left),
		feature(base + kind(3) + right),
		feature(base + kind(7) + left + right),
		feature(p + kind(15) + left),
		feature(p + kind(16) + right),
	}
}

func bias(item uint32, prior int) [biasFeatures]uint32 {
	base := uint64(item+1) * factorItem
	return [...]uint32{feature(base + kind(1)), feature(base + uint64(prior+1)*factorPrior + kind(14))}
}

// feature is the hash of a sum that tells features apart.
func feature(sum uint64) uint32 { return uint32(spread(sum) >> 32) }

// features appends a hash for each feature of the window around an item.
func (w *Window) features(item uint32, dst []uint32) []uint32 {
	base := uint64(item+1) * factorItem
	l0, l1 := uint64(w.Left[0])*factorL0, uint64(w.Left[1])*factorL1
	r0, r1 := uint64(w.Right[0])*factorR0, uint64(w.Right[1])*factorR1
	first, next := bias(item, w.Prior), neighbourFeatures(item, w.Prior, l0, r0)
	dst = append(append(dst, first[:]...), next[:]...)
	cl0, cl1 := uint64(Kind(w.Left[0])), uint64(Kind(w.Left[1]))
	cr0, cr1 := uint64(Kind(w.Right[0])), uint64(Kind(w.Right[1]))
	for _, c := range w.Far {
		if c >= 0x80 {
			dst = append(dst, feature(base+kind(20)+uint64(c)*factorL0))
		}
	}
	return append(dst,
		feature(base+kind(4)+l1),
		feature(base+kind(5)+r1),
		feature(base+kind(6)+l0+l1),
		feature(base+kind(8)+r0+r1),
		feature(base+kind(10)+l0+l1+r0),
		feature(base+kind(11)+l0+r0+r1),
		feature(base+kind(17)+cl0*factorL0+cr0*factorR0),
		feature(base+kind(18)+cl0*factorL0+cl1*factorL1),
		feature(base+kind(19)+cr0*factorR0+cr1*factorR1),
		feature(base+kind(21)+uint64(w.Words)*factorL0),
	)
}

// opinion is a feature that speaks for one candidate only, with a weight that
// all candidates share.
type opinion struct {
	hash      uint32
	candidate int
}

// opinions appends what the dictionaries say: their choice, the longest phrase
// and every phrase, each once for all items and once for this one.
func (w *Window) opinions(it *Item, dst []opinion) []opinion {
	base := uint64(it.id+1) * factorItem
	if it.word {
		return w.wordOpinions(base, dst)
	}
	both := func(k, shape uint64, candidate int) {
		h := kind(k) + shape*factorPrior
		dst = append(dst, opinion{feature(h), candidate}, opinion{feature(h + base), candidate})
	}
	words := uint64(w.Words) << 8
	both(32, words, w.Prior)
	if len(w.Votes) == 0 {
		both(33, words, w.Prior)
		return dst
	}
	both(34, words+shape(w.Votes[0]), w.Votes[0].Candidate)
	for _, v := range w.Votes {
		both(35, shape(v), v.Candidate)
		both(37, words+shape(v), v.Candidate)
	}
	return dst
}

// wordOpinions is opinions for a word: what dictionaries say is only that it
// can be replaced, so what counts is whether it is a word at all.
func (w *Window) wordOpinions(base uint64, dst []opinion) []opinion {
	h := kind(40) + crossing(w)*factorPrior
	return append(dst, opinion{feature(h), 0}, opinion{feature(h + base), 0})
}

func shape(v Vote) uint64 { return uint64(1 + min(v.Left, 7) + 8*min(v.Right, 7)) }

// Features gives the hashes of a window's features, for the trainer: of those
// that each candidate has a weight of its own for, and of the opinions, with the
// candidate that each speaks for. See [Key].
func Features(it *Item, w *Window) (features, opinions []uint32, speakFor []int) {
	for _, o := range w.opinions(it, nil) {
		opinions = append(opinions, o.hash)
		speakFor = append(speakFor, o.candidate)
	}
	return w.features(it.id, nil), opinions, speakFor
}

func crossing(w *Window) uint64 {
	switch {
	case w.CrossLeft && w.CrossRight:
		return 4
	case w.CrossLeft:
		return 3
	case w.CrossRight:
		return 2
	}
	return 1
}
