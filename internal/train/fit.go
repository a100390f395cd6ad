package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/hanconv/hanconv/model"
)

// settings of the optimisation, chosen by leaving one genre out.
type settings struct {
	size           uint
	sizeSimplified uint
	common         uint8
	epochs         int
	rate           float64
	decay          float64
	drop           float64
	balance        float64
	names          float64
}

func (s *settings) register(f *flag.FlagSet) {
	f.UintVar(&s.size, "size", 1_750_000, "number of weights of a table, a multiple of 8")
	f.UintVar(&s.sizeSimplified, "size-simplified", 196_608, "the same for the table towards Simplified")
	f.Func("common", "in how many examples a feature has to be to count (default 1)", func(v string) error {
		n, err := strconv.ParseUint(v, 10, 8)
		s.common = uint8(n)
		return err
	})
	s.common = 1
	f.IntVar(&s.epochs, "epochs", 4, "passes over the texts")
	f.Float64Var(&s.rate, "rate", 0.15, "step size of AdaGrad")
	f.Float64Var(&s.decay, "decay", 1e-3, "L2 penalty of a weight, whenever it takes part")
	f.Float64Var(&s.drop, "drop", 0.4, "share of features hidden from each pass over an example")
	f.Float64Var(&s.balance, "balance", 0.3, "exponent of a genre's size in its whole weight: 0 counts genres alike, 1 sentences")
	f.Float64Var(&s.names, "names", 0.5, "weight of an example with a name put in")
}

// group is examples of one text.
type group struct {
	region   int
	weight   float64
	examples []example
}

// weights are what is learned: a part for all regions and one for each.
type weights struct {
	shared   []float32
	regional [][]float32
}

// optimizer is AdaGrad (Duchi, Hazan, Singer, 2011) on the log-likelihood of
// softmax, with features dropped at random (Hinton et al., "Improving neural
// networks by preventing co-adaptation of feature detectors", 2012), which
// keeps the model from leaning on rare ones.
type optimizer struct {
	settings
	*weights
	sharedSquares   []float32
	regionalSquares [][]float32
	candidates      []int // by item
	rng             *rand.Rand
	score           []float64
	kept            []uint32
}

func optimize(s settings, size uint, regions int, candidates []int, groups []group) *weights {
	w := &weights{shared: make([]float32, size)}
	o := &optimizer{
		settings: s, weights: w, sharedSquares: make([]float32, size),
		candidates: candidates, rng: rand.New(rand.NewPCG(1, 2)), score: make([]float64, 8),
	}
	for range regions {
		w.regional = append(w.regional, make([]float32, size))
		o.regionalSquares = append(o.regionalSquares, make([]float32, size))
	}
	type reference struct{ group, example int32 }
	var order []reference
	for g := range groups {
		for e := range groups[g].examples {
			order = append(order, reference{int32(g), int32(e)})
		}
	}
	for epoch := range s.epochs {
		o.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		loss := 0.0
		for _, at := range order {
			g := &groups[at.group]
			loss += o.learn(&g.examples[at.example], g.region, g.weight)
		}
		log.Printf("pass %d of %d over %d examples: loss %.5f", epoch+1, s.epochs, len(order), loss/float64(len(order)))
	}
	return w
}

// learn takes one step and returns the loss before it.
func (o *optimizer) learn(e *example, region int, weight float64) float64 {
	o.kept = o.kept[:0]
	for _, f := range e.features {
		if o.rng.Float64() >= o.drop {
			o.kept = append(o.kept, o.place(f))
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
				o.step(f^uint32(k), region, gradient*share)
			}
		}
		for i, f := range e.opinions {
			if int(e.speakFor[i]) == k {
				o.step(o.place(f), region, gradient)
			}
		}
	}
	return -weight * math.Log(p[e.gold]+1e-12)
}

func (o *optimizer) step(at uint32, region int, gradient float64) {
	adagrad(&o.shared[at], &o.sharedSquares[at], gradient, o.settings)
	adagrad(&o.regional[region][at], &o.regionalSquares[region][at], gradient, o.settings)
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
	local := w.regional[region]
	s = append(s, 0) // the first candidate has no weights: only differences count
	for k := 1; k < n; k++ {
		sum := 0.0
		for _, f := range features {
			i := f ^ uint32(k)
			sum += float64(w.shared[i] + local[i])
		}
		s = append(s, sum*share)
	}
	for i, f := range e.opinions {
		f = w.place(f)
		s[e.speakFor[i]] += float64(w.shared[f] + local[f])
	}
	return s
}

// joined are a region's weights as they are used.
func (w *weights) joined(region int) []float32 {
	out := make([]float32, len(w.shared))
	for i := range out {
		out[i] = w.shared[i] + w.regional[region][i]
	}
	return out
}

func (w *weights) place(hash uint32) uint32 { return model.Place(hash, uint32(len(w.shared))) }

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
