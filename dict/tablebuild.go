package dict

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// pool interns byte strings for every table and program of a file.
type pool struct {
	bytes   []byte
	offsets map[string]uint32
	records map[pair]uint32
}

func newPool() *pool { return &pool{offsets: map[string]uint32{}, records: map[pair]uint32{}} }

func (p *pool) intern(s string) uint32 {
	if offset, ok := p.offsets[s]; ok {
		return offset
	}
	p.offsets[s] = p.append(s)
	return p.offsets[s]
}

func (p *pool) append(s string) (offset uint32) {
	offset = uint32(len(p.bytes))
	p.bytes = binary.AppendUvarint(p.bytes, uint64(len(s)))
	p.bytes = append(p.bytes, s...)
	return offset
}

// record stores a key with its value right behind.
func (p *pool) record(kv pair) uint32 {
	if offset, ok := p.records[kv]; ok {
		return offset
	}
	offset := p.append(kv.key)
	p.append(kv.value)
	p.records[kv] = offset
	return offset
}

func (p *pool) values(texts []string) Values {
	offsets := make([]uint32, len(texts))
	v := Values{width: 3}
	for i, s := range texts {
		if offsets[i] = p.intern(s); offsets[i] >= 1<<24 {
			v.width = 4
		}
	}
	for _, offset := range offsets {
		v.offsets = append(v.offsets, binary.LittleEndian.AppendUint32(nil, offset)[:v.width]...)
	}
	v.pool = p.bytes
	return v
}

// trieNode is a node of the trie while it is built; order keeps the children
// in the order of their first keys, so that equal input gives equal bytes.
type trieNode struct {
	children map[rune]*trieNode
	order    []rune
	entry    uint32
}

func (n *trieNode) descend(c rune) *trieNode {
	child := n.children[c]
	if child == nil {
		child = &trieNode{}
		if n.children == nil {
			n.children = map[rune]*trieNode{}
		}
		n.children[c] = child
		n.order = append(n.order, c)
	}
	return child
}

// buildTable compiles pairs of unique, non-empty keys.
func buildTable(pairs []pair, p *pool) (*Table, error) {
	t := &Table{entries: uint32(len(pairs)), minLead: 0xFF, characters: true}
	root := &trieNode{}
	texts := make([]string, len(pairs))
	nodes := 0
	for i, kv := range pairs {
		node := root
		for _, c := range kv.key {
			before := len(node.order)
			parent := node
			node = node.descend(c)
			nodes += len(parent.order) - before
		}
		node.entry = uint32(i + 1)
		texts[i] = kv.value
		single := node == root.children[firstRune(kv.key)]
		t.characters, t.singles = t.characters && single, t.singles || single
		t.maxKey = max(t.maxKey, len(kv.key))
		t.minLead = min(t.minLead, kv.key[0])
	}
	if nodes >= nodeMask {
		return nil, fmt.Errorf("dictionary too large: %d trie nodes, at most %d; split it into several stages", nodes, nodeMask-1)
	}
	t.values = p.values(texts)
	t.hashEdges(root.edges(t.entries))
	return t, nil
}

// edges numbers the nodes and lists what leads to each.
func (n *trieNode) edges(entries uint32) []uint64 {
	var edges []uint64
	inner := uint64(entries)
	number := func(node *trieNode) uint64 {
		if node.entry == 0 {
			inner++
			return inner
		}
		return uint64(node.entry)
	}
	var visit func(node *trieNode, from uint64)
	visit = func(node *trieNode, from uint64) {
		for _, c := range node.order {
			child := node.children[c]
			to := number(child)
			edge := (from<<fieldBits|uint64(c))<<fieldBits | to
			if len(child.order) > 0 {
				edge |= moreFlag
			}
			edges = append(edges, edge)
			visit(child, to)
		}
	}
	for _, c := range n.order {
		child := n.children[c]
		if child.entry != 0 {
			edges = append(edges, uint64(c)<<fieldBits|uint64(child.entry))
		}
		visit(child, twoFlag|uint64(c))
	}
	return edges
}

// hashEdges fills at most four fifths of the slots, from the largest edge to
// the smallest, so that a search may end at one that is smaller than what it
// wants (Amble and Knuth, Ordered hash tables, 1974).
func (t *Table) hashEdges(edges []uint64) {
	logSlots := max(3, bits.Len(uint(len(edges)*5/4)))
	t.shift = 64 - uint(logSlots)
	t.edges = make([]byte, 8<<logSlots)
	slices.SortFunc(edges, func(x, y uint64) int { return cmp.Compare(y, x) })
	for _, edge := range edges {
		slot := edge >> fieldBits * hashFactor >> t.shift * 8
		for binary.LittleEndian.Uint64(t.edges[slot:]) != 0 {
			slot = (slot + 8) & uint64(len(t.edges)-1)
		}
		binary.LittleEndian.PutUint64(t.edges[slot:], edge)
	}
}
