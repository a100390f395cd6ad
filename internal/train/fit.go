package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"math/bits"
	"math/rand/v2"
	"strconv"

	"github.com/hanconv/hanconv/model"
)

// settings of the optimisation, chosen by leaving one genre out.
type settings struct {
	size           int
	sizeSimplified int
	slots          uint
	common         uint8
	epochs         int
	settle         int
	rate           float64
	decay          float64
	drop           float64
	balance        float64
	names          float64
	written        float64
	reversed       float64
	reversedNear   float64
	often          float64
	trusted        int
	trustedBoth    int
	trustedPair    int
	trustedNear    int
}

func (s *settings) register(f *flag.FlagSet) {
	f.IntVar(&s.size, "size", 1_510_000, "bytes of a table")
	f.IntVar(&s.sizeSimplified, "size-simplified", 229_376, "the same for the table towards Simplified")
	f.UintVar(&s.slots, "slots", 24, "binary logarithm of the number of weights while they are learned")
	f.Func("common", "in how many examples a feature has to be to count (default 2)", func(v string) error {
		n, err := strconv.ParseUint(v, 10, 8)
		s.common = uint8(n)
		return err
	})
	s.common = 2
	f.IntVar(&s.epochs, "epochs", 4, "passes over the texts with all weights")
	f.IntVar(&s.settle, "settle", 4, "passes afterwards with those weights alone that the table has room for")
	f.Float64Var(&s.rate, "rate", 0.15, "step size of AdaGrad")
	f.Float64Var(&s.decay, "decay", 1e-3, "L2 penalty of a weight, whenever it takes part")
	f.Float64Var(&s.drop, "drop", 0.4, "share of features hidden from each pass over an example")
	f.Float64Var(&s.balance, "balance", 0.3, "exponent of a genre's size in its whole weight: 0 counts genres alike, 1 sentences")
	f.Float64Var(&s.reversed, "reversed", 0.005, "share of decisions that a glance may make otherwise than the whole window")
	f.Float64Var(&s.reversedNear, "reversed-near", 0.02, "the same of the hundred with the smallest lead")
	f.IntVar(&s.trusted, "trusted", 30, "how often the first candidate has to stand beside a neighbour to be trusted there")
	f.IntVar(&s.trustedBoth, "trusted-both", 3, "the same of another candidate beside both neighbours")
	f.IntVar(&s.trustedPair, "trusted-pair", 1, "the same of any candidate between two neighbours")
	f.IntVar(&s.trustedNear, "trusted-near", 3, "the same of the first candidate beside two on one side")
	f.Float64Var(&s.often, "often", 0.5, "exponent of how often a weight is asked for in what it is worth")
	f.Float64Var(&s.names, "names", 1, "weight of an example with a name put in")
	f.Float64Var(&s.written, "written", 3, "weight of an example from a sentence that was written for this project")
}

// weight of an example that no text has.
func (s *settings) weight(of *sample) float64 {
	if of.written {
		return s.written
	}
	return s.names
}

// group is examples of one text.
type group struct {
	region   int
	weight   float64
	examples []example
}

// maxRegions is how many regions a family of tables has at the most.
const maxRegions = 2

// parts are the parts of a weight: one for all regions and one for each.
type parts [1 + maxRegions]float32

// of is a region's weight.
func (p *parts) of(region int) float32 { return p[0] + p[1+region] }

// cell is a weight while it is learned, all of it side by side, since one step
// asks for all of it.
type cell struct{ weight, squares parts }

// weights are what is learned.
type weights struct {
	cells []cell
	kept  *keySet // nil: all
}

// keySet is a set of places of weights.
type keySet []uint64

func (s *keySet) add(place uint32)      { (*s)[place/64] |= 1 << (place % 64) }
func (s *keySet) has(place uint32) bool { return s == nil || (*s)[place/64]>>(place%64)&1 != 0 }

// forget clears what is not kept.
func (w *weights) forget() {
	for i := range w.cells {
		if !w.kept.has(uint32(i)) {
			w.cells[i].weight = parts{}
		}
	}
}

// optimizer is AdaGrad (Duchi, Hazan, Singer, 2011) on the log-likelihood of
// softmax, with features dropped at random (Hinton et al., "Improving neural
// networks by preventing co-adaptation of feature detectors", 2012), which
// keeps the model from leaning on rare ones.
type optimizer struct {
	settings
	*weights
	candidates []int // by item
	rng        *rand.Rand
	score      []float64
	kept       []uint32
}

func optimize(s settings, candidates []int, groups []group, keep func(*weights) *keySet) *weights {
	w := &weights{cells: make([]cell, 1<<s.slots)}
	o := &optimizer{
		settings: s, weights: w,
		candidates: candidates, rng: rand.New(rand.NewPCG(1, 2)), score: make([]float64, 8),
	}
	o.passes(s.epochs, groups, func() {})
	w.kept = keep(w)
	w.forget()
	mean := newMean(w)
	o.passes(s.settle, groups, func() { mean.add(w) })
	return mean.weights()
}

