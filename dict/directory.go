package dict

import (
	"encoding/binary"
	"errors"
)

// The directory of a file is a row of numbers, as signed varints, and of
// strings, each behind its length; a list stands behind the number of its
// items. Each type's visit names its fields in order, for a visitor that reads
// them or writes them.

// section is the offset and the length of a byte string.
type section [2]int

type directory struct {
	sources     []Provenance
	fingerprint string
	pool        section
	tables      []tableEntry
	programs    []programEntry
}

type tableEntry struct {
	edges, values   section
	entries, maxKey int
	minLead         byte
	characters      bool
	singles         bool
}

type programEntry struct {
	name, fingerprint     string
	normalization, stages [][]int // by stage, indexes of tables
	segmentation          int     // -1: none
	whole, chars          section
	odd, pairs, isolated  section
	soft, inner           section
	close, triples        section
	edges                 [2]uint64
	sparse, windowed      bool
	reach                 int
}

func (d *directory) visit(v *visitor) {
	visitList(v, &d.sources, func(v *visitor, p *Provenance) { v.strings(&p.Name, &p.Version, &p.Integrity) })
	v.strings(&d.fingerprint)
	v.sections(&d.pool)
	visitList(v, &d.tables, func(v *visitor, t *tableEntry) { t.visit(v) })
	visitList(v, &d.programs, func(v *visitor, p *programEntry) { p.visit(v) })
}

func (t *tableEntry) visit(v *visitor) {
	v.sections(&t.edges, &t.values)
	v.ints(&t.entries, &t.maxKey)
	visitNumber(v, &t.minLead)
	v.flags(&t.characters, &t.singles)
}

func (p *programEntry) visit(v *visitor) {
	v.strings(&p.name, &p.fingerprint)
	for _, stages := range []*[][]int{&p.normalization, &p.stages} {
		visitList(v, stages, func(v *visitor, members *[]int) { visitList(v, members, visitNumber[int]) })
	}
	v.ints(&p.segmentation, &p.reach)
	v.sections(p.sections()...)
	visitNumber(v, &p.edges[0])
	visitNumber(v, &p.edges[1])
	v.flags(&p.sparse, &p.windowed)
}

func (p *programEntry) sections() []*section {
	return []*section{&p.whole, &p.chars, &p.odd, &p.pairs, &p.isolated, &p.soft, &p.inner, &p.close, &p.triples}
}

// visitor reads a directory from data or appends it there.
type visitor struct {
	data    []byte
	writing bool
	broken  bool // data is not what was to be read
}

func (d *directory) encode() []byte {
	v := visitor{writing: true}
	d.visit(&v)
	return v.data
}

func (d *directory) decode(data []byte) error {
	v := visitor{data: data}
	d.visit(&v)
	if v.broken || len(v.data) > 0 {
		return errors.New("directory: damaged")
	}
	return nil
}

func visitNumber[T ~int | ~byte | ~uint64](v *visitor, n *T) {
	if v.writing {
		v.data = binary.AppendVarint(v.data, int64(*n))
		return
	}
	x, size := binary.Varint(v.data)
	if *n = T(x); size <= 0 || int64(*n) != x {
		*n, v.broken = 0, true
		return
	}
	v.data = v.data[size:]
}

// visitLen is visitNumber for a length; each of what is counted takes a byte
// or more.
func visitLen(v *visitor, n *int) {
	visitNumber(v, n)
	if !v.writing && (*n < 0 || *n > len(v.data)) {
		*n, v.broken = 0, true
	}
}

func visitList[T any](v *visitor, list *[]T, visit func(*visitor, *T)) {
	n := len(*list)
	visitLen(v, &n)
	if !v.writing {
		*list = make([]T, n)
	}
	for i := range *list {
		visit(v, &(*list)[i])
	}
}

func (v *visitor) strings(texts ...*string) {
	for _, s := range texts {
		n := len(*s)
		visitLen(v, &n)
		if v.writing {
			v.data = append(v.data, *s...)
			continue
		}
		*s, v.data = string(v.data[:n]), v.data[n:]
	}
}

func (v *visitor) ints(numbers ...*int) {
	for _, n := range numbers {
		visitNumber(v, n)
	}
}

func (v *visitor) sections(sections ...*section) {
	for _, s := range sections {
		v.ints(&s[0], &s[1])
	}
}

func (v *visitor) flags(flags ...*bool) {
	for _, f := range flags {
		n := 0
		if *f {
			n = 1
		}
		visitNumber(v, &n)
		v.broken = v.broken || n>>1 != 0
		*f = n == 1
	}
}
