package dict

import (
	"encoding/binary"
)

// Table is one dictionary, or one group of dictionaries merged, compiled for
// longest prefix match. It reads its data in place and is safe for concurrent
// use.
//
// The keys form a trie whose edges lie in one open-addressing hash table. A
// search begins with two characters at once, so that most end with one look:
//
//	          头发         夹
//	characters ───▶ node ─────▶ entry 18 ──▶ values[18] ──▶ pool: "\x09頭髮夾"
//	                 │
//	                 └─ entry 17 ──▶ values[17] ──▶ pool: "\x06頭髮"
//
//	edge (little-endian 64 bits; 0 is an empty slot)
//	 63    62        42   41        21   20     19        0
//	┌─────┬─────────────┬─────────────┬──────┬─────────────┐
//	│ two │    from     │ code point  │ more │    node     │
//	└─────┴─────────────┴─────────────┴──────┴─────────────┘
//
// An edge leads from a node, or (two) from a first character, or from 0 to a
// key that is one character. Nodes at which a key ends are numbered from 1 to
// the number of entries, the others follow, so that a node's number alone tells
// whether it carries a value and which. More edges leave a node if it is marked
// so.
type Table struct {
	edges   []byte // 8 bytes a slot, a power of two of slots
	shift   uint   // 64 minus the binary logarithm of the number of slots
	values  Values
	entries uint32
	maxKey  int
	minLead byte
	// characters: every key is a single character; singles: some key is
	characters, singles bool
}

const (
	fieldBits = 21 // of an edge; what it leads from has one more, twoFlag
	twoFlag   = 1 << fieldBits
	moreFlag  = 1 << 20 // of a node
	nodeMask  = moreFlag - 1
	// hashFactor is 2^64 divided by the golden ratio (Knuth, multiplicative hashing).
	hashFactor = 0x9E3779B97F4A7C15
)

// LookAhead is how many bytes decide what happens at a position: the length
// of the longest key or description sequence.
func (t *Table) LookAhead() int { return max(t.maxKey, MaxDescription) }

// Len is the number of entries.
func (t *Table) Len() int { return int(t.entries) }

// Value returns the value of an entry that [Table.Longest] found. The bytes
// belong to the table.
func (t *Table) Value(entry uint32) []byte { return t.values.At(entry) }

// Longest finds the longest key that text begins with and returns its entry
// and its length in bytes, or 0, 0.
func (t *Table) Longest(text []byte) (entry uint32, length int) {
	if len(text) == 0 {
		return 0, 0
	}
	first, i := Decode(text)
	if !t.characters {
		from, at := twoFlag|uint64(first)&codeMask, i
		for at < len(text) {
			c, size := Decode(text[at:])
			node := t.follow(from, c)
			if node == 0 {
				break
			}
			at += size
			from = node & nodeMask
			if from <= uint64(t.entries) {
				entry, length = uint32(from), at
			}
			if node&moreFlag == 0 {
				break
			}
		}
	}
	if length == 0 && t.singles {
		if entry = uint32(t.follow(0, first) & nodeMask); entry != 0 {
			length = i
		}
	}
	return entry, length
}

// follow returns the node to which c leads, with its flag, or 0.
func (t *Table) follow(from uint64, c rune) uint64 {
	want := from<<fieldBits | uint64(c)&codeMask
	slot := want * hashFactor >> t.shift * 8
	for {
		edge := binary.LittleEndian.Uint64(t.edges[slot:])
		if edge>>fieldBits <= want {
			if edge>>fieldBits < want {
				return 0
			}
			return edge & (moreFlag | nodeMask)
		}
		slot = (slot + 8) & uint64(len(t.edges)-1)
	}
}

// Values maps entries, numbered from 1, to byte strings in a shared pool.
// Each value is a little-endian offset into the pool, where the string stands
// behind its length (an unsigned varint); offsets take three bytes, or four if
// the pool is larger than that reaches.
type Values struct {
	offsets []byte
	pool    []byte
	width   int // of an offset in bytes
}

// At returns the value of an entry. The bytes belong to the pool.
func (v Values) At(entry uint32) []byte {
	at := v.offsets[v.width*int(entry-1):]
	offset := uint32(at[0]) | uint32(at[1])<<8 | uint32(at[2])<<16
	if v.width > 3 {
		offset |= uint32(at[3]) << 24
	}
	return poolAt(v.pool, offset)
}

func poolAt(pool []byte, offset uint32) []byte {
	text := pool[offset:]
	if n := text[0]; n < 0x80 {
		return text[1 : 1+int(n) : 1+int(n)]
	}
	n, size := binary.Uvarint(text)
	return text[size : size+int(n) : size+int(n)]
}