// passes goes several times over the examples in random order and stops now and
// then for another job, snapshots times.
func (o *optimizer) passes(n int, groups []group, now func()) {
	type reference struct{ group, example int32 }
	var order []reference
	for g := range groups {
		for e := range groups[g].examples {
			order = append(order, reference{int32(g), int32(e)})
		}
	}
	pause := max(1, n*len(order)/snapshots)
	for pass := range n {
		o.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		loss := 0.0
		for i, at := range order {
			g := &groups[at.group]
			loss += o.learn(&g.examples[at.example], g.region, g.weight)
			if (pass*len(order)+i+1)%pause == 0 {
				now()
			}
		}
		log.Printf("pass %d of %d over %d examples: loss %.5f", pass+1, n, len(order), loss/float64(len(order)))
	}
}

// snapshots is how often the weights are taken down in the last passes. Their
// mean is what is learned (Polyak, Juditsky, "Acceleration of
// Stochastic Approximation by Averaging", 1992).
const snapshots = 32

// mean sums up weights.
type mean struct {
	sum  []parts
	kept *keySet
	n    float32
}

func newMean(like *weights) *mean { return &mean{sum: make([]parts, len(like.cells)), kept: like.kept} }

func (m *mean) add(w *weights) {
	m.n++
	for i := range w.cells {
		for k, x := range w.cells[i].weight {
			m.sum[i][k] += x
		}
	}
}

func (m *mean) weights() *weights {
	w := &weights{cells: make([]cell, len(m.sum)), kept: m.kept}
	for i := range m.sum {
		for k, x := range m.sum[i] {
			w.cells[i].weight[k] = x / m.n
		}
	}
	return w
}

// learn takes one step and returns the loss before it.
func (o *optimizer) learn(e *example, region int, weight float64) float64 {
	o.kept = o.kept[:0]
	for _, f := range e.features {
		if o.rng.Float64() >= o.drop {
			o.kept = append(o.kept, f)
		}
	}
	n := o.candidates[e.item]
	share := 1 / (1 - o.drop) // so that what is kept weighs as much as the whole
	p := o.probabilities(o.kept, share, e, region, n)
	for k := range n {
		gradient := p[k]
		if k == int(e.gold) {
			gradient--
		}
		if math.Abs(gradient) < 1e-4 {
			continue
		}
		gradient *= weight
		for _, f := range o.kept {
			if k > 0 {
				o.step(o.place(f, k), region, gradient*share)
			}
		}
		for i, f := range e.opinions {
			if int(e.speakFor[i]) == k {
				o.step(o.place(f, 0), region, gradient)
			}
		}
	}
	return -weight * math.Log(p[e.gold]+1e-12)
}

func (o *optimizer) step(at uint32, region int, gradient float64) {
	if !o.weights.kept.has(at) {
		return
	}
	c := &o.cells[at]
	adagrad(&c.weight[0], &c.squares[0], gradient, o.settings)
	adagrad(&c.weight[1+region], &c.squares[1+region], gradient, o.settings)
}

func adagrad(w, squares *float32, gradient float64, s settings) {
	g := gradient + s.decay*float64(*w)
	*squares += float32(g * g)
	*w -= float32(s.rate * g / math.Sqrt(float64(*squares)+0.1))
}

// probabilities of the candidates; features count for share of their weight.
func (o *optimizer) probabilities(features []uint32, share float64, e *example, region, n int) []float64 {
	s := o.scores(o.score[:0], features, share, e, region, n)
	highest := s[0]
	for _, x := range s {
		highest = max(highest, x)
	}
	sum := 0.0
	for k := range s {
		s[k] = math.Exp(s[k] - highest)
		sum += s[k]
	}
	for k := range s {
		s[k] /= sum
	}
	return s
}

func (w *weights) scores(s []float64, features []uint32, share float64, e *example, region, n int) []float64 {
	s = append(s, 0) // the first candidate has no weights: only differences count
	for k := 1; k < n; k++ {
		sum := 0.0
		for _, f := range features {
			sum += float64(w.cells[w.place(f, k)].weight.of(region))
		}
		s = append(s, sum*share)
	}
	for i, f := range e.opinions {
		s[e.speakFor[i]] += float64(w.cells[w.place(f, 0)].weight.of(region))
	}
	return s
}

// of is a region's weight of a key.
func (w *weights) of(region int, key uint32) float32 {
	return w.cells[key>>w.shift()].weight.of(region)
}

// place is where the weight of a hash lies for a candidate. So many places are
// there that two keys hardly ever share one.
func (w *weights) place(hash uint32, candidate int) uint32 {
	return model.Key(hash, candidate) >> w.shift()
}

func (w *weights) shift() int { return 32 - bits.TrailingZeros(uint(len(w.cells))) }

// weigh gives each group its examples' weight: genres count by a power of
// their size, the average example 1, and none more than 8.
func weigh(groups []group, genres []string, balance float64) {
	sizes := map[string]float64{}
	for i, g := range groups {
		sizes[genres[i]] += float64(len(g.examples))
	}
	total, weighted := 0.0, 0.0
	for _, n := range sizes {
		total += n
		weighted += math.Pow(n, balance)
	}
	for i := range groups {
		n := sizes[genres[i]]
		groups[i].weight = min(8, math.Pow(n, balance-1)*total/weighted)
	}
}

func (s settings) String() string {
	return fmt.Sprintf("size %d, common %d, epochs %d, rate %g, decay %g, drop %g, balance %g, names %g",
		s.size, s.common, s.epochs, s.rate, s.decay, s.drop, s.balance, s.names)
}
