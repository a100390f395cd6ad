package han

import (
	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/model"
)

// horizon is how many code points on either side of a character its decision
// depends on, at the most: the model sees [model.Reach] of them, the guess of
// the script all.
const horizon = 12

// horizonBytes is the same in bytes.
const horizonBytes = 4 * horizon

// characterLink is a program whose result for some characters is decided by
// context. The program keeps the number of code points, so that each of the
// text belongs to one of the result.
type characterLink struct {
	engine  *engine
	decider *model.Decider
	fold    *foldTable
	phrases *model.Phrases // nil: no votes
	scripts *scriptTable
	// stops are the characters at which the scan has to look closer: those to
	// decide about, and description operators. Special are these, and those that
	// are Traditional only.
	stops, special charSet
}

func newCharacterLink(e *engine, d *model.Decider) *characterLink {
	l := &characterLink{engine: e, decider: d, fold: folding()}
	for _, it := range d.Items() {
		if it.Settled() {
			continue
		}
		c, _ := dict.Decode([]byte(it.Source))
		l.stops.add(c)
	}
	for c := rune(0x2FF0); c <= 0x2FFF; c++ {
		l.stops.add(c)
	}
	return l
}

func (l *characterLink) begin() linkStream {
	return &characterStream{link: l, exact: newStream(l.engine)}
}

// stop looks closer at what stands at i of the source and j of the result. It
// measures both, and tells what is decided in place of that part of the result.
func (s *characterStream) stop(i, j int) (n, m int, form string) {
	c, n := dict.Decode(s.source[i:])
	now, m := dict.Decode(s.result[j:])
	if c <= 0 || c > 0xFFFF || !s.link.stops.has(c) {
		return n, m, ""
	}
	if dict.IsDescriptionOperator(c) {
		u := dict.UnitLen(s.source[i:])
		return u, u, ""
	}
	return n, m, s.decide(c, i, now)
}

// decide returns what becomes of the character c at i in place of now, which
// the program has made of it, or nothing.
func (s *characterStream) decide(c rune, i int, now rune) string {
	l := s.link
	it := l.decider.Char(c)
	prior := it.Index(now)
	if prior < 0 {
		return ""
	}
	if l.settled(it, prior, s.source, i) {
		if now != c && !s.simplified && l.keeps(s.source, i) {
			return it.Source
		}
		return ""
	}
	d := l.choose(it, s.source, i, now, s.simplified, &s.votes)
	if d.otherwise() {
		s.byModel++
	}
	if d.form != it.Form(prior, now) {
		return d.form
	}
	return ""
}

// settled tells whether what the dictionaries choose for the item at i stands
// after a look at its neighbours.
func (l *characterLink) settled(it *model.Item, prior int, text []byte, i int) bool {
	end := i + len(it.Source)
	left, right := l.fold.beside(text, i, end)
	if l.decider.Trusts(it, prior, left, right) || prior == 0 && l.decider.Glance(it, left, right) {
		return true
	}
	before, behind := l.fold.pairsBeside(text, i, end)
	return l.decider.TrustsPair(it, prior, before, behind)
}

// keeps tells whether the text around is Traditional already, and what is asked
// about stays as it was written.
func (l *characterLink) keeps(text []byte, i int) bool {
	return l.scripts != nil && l.scripts.traditionalAround(text, i, horizon)
}

// decision is the outcome of a choice and what led to it.
type decision struct {
	item   *model.Item
	prior  int // what the dictionaries alone choose
	scores model.Scores
	chosen int
	form   string
	// kept: the text around is Traditional already; unasked: the dictionaries
	// decide. In both cases there are no scores.
	kept, unasked bool
	inName        bool // see [model.Window.InName]
}

// otherwise tells whether the model chose what the dictionaries alone would not.
func (d *decision) otherwise() bool {
	return d.item != nil && !d.kept && d.chosen != d.prior
}

// choose decides about the item at i of text, of which the program alone makes
// now, one of its candidates, by the whole window. Simplified tells that text is
// Traditional nowhere. Votes is a buffer.
func (l *characterLink) choose(it *model.Item, text []byte, i int, now rune, simplified bool, votes *[]model.Vote) (d decision) {
	d.item = it
	c, _ := dict.Decode(text[i:])
	d.prior = it.Index(now)
	w := &model.Window{Prior: d.prior}
	if l.phrases == nil && c == '著' {
		w.Prior = 0 // t2s leaves it as it is, which speaks for nothing
	}
	if !simplified && l.keeps(text, i) {
		d.kept, d.form, d.chosen = true, it.Source, max(0, it.Index(c))
		return d
	}
	if l.phrases != nil {
		*votes = l.phrases.AppendVotes((*votes)[:0], it, text, i)
		w.Votes = *votes
	}
	if it.Clear(w) || l.phrases == nil && w.Prior != 0 {
		// Nothing speaks against the first candidate; or, towards Simplified, a
		// phrase of the dictionaries speaks for another.
		d.unasked, d.chosen = true, w.Prior
	} else {
		l.fold.look(text, i, i+len(it.Source), model.Reach, w)
		l.decider.Surround(l.fold.normalize(c), w)
		d.chosen, d.scores = l.decider.Choose(it, w)
		d.inName = w.InName()
	}
	d.form = it.Form(d.chosen, now)
	return d
}

// explain is choose with the outcome that decide has: a first look may settle
// what the whole window, whose scores are given, would decide otherwise.
func (l *characterLink) explain(it *model.Item, text []byte, i int, now rune) decision {
	var votes []model.Vote
	d := l.choose(it, text, i, now, false, &votes)
	if !d.kept && l.settled(it, d.prior, text, i) {
		d.chosen, d.form = d.prior, it.Form(d.prior, now)
	}
	return d
}

// trace implements link.
func (l *characterLink) trace(text, _ []byte) (out []byte, steps []piece, choices []choice) {
	exact := l.begin().(*characterStream).exact
	result := exact.Flush(exact.Append(nil, text))
	for i, j := 0, 0; i < len(text); {
		n := dict.UnitLen(text[i:])
		m := dict.UnitLen(result[j:])
		form := result[j : j+m]
		if c, size := dict.Decode(text[i:]); size == n && l.stops.has(c) {
			now, _ := dict.Decode(form)
			if it := l.decider.Char(c); it != nil && it.Index(now) >= 0 {
				d := l.explain(it, text, i, now)
				choices = append(choices, choice{Range{i, i + n}, d, l.decider})
				form = []byte(d.form)
			}
		}
		out = append(out, form...)
		steps = append(steps, piece{n, len(form)})
		i, j = i+n, j+m
	}
	return out, steps, choices
}
