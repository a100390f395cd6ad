package han

import (
	"slices"

	"github.com/hanconv/hanconv/model"
)

// Reason says what a choice rests on.
type Reason string

// The reasons for a choice.
const (
	// ReasonDictionary: the dictionaries and the model agree.
	ReasonDictionary Reason = "dictionary"
	// ReasonModel: the model chose what the dictionaries alone would not.
	ReasonModel Reason = "model"
	// ReasonName: the same, of a character among such as names are made of.
	ReasonName Reason = "name"
	// ReasonScript: the text around is Traditional already, so the character
	// stays as it was written.
	ReasonScript Reason = "script"
)

// Choice tells how a character or a word with several candidates was decided.
type Choice struct {
	// Source is the place in the source text, in bytes.
	Source Range `json:"source"`
	// Candidates are what it can become, in the order of the dictionaries.
	Candidates []Candidate `json:"candidates"`
	// Chosen is the index of the candidate that was taken.
	Chosen int `json:"chosen"`
	// Confidence is how likely the choice is right, from 0 to 1, by the model;
	// docs/accuracy.md tells how well that holds.
	Confidence float64 `json:"confidence"`
	Reason     Reason  `json:"reason"`
}

// Candidate is one of several results.
type Candidate struct {
	Text        string  `json:"text"`
	Probability float64 `json:"probability"`
}

// choice is a decision at a place of a link's input.
type choice struct {
	place Range
	decision
	decider *model.Decider
}

// probability of a candidate; where the model was not asked, the choice is
// certain.
func (c *choice) probability(k int) float64 {
	switch {
	case !c.kept && !c.unasked:
		return c.decider.Confidence(c.item, c.scores, k)
	case k == c.chosen:
		return 1
	}
	return 0
}

// export writes a choice for users; source is its place in the source text.
func (c *choice) export(source Range) Choice {
	out := Choice{Source: source, Chosen: c.chosen, Reason: ReasonDictionary}
	for k := range c.item.Candidates {
		text := c.item.Candidates[k]
		if !c.item.Word() {
			text = c.item.Form(k, 0)
		}
		out.Candidates = append(out.Candidates, Candidate{text, c.probability(k)})
	}
	switch {
	case c.kept:
		out.Reason = ReasonScript
	case c.otherwise() && c.inName:
		out.Reason = ReasonName
	case c.otherwise():
		out.Reason = ReasonModel
	}
	out.Confidence = out.Candidates[c.chosen].Probability
	return out
}

// align is [Converter.Align].
func (c *chain) align(s string) Alignment {
	a := Alignment{Source: s}
	text := []byte(s)
	steps := uncut(text)
	for _, l := range c.links {
		out, next, choices := l.trace(text, []byte(s))
		a.Choices = append(a.Choices, exportAll(choices, steps)...)
		steps = join(steps, next)
		text = out
	}
	a.extend([]byte(s), text, steps)
	a.Target = string(text)
	slices.SortStableFunc(a.Choices, func(x, y Choice) int { return x.Source.Start - y.Source.Start })
	return a
}

// exportAll leads the places of a link's choices back to the source text, which
// the links before it have taken in steps.
func exportAll(choices []choice, steps []piece) []Choice {
	var out []Choice
	var from, to int // of the source and of the link's input
	for _, c := range choices {
		for len(steps) > 0 && to+steps[0].to <= c.place.Start {
			from, to = from+steps[0].from, to+steps[0].to
			steps = steps[1:]
		}
		source := Range{from, from}
		reached := to
		for _, s := range steps {
			if reached >= c.place.End {
				break
			}
			source.End += s.from
			reached += s.to
		}
		out = append(out, c.export(source))
	}
	return out
}
