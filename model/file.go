package model

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the built-in model
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// magic begins every file; its last byte is the version of the format.
const magic = "hanmodel\x04"

// File is what a model file holds.
//
//	magic      9 bytes, "hanmodel" and the version of the format
//	length     4 bytes, little-endian: of the directory
//	directory  JSON: this structure
//	weights    the tables back to back; see [Weights]
//	trust      their sets of trusted neighbours; see [Trust]
//	words      the bits of the set of words
//	classes    of characters, a byte each
type File struct {
	// Version changes whenever the trainer or its texts do.
	Version string `json:"version"`
	// Sources are the texts and packages that the weights were computed from.
	Sources []Source `json:"sources"`
	Stages  []Stage  `json:"stages"`
	Tables  []Table  `json:"tables"`
	// Words are common words, to see where one begins and ends.
	Words     WordSet `json:"-"`
	WordBytes int     `json:"wordBytes"`
	// Classes are those of characters; there may be none.
	Classes    Classes `json:"-"`
	ClassBytes int     `json:"classBytes"`
}

// Source is a text or a package.
type Source struct {
	Name    string `json:"name"`
	Version string `json:"version"` // of a text, the repository's commit
	License string `json:"license"`
}

// Stage lists what has to be decided at one step of a conversion.
type Stage struct {
	Name  string       `json:"name"`
	Items []ItemRecord `json:"items"`
	// Kept are words inside which nothing is decided; see [Decider.KeptWords].
	Kept []string `json:"kept,omitempty"`
}

// ItemRecord is an item as a file has it.
type ItemRecord struct {
	Source     string   `json:"s"`
	Candidates []string `json:"c"`
	// Folded is the source of a word in Simplified characters; empty for
	// characters.
	Folded string `json:"f,omitempty"`
	// Clear: hardly ever another candidate than the first; see [Item.Clear].
	Clear bool `json:"e,omitempty"`
	// Settled: the dictionaries hardly ever err; see [Item.Settled].
	Settled bool `json:"t,omitempty"`
}

// Table holds the weights of one region.
type Table struct {
	Region      string  `json:"region"`
	Weights     Weights `json:"-"`
	Size        int     `json:"size"`
	Scale       float64 `json:"scale"`
	Temperature float64 `json:"temperature"`
	// Margins are those of [Decider.Glance], by item; 0 stands for none, and so
	// does what is missing.
	Margins []int32 `json:"margins,omitempty"`
	Trust   Trust   `json:"-"`
	// TrustSize is the size of Trust in bytes.
	TrustSize int `json:"trust,omitempty"`
}

// Encode writes a file. Equal contents give equal bytes.
func (f *File) Encode() ([]byte, error) {
	var weights, trust []byte
	for i := range f.Tables {
		t := &f.Tables[i]
		t.Size, t.TrustSize = len(t.Weights), len(t.Trust)
		weights = append(weights, t.Weights...)
		trust = append(trust, t.Trust...)
	}
	f.WordBytes, f.ClassBytes = len(f.Words), len(f.Classes)
	head, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	out := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(head)))
	return slices.Concat(out, head, weights, trust, []byte(f.Words), []byte(f.Classes)), nil
}

// Model is an opened file. It is immutable and safe for concurrent use.
type Model struct {
	file        File
	fingerprint string
	stages      map[string][]*Item
	kept        map[string][]string // by stage
	tables      map[string]*table
}

// Open reads a file that [File.Encode] made and checks that its tables have
// possible sizes. The weights are read in place; data must not change.
func Open(data []byte) (*Model, error) {
	if !bytes.HasPrefix(data, []byte(magic)) {
		return nil, errors.New("not a hanconv model file of this version")
	}
	rest := data[len(magic):]
	if len(rest) < 4 || uint64(binary.LittleEndian.Uint32(rest)) > uint64(len(rest)-4) {
		return nil, errors.New("model file: truncated directory")
	}
	end := 4 + binary.LittleEndian.Uint32(rest)
	m := &Model{stages: map[string][]*Item{}, kept: map[string][]string{}, tables: map[string]*table{}}
	if err := json.Unmarshal(rest[4:end], &m.file); err != nil {
		return nil, fmt.Errorf("model file: directory: %w", err)
	}
	sum := sha256.Sum256(data)
	m.fingerprint = hex.EncodeToString(sum[:8])
	if err := m.addTables(rest[end:]); err != nil {
		return nil, fmt.Errorf("model file: %w", err)
	}
	return m, m.addItems()
}

