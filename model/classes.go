package model

// Classes sorts Chinese characters by the part they play for the most part
// (numeral, surname, syllable of a foreign name): a class for each of the code
// points from [FirstClassed] to [LastClassed], from 1 on, or 0 for a character
// without one. They tell why a choice was made, and change none; see
// [Window.InName].
type Classes []byte

// The characters that have classes.
const (
	FirstClassed = 0x4E00
	LastClassed  = 0x9FFF
)

// The classes of the characters that names are made of: syllables typical of
// foreign names, those that are so to a lesser degree, characters typical of
// given names, and surnames.
const (
	ClassForeign = 2 + iota
	ClassRather
	ClassGiven
	ClassSurname
)

// InName tells whether two of the characters nearest to the item, on both sides of
// it or on one, are such as names are made of.
func (w *Window) InName() bool {
	name := func(class uint8) bool { return class >= kinds+ClassForeign && class <= kinds+ClassSurname }
	left, right := name(w.LeftClass[0]), name(w.RightClass[0])
	return left && right || left && name(w.LeftClass[1]) || right && name(w.RightClass[1])
}

// MaxClasses is how many classes there are at the most.
const MaxClasses = 255 - kinds

// of is a character's class, or its kind if it has none.
func (c Classes) of(char uint32) uint8 {
	if i := char - FirstClassed; uint64(i) < uint64(len(c)) && c[i] != 0 {
		return kinds + c[i]
	}
	return Kind(char)
}

// kinds is how many kinds of characters there are.
const kinds = 7

// Kind sorts characters into the few kinds that tell where words end.
func Kind(c uint32) uint8 {
	switch {
	case c == 0:
		return 1
	case c == '0' || 0xFF10 <= c && c <= 0xFF19:
		return 2
	case c == 'a':
		return 3
	case c < 0x80:
		return 4
	case 0x3400 <= c && c <= 0x9FFF:
		return 5
	}
	switch c {
	case '，', '。', '、', '；', '：', '！', '？':
		return 6
	}
	return kinds
}
