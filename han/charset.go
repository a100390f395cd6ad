package han

// charSet is a set of characters of the BMP.
type charSet [1 << 10]uint64

func (s *charSet) add(c rune)    { s[c>>6&1023] |= 1 << (c & 63) }
func (s *charSet) remove(c rune) { s[c>>6&1023] &^= 1 << (c & 63) }

func (s *charSet) addAll(t *charSet) {
	for i, bits := range t {
		s[i] |= bits
	}
}

func (s *charSet) has(c rune) bool { return c>>16 == 0 && s[c>>6&1023]>>(c&63)&1 != 0 }

// bit is 1 for the 3-byte character in w's lowest bytes if the set holds it, or 0.
func (s *charSet) bit(w uint64) uint64 {
	return s[w&0xF<<6|w>>8&0x3F] >> (w >> 16 & 63) & 1
}

// threeBytes decodes the character in the lowest three bytes of w.
func threeBytes(w uint64) rune { return rune(w&0xF)<<12 | rune(w>>8&0x3F)<<6 | rune(w>>16&0x3F) }
