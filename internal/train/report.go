package main

import (
	"fmt"
	"log"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/hanconv/hanconv/model"
)

// scale turns weights into the units of the table: ±127 is a weight of ±6.
const scale = 21

// file makes a model of trained tables.
func (t *trainer) file(tables map[string]model.Weights) *model.File {
	f := &model.File{Version: version, Sources: t.sources, Stages: t.stages, Words: t.common, Classes: t.classes}
	for _, region := range slices.Concat(families...) {
		f.Tables = append(f.Tables, model.Table{Region: region, Scale: scale, Temperature: 1, Weights: tables[region]})
	}
	return f
}

func tableOf(f *model.File, region string) *model.Table {
	for i := range f.Tables {
		if f.Tables[i].Region == region {
			return &f.Tables[i]
		}
	}
	panic("no table for " + region) // families lists them all
}

// tally counts decisions and errors, of the dictionaries alone and of the model.
type tally struct{ decisions, dictionary, model int }

func (t *tally) add(u tally) {
	t.decisions += u.decisions
	t.dictionary += u.dictionary
	t.model += u.model
}

func score(table *model.Table, candidates []int, e *example) [8]int32 {
	var s [8]int32
	for _, f := range e.features {
		for k := 1; k < candidates[e.item]; k++ {
			s[k] += table.Weights.Of(model.Key(f, k))
		}
	}
	for i, f := range e.opinions {
		s[e.speakFor[i]] += table.Weights.Of(model.Key(f, 0))
	}
	return s
}

func best(s [8]int32, n int) int {
	b := 0
	for k := 1; k < n; k++ {
		if s[k] > s[b] {
			b = k
		}
	}
	return b
}

// decide is what the engine does with an example of a character.
func (t *trainer) decide(table *model.Table, e *example) int {
	if !t.words[e.item] && (trusts(table, e) || t.glances(table, e)) {
		return int(e.prior)
	}
	return t.choose(table, e)
}

// choose is the same by the whole window.
func (t *trainer) choose(table *model.Table, e *example) int {
	if t.settled[e.item] {
		return int(e.prior)
	}
	if e.plain && t.clear[e.item] {
		return 0
	}
	s := score(table, t.candidates, e)
	s[e.prior] += model.Benefit
	return best(s, t.candidates[e.item])
}

// measure counts errors per item.
func (t *trainer) measure(f *model.File, s *sample) map[uint32]tally {
	table := tableOf(f, s.table)
	byItem := map[uint32]tally{}
	for i := range s.examples {
		e := &s.examples[i]
		c := byItem[e.item]
		c.decisions++
		if e.prior != e.gold {
			c.dictionary++
		}
		if t.decide(table, e) != int(e.gold) {
			c.model++
		}
		byItem[e.item] = c
	}
	return byItem
}

func sum(byItem map[uint32]tally, hard map[uint32]bool) (all, some tally) {
	for item, c := range byItem {
		all.add(c)
		if hard[item] {
			some.add(c)
		}
	}
	return all, some
}

// hard lists the items of HANCONV_HARD, the characters to report apart.
func (t *trainer) hard() map[uint32]bool {
	set := map[uint32]bool{}
	for _, c := range os.Getenv("HANCONV_HARD") {
		if it := t.items.Decider("s2t", "tw").Char(c); it != nil {
			set[it.ID()] = true
		}
	}
	return set
}

// report prints the errors on what was not trained on.
func (t *trainer) report(f *model.File) error {
	hard := t.hard()
	var total, totalHard tally
	ratio, n := 0.0, 0
	for _, s := range t.held {
		all, some := sum(t.measure(f, s), hard)
		fmt.Printf("%-28s %7d decisions, errors %5d -> %5d; hard %5d -> %5d\n", s.name, all.decisions, all.dictionary, all.model, some.dictionary, some.model)
		total.add(all)
		totalHard.add(some)
		if some.dictionary >= 20 {
			ratio += math.Log(float64(some.model+1) / float64(some.dictionary+1))
			n++
		}
	}
	fmt.Printf("%-28s %7d decisions, errors %5d -> %5d; hard %5d -> %5d; mean ratio %.3f\n", "all", total.decisions, total.dictionary, total.model, totalHard.dictionary, totalHard.model, math.Exp(ratio/float64(max(1, n))))
	return nil
}

// leaveOneGenreOut trains without each genre in turn and measures it.
func (t *trainer) leaveOneGenreOut() error {
	hard := t.hard()
	genres := map[string]bool{}
	for _, s := range t.train {
		if !s.synthetic && s.table == s.region {
			genres[s.genre] = true
		}
	}
	var total, totalHard tally
	for _, genre := range slices.Sorted(maps.Keys(genres)) {
		var rest, left []*sample
		for _, s := range t.train {
			switch {
			case s.genre != genre:
				rest = append(rest, s)
			case !s.synthetic && s.table == s.region:
				left = append(left, s)
			}
		}
		f := t.file(t.fit(rest, families[0]))
		var all, some tally
		for _, s := range left {
			a, h := sum(t.measure(f, s), hard)
			all.add(a)
			some.add(h)
		}
		fmt.Printf("| %s | %d | %d | %d | %d | %d |\n", genre, all.decisions, all.dictionary, all.model, some.dictionary, some.model)
		total.add(all)
		totalHard.add(some)
	}
	fmt.Printf("| all | %d | %d | %d | %d | %d |\n", total.decisions, total.dictionary, total.model, totalHard.dictionary, totalHard.model)
	return nil
}

// calibrate sets each table's temperature so that confidences are as likely as
// possible on what was not trained on, or leaves it at 1.
func (t *trainer) calibrate(f *model.File) {
	for i := range f.Tables {
		table := &f.Tables[i]
		lowest := math.Inf(1)
		for temperature := 0.6; temperature < 4; temperature *= 1.1 {
			loss, n := 0.0, 0
			for _, s := range t.held {
				if s.table != table.Region {
					continue
				}
				for k := range s.examples {
					loss += surprise(table, t.candidates, &s.examples[k], temperature)
					n++
				}
			}
			if n > 0 && loss < lowest {
				lowest, table.Temperature = loss, math.Round(temperature*100)/100
			}
		}
		log.Printf("%s: temperature %.2f", table.Region, table.Temperature)
	}
}

func surprise(table *model.Table, candidates []int, e *example, temperature float64) float64 {
	s := score(table, candidates, e)
	total := 0.0
	for k := range candidates[e.item] {
		total += math.Exp(float64(s[k]-s[e.gold]) / (table.Scale * temperature))
	}
	return math.Log(total)
}
