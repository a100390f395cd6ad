package main

import (
	"slices"

	"github.com/hanconv/hanconv/model"
)

// setTrust notes the neighbours beside which the whole window has never decided
// otherwise than the dictionaries, of those seen often enough.
func (t *trainer) setTrust(f *model.File) {
	for i := range f.Tables {
		table := &f.Tables[i]
		stood := map[uint32]*record{} // by key
		for _, s := range t.train {
			if s.table == table.Region {
				t.countStood(table, s.examples, stood)
			}
		}
		var members []uint32
		for key, r := range stood {
			if r.trusted() {
				members = append(members, key)
			}
		}
		slices.Sort(members)
		table.Trust = model.NewTrust(members)
	}
}

// record is how often the dictionaries' choice stood beside a neighbour, how
// often is enough, and whether it ever fell.
type record struct {
	stood, enough int
	fell          bool
}

func (r *record) trusted() bool { return !r.fell && r.stood >= r.enough }

func (t *trainer) countStood(table *model.Table, examples []example, stood map[uint32]*record) {
	for i := range examples {
		e := &examples[i]
		if t.words[e.item] || t.settled[e.item] {
			continue
		}
		stands := t.choose(table, e) == int(e.prior)
		for _, key := range e.features[model.TrustFeatures:model.GlanceFeatures] {
			r := stood[key]
			if r == nil {
				r = &record{enough: t.options.fit.trustedBoth}
				if e.prior == 0 {
					r.enough = t.options.fit.trusted
				}
				stood[key] = r
			}
			r.stood++
			r.fell = r.fell || !stands
		}
	}
}