func (m *Model) addTables(weights []byte) error {
	for _, t := range m.file.Tables {
		if t.Size < bucketSize || t.Size%bucketSize != 0 || t.Size > len(weights) {
			return fmt.Errorf("table %s has %d weights of %d", t.Region, t.Size, len(weights))
		}
		if !(t.Scale > 0 && t.Temperature > 0) {
			return fmt.Errorf("table %s has scale %g and temperature %g", t.Region, t.Scale, t.Temperature)
		}
		m.tables[t.Region] = &table{
			weights: Weights(weights[:t.Size:t.Size]), scale: t.Scale, temperature: t.Temperature, margins: t.Margins,
		}
		weights = weights[t.Size:]
	}
	rest, err := m.addTrust(weights)
	if err != nil {
		return err
	}
	words, classes := m.file.WordBytes, m.file.ClassBytes
	if words < 0 || words > len(rest) || words&(words-1) != 0 || classes != len(rest)-words {
		return fmt.Errorf("%d bytes of words and %d of classes where %d are left", words, classes, len(rest))
	}
	m.file.Words, m.file.Classes = rest[:words], Classes(rest[words:])
	return nil
}

func (m *Model) addTrust(data []byte) (rest []byte, err error) {
	for _, t := range m.file.Tables {
		if t.TrustSize < 0 || t.TrustSize%bucketSize != 0 || t.TrustSize > len(data) {
			return nil, fmt.Errorf("table %s has %d bytes of trust of %d", t.Region, t.TrustSize, len(data))
		}
		m.tables[t.Region].trust = Trust(data[:t.TrustSize:t.TrustSize])
		data = data[t.TrustSize:]
	}
	return data, nil
}

func (m *Model) addItems() error {
	id := uint32(0)
	for _, s := range m.file.Stages {
		if slices.Contains(s.Kept, "") {
			return fmt.Errorf("model file: stage %s keeps an empty word", s.Name)
		}
		m.kept[s.Name] = s.Kept
		for _, r := range s.Items {
			if r.Source == "" || len(r.Candidates) < 2 || len(r.Candidates) > MaxCandidates {
				return fmt.Errorf("model file: stage %s: item %q has %d candidates", s.Name, r.Source, len(r.Candidates))
			}
			m.stages[s.Name] = append(m.stages[s.Name], newItem(r, id))
			id++
		}
	}
	return nil
}

func newItem(r ItemRecord, id uint32) *Item {
	it := &Item{Source: r.Source, Candidates: r.Candidates, id: id, word: r.Folded != "", clear: r.Clear, settled: r.Settled}
	for _, c := range r.Folded {
		it.folded = append(it.folded, Normalize(c))
	}
	if it.word {
		return it
	}
	for k, forms := range r.Candidates {
		for _, c := range forms {
			it.forms = append(it.forms, form{c, k, string(c)})
		}
	}
	return it
}

// Version names the trainer's version and the texts.
func (m *Model) Version() string { return m.file.Version }

// Fingerprint identifies the model's bytes: 16 hexadecimal digits.
func (m *Model) Fingerprint() string { return m.fingerprint }

// Sources tells what the weights were computed from.
func (m *Model) Sources() []Source { return m.file.Sources }

// Decider returns what decides a stage for a region, or nil if the model has
// no such stage or region.
func (m *Model) Decider(stage, region string) *Decider {
	items, t := m.stages[stage], m.tables[region]
	if items == nil || t == nil {
		return nil
	}
	return newDecider(items, m.kept[stage], t, m.file.Words, m.file.Classes)
}

//go:embed context.model
var embedded []byte

// BuiltIn returns the embedded model, opened when first asked for.
var BuiltIn = sync.OnceValue(func() *Model {
	m, err := Open(embedded)
	if err != nil {
		panic(err) // the tests open it, so a build never ships a broken one
	}
	return m
})
