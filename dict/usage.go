package dict

// Usage estimates how often characters and pairs of neighbours stand in the
// text that a program will read. It decides nothing but speed: of the pairs
// that could stand for an irregular key the compiler takes the rarest, and of
// the two characters of a pair the rarer one guards it.
//
// The estimate comes from words and their frequencies. Inside a word pairs are
// counted; across the border of two words they are taken as independent, so
// that the last character of one meets the first of the next as often as the
// two frequencies tell. Not safe for concurrent use.
type Usage struct {
	chars, firsts, lasts map[rune]float64
	pairs                map[[2]rune]float64
	long                 map[string]float64 // words of three characters and more
	words, all           float64
}

// NewUsage returns an estimate of no text at all.
func NewUsage() *Usage {
	return &Usage{
		chars: map[rune]float64{}, firsts: map[rune]float64{}, lasts: map[rune]float64{},
		pairs: map[[2]rune]float64{}, long: map[string]float64{},
	}
}

// Add notes a word that was met count times.
func (u *Usage) Add(word string, count float64) {
	chars := []rune(word)
	if len(chars) == 0 {
		return
	}
	for _, c := range chars {
		u.chars[c] += count
	}
	for _, p := range adjacent(chars) {
		u.pairs[p] += count
	}
	if len(chars) > 2 {
		u.long[word] += count
	}
	u.firsts[chars[0]] += count
	u.lasts[chars[len(chars)-1]] += count
	u.words += count
	u.all += count * float64(len(chars))
}

func (u *Usage) char(c rune) float64 { return u.chars[c] }

// total is how many characters were met.
func (u *Usage) total() float64 { return u.all }

func (u *Usage) pair(left, right rune) float64 {
	return u.pairs[[2]rune{left, right}] + u.lasts[left]*u.firsts[right]/max(u.words, 1)
}

// ownUsage estimates from a recipe's own keys, for want of better.
func (a *analysis) ownUsage() *Usage {
	u := NewUsage()
	for _, l := range a.layers {
		for _, p := range l.pairs {
			u.Add(p.key, 1)
		}
	}
	return u
}
