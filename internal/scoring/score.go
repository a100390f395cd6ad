package scoring

import "slices"

// Judge says which characters count as right.
type Judge struct {
	// Variants are equal; nil for none.
	Variants Variants
	// Ambiguous are the characters that are counted apart; nil for none.
	Ambiguous *Ambiguous
}

// Tally counts characters.
type Tally struct {
	Characters int `json:"characters"`
	Errors     int `json:"errors"`
}

func (t *Tally) count(right bool) {
	t.Characters++
	if !right {
		t.Errors++
	}
}

func (t *Tally) add(u Tally) {
	t.Characters += u.Characters
	t.Errors += u.Errors
}

// Percent is how many of a hundred characters are right; 100 where there are none.
func (t Tally) Percent() float64 { return 100 - 100*float64(t.Errors)/float64(max(1, t.Characters)) }

// Score is what a converter reaches on a set.
type Score struct {
	// Lines is how many lines were compared, LinesRight how many of them are
	// right from beginning to end, and LinesSkipped how many were not compared
	// because source and target have different numbers of code points.
	Lines        int `json:"lines"`
	LinesRight   int `json:"linesRight"`
	LinesSkipped int `json:"linesSkipped"`

	All       Tally `json:"all"`
	Ambiguous Tally `json:"ambiguous"` // hard and soft
	Hard      Tally `json:"hard"`

	senses map[sense]Tally
}

// sense is a hard character with one of its right results.
type sense struct{ source, want rune }

// leastOccurrences is how often a sense has to occur to count in Macro.
const leastOccurrences = 10

// Macro is the mean over all senses of the hard characters of how many of a
// hundred are right, so that a frequent sense cannot hide a rare one. Senses
// with less than ten occurrences are left out; without senses it is 0.
func (s *Score) Macro() float64 {
	var rates []float64
	for _, t := range s.senses {
		if t.Characters >= leastOccurrences {
			rates = append(rates, t.Percent())
		}
	}
	slices.Sort(rates) // the order of the sum decides its last digits
	sum := 0.0
	for _, r := range rates {
		sum += r
	}
	return sum / float64(max(1, len(rates)))
}

// LinesPercent is how many of a hundred lines are right.
func (s *Score) LinesPercent() float64 { return 100 * float64(s.LinesRight) / float64(max(1, s.Lines)) }

// Add adds another set's score.
func (s *Score) Add(t *Score) {
	s.Lines += t.Lines
	s.LinesRight += t.LinesRight
	s.LinesSkipped += t.LinesSkipped
	s.All.add(t.All)
	s.Ambiguous.add(t.Ambiguous)
	s.Hard.add(t.Hard)
	for k, u := range t.senses {
		s.addSense(k, u)
	}
}

func (s *Score) addSense(k sense, u Tally) {
	if s.senses == nil {
		s.senses = map[sense]Tally{}
	}
	t := s.senses[k]
	t.add(u)
	s.senses[k] = t
}

// Mistake is a character that is wrong.
type Mistake struct {
	Line              int // of the set, from 1
	Source, Want, Got string
	// Context is the right text around it: up to eight characters on either side.
	Context string
}

// contextReach is how many characters of context a mistake has on either side.
const contextReach = 8

// Compare adds to s how got, what the source of p became, compares with what is
// wanted, and calls wrong for every mistake unless it is nil.
func (j *Judge) Compare(s *Score, p Pair, got string, wrong func(Mistake)) {
	source, want, result := []rune(p.Source), []rune(p.Want), []rune(got)
	if len(source) != len(want) {
		s.LinesSkipped++
		return
	}
	s.Lines++
	if j.Variants.equal(want, result) {
		s.LinesRight++
	}
	for i, c := range align(want, result) {
		if !isHan(want[i]) {
			continue
		}
		right := j.Variants.fold(c) == j.Variants.fold(want[i])
		j.count(s, source[i], want[i], right)
		if !right && wrong != nil {
			around := want[max(0, i-contextReach):min(len(want), i+1+contextReach)]
			wrong(Mistake{p.Line, string(source[i]), string(want[i]), text(c), string(around)})
		}
	}
}

func (j *Judge) count(s *Score, source, want rune, right bool) {
	s.All.count(right)
	if j.Ambiguous == nil {
		return
	}
	hard := j.Ambiguous.Hard[source]
	if hard || j.Ambiguous.Soft[source] {
		s.Ambiguous.count(right)
	}
	if hard {
		s.Hard.count(right)
		t := Tally{Characters: 1}
		if !right {
			t.Errors = 1
		}
		s.addSense(sense{source, j.Variants.fold(want)}, t)
	}
}

func text(c rune) string {
	if c == none {
		return ""
	}
	return string(c)
}

// isHan tells whether c is a Han character, radicals and strokes left out.
func isHan(c rune) bool {
	return c >= 0x3400 && (c <= 0x9FFF || c >= 0xF900 && c <= 0xFAFF || c >= 0x20000 && c <= 0x3FFFF)
}
