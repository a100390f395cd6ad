package dict

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// magic begins every file; its last byte is the version of the format.
const magic = "hanconv\x05"

// section is the offset and the length of a byte string.
type section [2]int

type directory struct {
	Sources     []Provenance   `json:"sources"`
	Fingerprint string         `json:"fingerprint"`
	Pool        section        `json:"pool"`
	Tables      []tableEntry   `json:"tables"`
	Programs    []programEntry `json:"programs"`
}

type tableEntry struct {
	Edges      section `json:"edges"`
	Values     section `json:"values"`
	Entries    uint32  `json:"entries"`
	MaxKey     int     `json:"maxKey"`
	MinLead    byte    `json:"minLead"`
	Characters bool    `json:"characters"`
}

type programEntry struct {
	Name          string    `json:"name"`
	Fingerprint   string    `json:"fingerprint"`
	Normalization [][]int   `json:"normalization"` // by stage, indexes of tables
	Segmentation  int       `json:"segmentation"`  // -1: none
	Stages        [][]int   `json:"stages"`
	Whole         section   `json:"whole"`
	Chars         section   `json:"chars"`
	Odd           section   `json:"odd"`
	Soft          section   `json:"soft"`
	Inner         section   `json:"inner"`
	Isolated      section   `json:"isolated"`
	Pairs         section   `json:"pairs"`
	Edges         [2]uint64 `json:"edges"`
	Sparse        bool      `json:"sparse"`
	Windowed      bool      `json:"windowed"`
	Reach         int       `json:"reach"`
}

// layout collects sections; equal ones are stored once.
type layout struct {
	data  []byte
	known map[string]section
}

func (l *layout) add(data []byte) section {
	if s, ok := l.known[string(data)]; ok {
		return s
	}
	s := section{len(l.data), len(data)}
	l.data = append(l.data, data...)
	l.known[string(data)] = s
	return s
}

// Encode returns the file. Equal recipes in equal order give equal bytes.
func (b *Builder) Encode() []byte {
	l := &layout{known: map[string]section{}}
	d := directory{Sources: b.sources, Fingerprint: shortHash(b.digest.String())}
	for _, t := range b.order {
		d.Tables = append(d.Tables, tableEntry{
			Edges: l.add(t.edges), Values: l.add(t.values.offsets),
			Entries: t.entries, MaxKey: t.maxKey,
			MinLead: t.minLead, Characters: t.characters,
		})
	}
	for _, p := range b.built {
		d.Programs = append(d.Programs, p.entry(l))
	}
	d.Pool = l.add(b.pool.bytes)
	head, err := json.Marshal(d)
	if err != nil {
		panic(err) // plain structs of strings and numbers always marshal
	}
	file := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(head)))
	return append(append(file, head...), l.data...)
}

func (p *builtProgram) entry(l *layout) programEntry {
	return programEntry{
		Name: p.Name, Fingerprint: p.Fingerprint,
		Normalization: p.normalization, Segmentation: p.segmentation, Stages: p.stages,
		Whole: l.add(p.Whole.offsets), Chars: l.add(p.Chars.records),
		Odd: l.add(p.odd), Soft: l.add(p.Soft.words),
		Inner: l.add(p.Inner.words), Isolated: l.add(p.Isolated.slots), Pairs: l.add(p.Pairs.slots),
		Edges: p.Edges, Sparse: p.Sparse, Windowed: p.Windowed, Reach: p.Reach,
	}
}

// File is an opened dictionary file. Safe for concurrent use.
//
// A file is, in this order:
//
//	magic      8 bytes, "hanconv" and the version of the format as one byte
//	length     4 bytes, little-endian: of the directory
//	directory  JSON; it says where each section lies
//	sections   byte strings back to back; their offsets count from the end
//	           of the directory
//
// Sections are read in place: edges and values of [Table], the pool of
// [Values], records of [CharMap], words of [PairSet].
type File struct {
	directory directory
	sections  []byte
	tables    []*Table
}

// Open reads the directory of a file that [Builder.Encode] made and checks
// that every section lies inside and has a possible size; it copies and parses
// nothing else. Data must not change afterwards.
func Open(data []byte) (*File, error) {
	if !bytes.HasPrefix(data, []byte(magic)) {
		return nil, errors.New("not a hanconv dictionary file of this version")
	}
	data = data[len(magic):]
	if len(data) < 4 || int(binary.LittleEndian.Uint32(data)) > len(data)-4 {
		return nil, errors.New("dictionary file: truncated directory")
	}
	end := 4 + binary.LittleEndian.Uint32(data)
	f := &File{sections: data[end:]}
	if err := json.Unmarshal(data[4:end], &f.directory); err != nil {
		return nil, fmt.Errorf("dictionary file: directory: %w", err)
	}
	if err := f.directory.check(len(f.sections)); err != nil {
		return nil, fmt.Errorf("dictionary file: %w", err)
	}
	for _, e := range f.directory.Tables {
		f.tables = append(f.tables, f.table(e))
	}
	return f, nil
}

