package dict

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Picture draws the trie of a table, an edge a line, below what it leads from and
// in the order of chars: first the keys of one character.
func (t *Table) Picture(chars string) string {
	var b strings.Builder
	var draw func(from uint64, depth int)
	draw = func(from uint64, depth int) {
		for _, c := range chars {
			to := t.follow(from, c)
			if to == 0 {
				continue
			}
			first := ""
			if from&twoFlag != 0 {
				first = string(rune(from & codeMask))
			}
			node := to & nodeMask
			fmt.Fprintf(&b, "%s%s%c", strings.Repeat("  ", depth), first, c)
			if node <= uint64(t.entries) {
				fmt.Fprintf(&b, " → %s", t.Value(uint32(node)))
			}
			b.WriteString(flag(to&moreFlag != 0, " …") + "\n")
			draw(node, depth+1)
		}
	}
	draw(0, 0)
	for _, c := range chars {
		draw(twoFlag|uint64(c), 0)
	}
	return b.String()
}

// NewTable compiles keys and values given in turn.
func NewTable(keysAndValues ...string) *Table {
	var pairs []pair
	for i := 0; i < len(keysAndValues); i += 2 {
		pairs = append(pairs, pair{keysAndValues[i], keysAndValues[i+1]})
	}
	t, err := buildTable(pairs, newPool())
	if err != nil {
		panic(err)
	}
	return t
}

// Picture draws what the compiler has found out about a program: characters
// with their flags, irregular pairs with their results, and for each pair of
// chars whether it is soft and inner.
func (p *Program) Picture(chars string) string {
	var b strings.Builder
	var irregular PairFilter
	p.AddIrregular(&irregular)
	for i := range p.Chars.Len() {
		c := p.Chars.Record(i)
		fmt.Fprintf(&b, "%c → %s%s%s\n", c.Code, c.Result, flag(c.Guard, " guard"), flag(c.Trigger, " trigger"))
	}
	for _, left := range chars {
		for _, right := range chars {
			key := PairKey(Pack(left), Pack(right))
			line := flag(p.Soft.Has(key), " soft") + flag(p.Inner.Has(key), " inner") + flag(irregular.Has(key), " irregular")
			if p.Pairs != nil && threeBytes(left) && threeBytes(right) {
				if result, ok := p.Pairs.AppendResult(nil, key); ok {
					line += " → " + string(result)
				}
			}
			if line != "" {
				fmt.Fprintf(&b, "%c%c%s\n", left, right, line)
			}
		}
	}
	return b.String()
}

// All lists the texts of a map with their results.
func (m *TextMap) All() map[string]string {
	all := map[string]string{}
	for i := 0; i < len(m.slots); i += 8 {
		slot := binary.LittleEndian.Uint64(m.slots[i:])
		if slot == 0 {
			continue
		}
		key := poolAt(m.pool, uint32(slot))
		result, _ := m.Lookup(key)
		all[string(key)] = string(result)
	}
	return all
}

// Picture lists the texts of a map with their results, in order.
func (m *TextMap) Picture() string {
	var b strings.Builder
	for text, result := range m.All() {
		fmt.Fprintf(&b, "%s → %s\n", text, result)
	}
	lines := strings.SplitAfter(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// NewTextMap maps texts to results.
func NewTextMap(results map[string]string) *TextMap {
	var pairs []pair
	for key, value := range results {
		pairs = append(pairs, pair{key, value})
	}
	return newTextMap(pairs, newPool())
}

// Picture shows which operators of text are open.
func (d *Descriptions) Picture(text string) string {
	open := []string{text[:d.read] + "│" + text[d.read:]}
	for i := range d.count {
		o := d.at(i)
		open = append(open, fmt.Sprintf("%s wants %d", text[o.start:o.start+3], o.wants))
	}
	return strings.Join(open, ", ")
}

func flag(set bool, name string) string {
	if set {
		return name
	}
	return ""
}

// NewPairMap maps pairs to results.
func NewPairMap(pairs map[[2]rune]string) *PairMap {
	m, err := newPairMap(pairs, NewUsage(), newPool())
	if err != nil {
		panic(err)
	}
	return m
}

// PairResultAt puts a pair's result into a pool that holds size bytes.
func PairResultAt(size int) error {
	p := newPool()
	p.bytes = make([]byte, size)
	_, err := pairResult("x", p)
	return err
}

// CompileFor compiles a recipe for text of a usage.
func CompileFor(r Recipe, u *Usage) (*Program, error) {
	b := NewBuilder()
	if err := b.Add(r, u); err != nil {
		return nil, err
	}
	f, err := Open(b.Encode())
	if err != nil {
		return nil, err
	}
	return f.Program(r.Name), nil
}

// Flatten gives a tree's merged entries as a map.
func (s Source) Flatten() map[string]string {
	m := map[string]string{}
	for _, p := range s.flatten() {
		m[p.key] = p.value
	}
	return m
}

// NewPairSet builds a filter of pairs.
func NewPairSet(pairs map[[2]rune]bool) *PairSet { return newPairSet(pairs, 16) }

// NewPairFilter builds a filter of a fixed size.
func NewPairFilter(pairs map[[2]rune]bool) *PairFilter {
	f := &PairFilter{mask: 1<<filterBits - 1}
	for p := range pairs {
		f.add(Pack(p[0]), Pack(p[1]))
	}
	return f
}

// WithDirectory changes the bytes of a file's directory.
func WithDirectory(file []byte, change func(directory []byte) []byte) []byte {
	start := len(magic) + 4
	end := start + int(binary.LittleEndian.Uint32(file[len(magic):]))
	head := change(slices.Clone(file[start:end]))
	out := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(head)))
	return append(append(out, head...), file[end:]...)
}

var damages = map[string]func(d *directory){
	"offset":       func(d *directory) { d.pool[0] = 999999 },
	"negative":     func(d *directory) { d.pool[0] = -1 },
	"overflow":     func(d *directory) { d.tables[0].edges = section{math.MaxInt, math.MaxInt} },
	"slots":        func(d *directory) { d.tables[0].edges[1] -= 8 },
	"no slots":     func(d *directory) { d.tables[0].edges[1] = 0 },
	"entries":      func(d *directory) { d.tables[0].entries++ },
	"pairs":        func(d *directory) { d.programs[0].soft[1] = 24 },
	"isolated":     func(d *directory) { d.programs[0].isolated[1] = 0 },
	"table":        func(d *directory) { d.programs[0].stages[0][0] = 7 },
	"segmentation": func(d *directory) { d.programs[0].segmentation = -2 },
}

// Damaged returns a file whose directory has the named damage.
func Damaged(file []byte, name string) []byte {
	return WithDirectory(file, func(head []byte) []byte {
		var d directory
		if err := d.decode(head); err != nil {
			panic(err)
		}
		damages[name](&d)
		return d.encode()
	})
}

// EmbeddedSize is the size of the built-in file in bytes.
func EmbeddedSize() int { return len(embedded) }
