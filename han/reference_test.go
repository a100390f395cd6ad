package han_test

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/hanconv/hanconv/internal/oracle"
)

// This file is the judge of the engine: OpenCC's semantics written down as
// plainly as possible, straight from its configurations and dictionaries,
// without a line of the engine's code. TestReferenceAgainstOpenCC checks the
// judge.

// reference is one configuration.
type reference struct {
	normalization, chain []dictionary
	segmentation         dictionary // nil: none
}

// dictionary finds the entry that wins at the start of text.
type dictionary interface {
	match(text string) (key, value string, ok bool)
}

type leaf struct {
	entries map[string]string
	longest int
}

func (l leaf) match(text string) (string, string, bool) {
	for n := min(l.longest, len(text)); n > 0; n-- {
		if value, ok := l.entries[text[:n]]; ok {
			return text[:n], value, true
		}
	}
	return "", "", false
}

type shortCircuit []dictionary

func (g shortCircuit) match(text string) (string, string, bool) {
	for _, d := range g {
		if key, value, ok := d.match(text); ok {
			return key, value, true
		}
	}
	return "", "", false
}

type union []dictionary

func (g union) match(text string) (bestKey, bestValue string, found bool) {
	for _, d := range g {
		if key, value, ok := d.match(text); ok && len(key) > len(bestKey) {
			bestKey, bestValue, found = key, value, true
		}
	}
	return bestKey, bestValue, found
}

func (r *reference) convert(text string) string {
	text = convertStages(r.normalization, text)
	var out strings.Builder
	for _, segment := range r.segments(text) {
		out.WriteString(convertStages(r.chain, segment))
	}
	return out.String()
}

func (r *reference) segments(text string) []string {
	if r.segmentation == nil {
		return []string{text}
	}
	var segments []string
	run := ""
	for text != "" {
		key, _, ok := r.segmentation.match(text)
		if !ok {
			n := referenceUnit(text)
			run += text[:n]
			text = text[n:]
			continue
		}
		segments = append(segments, run, key)
		run = ""
		text = text[len(key):]
	}
	return append(segments, run)
}

func convertStages(stages []dictionary, text string) string {
	for _, stage := range stages {
		var out strings.Builder
		for text != "" {
			key, value, ok := stage.match(text)
			if !ok {
				key = text[:referenceUnit(text)]
				value = key
			}
			out.WriteString(value)
			text = text[len(key):]
		}
		text = out.String()
	}
	return text
}

// referenceUnit is what is copied together where nothing matches.
func referenceUnit(text string) int {
	points := 0
	if n, ok := describes(text, 16, &points); ok {
		return n
	}
	_, size := utf8.DecodeRuneInString(text)
	return size
}

// describes parses an ideographic description sequence, or one character.
func describes(text string, depth int, points *int) (length int, ok bool) {
	c, size := utf8.DecodeRuneInString(text)
	if depth == 0 || *points == 64 || size == 0 || c == utf8.RuneError && size == 1 {
		return 0, false
	}
	*points++
	length = size
	for range operands(c) {
		n, ok := describes(text[length:], depth-1, points)
		if !ok {
			return 0, false
		}
		length += n
	}
	return length, true
}

func operands(c rune) int {
	switch {
	case c == '⿲' || c == '⿳':
		return 3
	case c == '⿾' || c == '⿿':
		return 1
	case '⿰' <= c && c <= '⿿':
		return 2
	}
	return 0
}

// newReference reads a configuration of the oracle.
func newReference(profile string, tofuRisk bool) *reference {
	data := oracle.Load()
	raw, ok := data.Configs[profile]
	if !ok {
		panic("no configuration for " + profile)
	}
	type node struct {
		Type, File  string
		MatchPolicy string `json:"match_policy"`
		Tofu        bool   `json:"may_output_tofu"`
		Dicts       []json.RawMessage
	}
	type stage struct{ Dict json.RawMessage }
	var config struct {
		Normalization []stage
		Segmentation  *stage
		Chain         []stage `json:"conversion_chain"`
	}
	if err := json.Unmarshal(raw, &config); err != nil {
		panic(err)
	}
	var build func(raw json.RawMessage, tofuRisk bool) dictionary
	build = func(raw json.RawMessage, tofuRisk bool) dictionary {
		var n node
		if err := json.Unmarshal(raw, &n); err != nil {
			panic(err)
		}
		if n.Tofu && !tofuRisk {
			return nil
		}
		if n.Type == "text" {
			return newLeaf(data.Dictionaries[n.File])
		}
		var members []dictionary
		for _, m := range n.Dicts {
			if d := build(m, tofuRisk); d != nil {
				members = append(members, d)
			}
		}
		if n.MatchPolicy == "union" {
			return union(members)
		}
		return shortCircuit(members)
	}
	r := &reference{}
	for _, s := range config.Normalization {
		r.normalization = append(r.normalization, build(s.Dict, tofuRisk))
	}
	for _, s := range config.Chain {
		r.chain = append(r.chain, build(s.Dict, tofuRisk))
	}
	if config.Segmentation != nil {
		r.segmentation = build(config.Segmentation.Dict, true)
	}
	return r
}

func newLeaf(entries []oracle.Entry) leaf {
	if len(entries) == 0 {
		panic("empty dictionary")
	}
	l := leaf{entries: map[string]string{}}
	for _, e := range entries {
		l.entries[e[0]] = e[1]
		l.longest = max(l.longest, len(e[0]))
	}
	return l
}

// keys lists the keys of every dictionary in the reference.
func (r *reference) keys() []string {
	var keys []string
	var visit func(d dictionary)
	visit = func(d dictionary) {
		switch d := d.(type) {
		case leaf:
			for key := range d.entries {
				keys = append(keys, key)
			}
		case shortCircuit:
			for _, m := range d {
				visit(m)
			}
		case union:
			for _, m := range d {
				visit(m)
			}
		}
	}
	for _, d := range append(append(r.chain, r.normalization...), r.segmentation) {
		visit(d)
	}
	return keys
}