// check refuses a directory that does not fit sections of size bytes.
func (d *directory) check(size int) error {
	for _, s := range d.sections() {
		if s[0] < 0 || s[1] < 0 || s[1] > size-s[0] {
			return fmt.Errorf("section at %d of %d bytes lies outside", s[0], s[1])
		}
	}
	for i, t := range d.Tables {
		if !hashed(t.Edges) || t.Values[1] != 4*int(t.Entries) {
			return fmt.Errorf("table %d has sections of impossible sizes", i)
		}
	}
	for _, p := range d.Programs {
		if p.Odd[1]%8 != 0 || !hashed(p.Soft) || !hashed(p.Inner) || !hashed(p.Isolated) || !hashed(p.Pairs) || p.Chars[1]%8 != 0 {
			return fmt.Errorf("program %s has sections of impossible sizes", p.Name)
		}
		for _, i := range p.tables() {
			if i < 0 || i >= len(d.Tables) {
				return fmt.Errorf("program %s names table %d of %d", p.Name, i, len(d.Tables))
			}
		}
	}
	return nil
}

// hashed tells whether a section can hold a hash table of 8-byte slots.
func hashed(s section) bool { return s[1] >= 8 && s[1]&(s[1]-1) == 0 }

// tables lists the indexes of every table that a program uses.
func (p *programEntry) tables() []int {
	all := slices.Concat(slices.Concat(p.Normalization...), slices.Concat(p.Stages...))
	if p.Segmentation != -1 {
		all = append(all, p.Segmentation)
	}
	return all
}

func (d *directory) sections() []section {
	all := []section{d.Pool}
	for _, t := range d.Tables {
		all = append(all, t.Edges, t.Values)
	}
	for _, p := range d.Programs {
		all = append(all, p.Whole, p.Chars, p.Odd, p.Soft, p.Inner, p.Isolated, p.Pairs)
	}
	return all
}

func (f *File) at(s section) []byte { return f.sections[s[0] : s[0]+s[1] : s[0]+s[1]] }

func (f *File) values(s section) Values {
	return Values{offsets: f.at(s), pool: f.at(f.directory.Pool)}
}

func (f *File) table(e tableEntry) *Table {
	edges := f.at(e.Edges)
	return &Table{
		edges: edges, shift: 64 - uint(bits.Len(uint(len(edges)/8-1))),
		values: f.values(e.Values), entries: e.Entries,
		maxKey: e.MaxKey, minLead: e.MinLead, characters: e.Characters,
	}
}

// Sources tells which packages the entries come from.
func (f *File) Sources() []Provenance { return f.directory.Sources }

// Fingerprint identifies the entries of all programs: 16 hexadecimal digits.
func (f *File) Fingerprint() string { return f.directory.Fingerprint }

// Names lists the programs in the order they were added.
func (f *File) Names() []string {
	names := make([]string, len(f.directory.Programs))
	for i, p := range f.directory.Programs {
		names[i] = p.Name
	}
	return names
}

// Has tells whether there is a program of that name.
func (f *File) Has(name string) bool { return slices.Contains(f.Names(), name) }

// Program returns the program of that name, or nil.
func (f *File) Program(name string) *Program {
	for _, e := range f.directory.Programs {
		if e.Name == name {
			return f.program(e)
		}
	}
	return nil
}

// Compile turns one recipe into a program of its own.
func Compile(r Recipe) (*Program, error) {
	b := NewBuilder()
	if err := b.Add(r, nil); err != nil {
		return nil, err
	}
	f, err := Open(b.Encode())
	if err != nil {
		return nil, err
	}
	return f.program(f.directory.Programs[0]), nil
}

func (f *File) program(e programEntry) *Program {
	p := &Program{
		Name: e.Name, Fingerprint: e.Fingerprint,
		Normalization: f.pick(e.Normalization), Stages: f.pick(e.Stages),
		Whole: f.values(e.Whole),
		Chars: &CharMap{records: f.at(e.Chars), pool: f.at(f.directory.Pool)},
		Soft:  pairSet(f.at(e.Soft)), Inner: pairSet(f.at(e.Inner)),
		Isolated: textMap(f.at(e.Isolated), f.at(f.directory.Pool)),
		Pairs:    pairMap(f.at(e.Pairs), f.at(f.directory.Pool)), odd: f.at(e.Odd),
		Edges: e.Edges, Sparse: e.Sparse, Windowed: e.Windowed, Reach: e.Reach,
	}
	if e.Segmentation >= 0 {
		p.Segmentation = f.tables[e.Segmentation]
	}
	return p
}

func (f *File) pick(indexes [][]int) []Stage {
	stages := make([]Stage, len(indexes))
	for i, members := range indexes {
		for _, index := range members {
			stages[i] = append(stages[i], f.tables[index])
		}
	}
	return stages
}
