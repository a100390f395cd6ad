package main

import (
	"maps"
	"slices"

	"github.com/hanconv/hanconv/model"
)

// setTrust notes the neighbours, and the pairs of them, beside which the whole
// window has never decided otherwise than the dictionaries, of those seen often
// enough. Of the pairs it notes what matters: where less does not settle an
// example.
func (t *trainer) setTrust(f *model.File) {
	for i := range f.Tables {
		table := &f.Tables[i]
		r := records{trainer: t, table: table, stood: map[uint32]*record{}}
		r.each(r.count)
		members := map[uint32]bool{}
		for key, of := range r.stood {
			if of.alone && of.trusted() {
				members[key] = true
			}
		}
		r.each(func(e *example) {
			if !r.trustsAlone(e) && !t.glances(table, e) {
				r.addPairs(e, members)
			}
		})
		table.Trust = model.NewTrust(slices.Sorted(maps.Keys(members)))
	}
}

// records tell by key how the dictionaries' choice fared.
type records struct {
	*trainer
	table *model.Table
	stood map[uint32]*record
}

// record is how often the dictionaries' choice stood beside a neighbour or a pair
// of them, how often is enough, and whether it ever fell.
type record struct {
	stood, enough int
	alone, fell   bool
}

func (r *record) trusted() bool { return r != nil && !r.fell && r.stood >= r.enough }

// each calls yield for every example of a character.
func (r *records) each(yield func(*example)) {
	for _, s := range r.train {
		if s.table != r.table.Region {
			continue
		}
		for i := range s.examples {
			if e := &s.examples[i]; !r.words[e.item] && !r.settled[e.item] {
				yield(e)
			}
		}
	}
}

// count notes whether the dictionaries' choice stands in the whole window.
func (r *records) count(e *example) {
	stands := r.choose(r.table, e) == int(e.prior)
	enough := [...]int{r.options.fit.trustedBoth, r.options.fit.trustedPair}
	if e.prior == 0 {
		enough = [...]int{r.options.fit.trusted, r.options.fit.trustedNear}
	}
	for _, key := range trustKeys(e) {
		r.note(key, record{enough: enough[0], alone: true}, stands)
	}
	r.note(e.pairs[0], record{enough: r.options.fit.trustedPair}, stands)
	for _, key := range e.pairs[1:] {
		r.note(key, record{enough: enough[1]}, stands)
	}
}

// trustKeys are the keys of an example's two neighbours.
func trustKeys(e *example) []uint32 { return e.features[model.TrustFeatures:model.GlanceFeatures] }

func (r *records) note(key uint32, first record, stands bool) {
	of := r.stood[key]
	if of == nil {
		of = &first
		r.stood[key] = of
	}
	of.stood++
	of.fell = of.fell || !stands
}

func (r *records) trustsAlone(e *example) bool {
	left, right := r.stood[trustKeys(e)[0]].trusted(), r.stood[trustKeys(e)[1]].trusted()
	if e.prior == 0 {
		return left || right
	}
	return left && right
}

func (r *records) addPairs(e *example, members map[uint32]bool) {
	for i, key := range e.pairs {
		if (i == 0 || e.prior == 0) && r.stood[key].trusted() {
			members[key] = true
		}
	}
}

// trusts tells whether an example's neighbours settle it.
func trusts(table *model.Table, e *example) bool {
	left, right := table.Trust.Has(trustKeys(e)[0]), table.Trust.Has(trustKeys(e)[1])
	if e.prior == 0 && (left || right || table.Trust.Has(e.pairs[1]) || table.Trust.Has(e.pairs[2])) {
		return true
	}
	return left && right || table.Trust.Has(e.pairs[0])
}
