package main

import (
	"cmp"
	"slices"

	"github.com/hanconv/hanconv/model"
)

// setMargins notes for each character by how much the first candidate has to lead
// at a glance so that it may stand.
func (t *trainer) setMargins(f *model.File) {
	for i := range f.Tables {
		table := &f.Tables[i]
		looks := map[uint32][]look{}
		for _, s := range t.train {
			if s.table == table.Region {
				t.look(table, s.examples, looks)
			}
		}
		var margins []int32
		for item := range t.candidates {
			margins = append(margins, margin(looks[uint32(item)], t.options.fit.reversed, t.options.fit.reversedNear))
		}
		for n := len(margins); n > 0 && margins[n-1] == 0; n-- {
			margins = margins[:n-1]
		}
		table.Margins = margins
	}
}

// look is by how much the first candidate leads at a first look, where the
// dictionaries choose it, and whether the whole window decides otherwise.
type look struct {
	lead     int32
	reversed bool
}

func (t *trainer) look(table *model.Table, examples []example, looks map[uint32][]look) {
	for i := range examples {
		e := &examples[i]
		if t.words[e.item] || t.settled[e.item] {
			continue
		}
		if lead := t.lead(table, e); lead > 0 {
			looks[e.item] = append(looks[e.item], look{lead, t.choose(table, e) != int(e.prior)})
		}
	}
}

// lead is by how much the first candidate leads at a glance; 0 or less tells that
// there is none.
func (t *trainer) lead(table *model.Table, e *example) int32 {
	if e.prior != 0 {
		return 0
	}
	first := example{features: e.features[:model.GlanceFeatures], item: e.item}
	s := model.Scores(score(table, t.candidates, &first))
	return s.Lead(t.candidates[e.item])
}

// glances tells whether a glance settles an example.
func (t *trainer) glances(table *model.Table, e *example) bool {
	return int(e.item) < len(table.Margins) && table.Margins[e.item] > 0 && t.lead(table, e) >= table.Margins[e.item]
}

// margin is the smallest lead down to which hardly any look is reversed, or 0:
// neither of all that lead as much or more, nor of the last hundred on the way
// there, in which an item's rare outcomes show.
func margin(looks []look, most, mostNear float64) (least int32) {
	const near = 100
	slices.SortStableFunc(looks, func(a, b look) int { return cmp.Compare(b.lead, a.lead) })
	all, last := 0, 0
	for i, l := range looks {
		if l.reversed {
			all, last = all+1, last+1
		}
		if i >= near && looks[i-near].reversed {
			last--
		}
		if float64(last) > mostNear*near {
			break
		}
		end := i+1 == len(looks) || looks[i+1].lead != l.lead
		if end && float64(all+1) <= most*float64(i+1) {
			least = l.lead
		}
	}
	return least
}
