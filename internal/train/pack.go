package main

import (
	"cmp"
	"log"
	"math"
	"slices"

	"github.com/hanconv/hanconv/model"
)

// ranked is a weight and how much it matters.
type ranked struct {
	model.Entry
	worth float64
}

// packer chooses what a family's tables have room for.
type packer struct {
	settings
	regions int
	size    int      // bytes of a table
	keys    []uint32 // what the examples ask for, in order, each as often as it is
}

// rank lists a region's weights, those first that are large and often asked for.
func (p *packer) rank(w *weights, region int) (entries []model.Entry) {
	var all []ranked
	each(p.keys, func(key uint32, count int) {
		weight := math.Round(scale * float64(w.of(region, key)))
		if weight = max(-127, min(127, weight)); weight != 0 {
			all = append(all, ranked{model.Entry{Key: key, Weight: int8(weight)}, math.Abs(weight) * math.Pow(float64(count), p.often)})
		}
	})
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.Key, b.Key))
	})
	for _, r := range all {
		entries = append(entries, r.Entry)
	}
	return entries
}

// keep tells which weights any of the regions' tables has room for.
func (p *packer) keep(w *weights) *keySet {
	kept := make(keySet, len(w.cells)/64)
	for region := range p.regions {
		entries := p.rank(w, region)
		_, left := model.NewWeights(p.size, entries)
		log.Printf("%d weights, of which %d find no room", len(entries), len(left))
		out := map[uint32]bool{}
		for _, key := range left {
			out[key] = true
		}
		for _, e := range entries {
			if !out[e.Key] {
				kept.add(e.Key >> w.shift())
			}
		}
	}
	return &kept
}

func (p *packer) pack(w *weights, region int) model.Weights {
	table, _ := model.NewWeights(p.size, p.rank(w, region))
	return table
}

// keys lists what the examples ask for, in order, each as often as it is.
func (t *trainer) keys(groups []group) (keys []uint32) {
	for _, g := range groups {
		for i := range g.examples {
			e := &g.examples[i]
			for _, f := range e.features {
				for k := 1; k < t.candidates[e.item]; k++ {
					keys = append(keys, model.Key(f, k))
				}
			}
			for _, f := range e.opinions {
				keys = append(keys, model.Key(f, 0))
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// each calls yield for every key of a sorted list with how often it stands there.
func each(keys []uint32, yield func(key uint32, count int)) {
	for i := 0; i < len(keys); {
		n := 1
		for i+n < len(keys) && keys[i+n] == keys[i] {
			n++
		}
		yield(keys[i], n)
		i += n
	}
}
