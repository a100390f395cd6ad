package dict

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// magic begins every file; its last byte is the version of the format.
const magic = "hanconv\x07"

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
	b.shareSoft()
	l := &layout{known: map[string]section{}}
	d := directory{sources: b.sources, fingerprint: shortHash(b.digest.String())}
	for _, t := range b.order {
		d.tables = append(d.tables, tableEntry{
			edges: l.add(t.edges), values: l.add(t.values.offsets),
			entries: int(t.entries), maxKey: t.maxKey,
			minLead: t.minLead, characters: t.characters, singles: t.singles,
		})
	}
	for _, p := range b.built {
		d.programs = append(d.programs, p.entry(l))
	}
	d.pool = l.add(b.pool.bytes)
	head := d.encode()
	file := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(head)))
	return append(append(file, head...), l.data...)
}

func (p *builtProgram) entry(l *layout) programEntry {
	return programEntry{
		name: p.Name, fingerprint: p.Fingerprint,
		normalization: p.normalization, segmentation: p.segmentation, stages: p.stages,
		whole: l.add(p.Whole.offsets), chars: l.add(p.Chars.records),
		odd: l.add(p.odd), soft: l.add(p.Soft.words), inner: l.add(p.Inner.words),
		close: l.add(p.Close.words), triples: l.add(p.Triples.hashes.words), isolated: l.add(p.Isolated.slots), pairs: l.add(p.Pairs.slots),
		edges: p.Edges, sparse: p.Sparse, windowed: p.Windowed, reach: p.Reach,
	}
}

// File is an opened dictionary file. Safe for concurrent use.
//
// A file is, in this order:
//
//	magic      8 bytes, "hanconv" and the version of the format as one byte
//	length     4 bytes, little-endian: of the directory
//	directory  numbers and strings; it says where each section lies
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
	if err := f.directory.decode(data[4:end]); err != nil {
		return nil, fmt.Errorf("dictionary file: %w", err)
	}
	if err := f.directory.check(len(f.sections)); err != nil {
		return nil, fmt.Errorf("dictionary file: %w", err)
	}
	for _, e := range f.directory.tables {
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
	for i, t := range d.tables {
		if !hashed(t.edges) || offsetWidth(t.values, t.entries) == 0 {
			return fmt.Errorf("table %d has sections of impossible sizes", i)
		}
	}
	for _, p := range d.programs {
		if p.odd[1]%8 != 0 || p.chars[1]%8 != 0 || !hashed(p.soft, p.inner, p.close, p.triples, p.isolated, p.pairs) {
			return fmt.Errorf("program %s has sections of impossible sizes", p.name)
		}
		for _, i := range p.tables() {
			if i < 0 || i >= len(d.tables) {
				return fmt.Errorf("program %s names table %d of %d", p.name, i, len(d.tables))
			}
		}
		if p.segmentation >= 0 && offsetWidth(p.whole, d.tables[p.segmentation].entries) == 0 {
			return fmt.Errorf("program %s has a section of impossible size for its segments", p.name)
		}
	}
	return nil
}

// hashed tells whether each section can hold a hash table of 8-byte slots.
func hashed(sections ...section) bool {
	return !slices.ContainsFunc(sections, func(s section) bool { return s[1] < 8 || s[1]&(s[1]-1) != 0 })
}

// tables lists the indexes of every table that a program uses.
func (p *programEntry) tables() []int {
	all := slices.Concat(slices.Concat(p.normalization...), slices.Concat(p.stages...))
	if p.segmentation != -1 {
		all = append(all, p.segmentation)
	}
	return all
}

func (d *directory) sections() []section {
	all := []section{d.pool}
	for _, t := range d.tables {
		all = append(all, t.edges, t.values)
	}
	for i := range d.programs {
		for _, s := range d.programs[i].sections() {
			all = append(all, *s)
		}
	}
	return all
}

func (f *File) at(s section) []byte { return f.sections[s[0] : s[0]+s[1] : s[0]+s[1]] }

// offsetWidth is how many bytes each of so many offsets takes in a section, 0 if
// no number fits.
func offsetWidth(s section, offsets int) int {
	for _, width := range []int{3, 4} {
		if s[1] == width*offsets {
			return width
		}
	}
	return 0
}

func (f *File) values(s section, entries int) Values {
	return Values{offsets: f.at(s), pool: f.at(f.directory.pool), width: offsetWidth(s, entries)}
}

func (f *File) table(e tableEntry) *Table {
	edges := f.at(e.edges)
	return &Table{
		edges: edges, shift: 64 - uint(bits.Len(uint(len(edges)/8-1))),
		values: f.values(e.values, e.entries), entries: uint32(e.entries),
		maxKey: e.maxKey, minLead: e.minLead, characters: e.characters, singles: e.singles,
	}
}

// Sources tells which packages the entries come from.
func (f *File) Sources() []Provenance { return f.directory.sources }

// Fingerprint identifies the entries of all programs: 16 hexadecimal digits.
func (f *File) Fingerprint() string { return f.directory.fingerprint }

// Names lists the programs in the order they were added.
func (f *File) Names() []string {
	names := make([]string, len(f.directory.programs))
	for i, p := range f.directory.programs {
		names[i] = p.name
	}
	return names
}

// Has tells whether there is a program of that name.
func (f *File) Has(name string) bool { return slices.Contains(f.Names(), name) }

// Program returns the program of that name, or nil.
func (f *File) Program(name string) *Program {
	for _, e := range f.directory.programs {
		if e.name == name {
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
	return f.program(f.directory.programs[0]), nil
}

func (f *File) program(e programEntry) *Program {
	p := &Program{
		Name: e.name, Fingerprint: e.fingerprint,
		Normalization: f.pick(e.normalization), Stages: f.pick(e.stages),
		Chars: &CharMap{records: f.at(e.chars), pool: f.at(f.directory.pool)},
		Soft:  pairSet(f.at(e.soft)), Inner: pairSet(f.at(e.inner)),
		Close: pairSet(f.at(e.close)), Triples: &TripleSet{*pairSet(f.at(e.triples))},
		Isolated: textMap(f.at(e.isolated), f.at(f.directory.pool)),
		Pairs:    pairMap(f.at(e.pairs), f.at(f.directory.pool)), odd: f.at(e.odd),
		Edges: e.edges, Sparse: e.sparse, Windowed: e.windowed, Reach: e.reach,
	}
	if e.segmentation >= 0 {
		p.Segmentation = f.tables[e.segmentation]
		p.Whole = f.values(e.whole, f.directory.tables[e.segmentation].entries)
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
