package main

import (
	"strings"
	"testing/fstest"

	"github.com/hanconv/hanconv/model"
)

// The classes of characters: what part one plays in a sentence for the most
// part.
const (
	numeral = 1
	foreign = model.ClassForeign // typical of transliterated names: 斯, 尼
	rather  = model.ClassRather  // a little so: 波, 马
	given   = model.ClassGiven   // typical of given names
	surname = model.ClassSurname
)

const (
	grammar = model.ClassSurname + 1 + iota // words like 的, 在, 和, 不
	measure
	place // 上, 里
	verb
	adjective
	noun
)

const numerals = "一二三四五六七八九十百千万亿两几半数零〇"

// wordClass is the class of words of a kind.
var wordClass = map[string]byte{
	"u": grammar, "uj": grammar, "ul": grammar, "uz": grammar, "ug": grammar, "uv": grammar, "ud": grammar,
	"p": grammar, "c": grammar, "r": grammar, "d": grammar, "y": grammar,
	"q": measure, "f": place, "v": verb, "vg": verb, "vn": verb, "a": adjective, "ag": adjective,
	"n": noun, "ng": noun, "ns": noun, "s": noun, "t": noun,
}

// classes sorts characters by a list of words with frequencies and kinds.
func classes(words fstest.MapFS) model.Classes {
	c := newCensus()
	list := make(model.Classes, model.LastClassed+1-model.FirstClassed)
	set := func(char rune, class byte) {
		if model.FirstClassed <= char && char <= model.LastClassed {
			list[char-model.FirstClassed] = class
		}
	}
	const frequent = 200
	for line := range strings.Lines(string(words["dict.txt"].Data)) {
		word, count, ok := wordAndCount(line)
		if !ok {
			continue
		}
		kind, text := strings.Fields(line)[2], []rune(word)
		c.add(text, kind, count)
		if len(text) == 1 && count >= frequent {
			set(text[0], wordClass[kind])
		}
	}
	for _, char := range surnames {
		set(char, surname)
	}
	for char := range c.text.count {
		if class := c.inNames(char); class != 0 {
			set(char, class)
		}
	}
	for _, char := range numerals {
		set(char, numeral)
	}
	return list
}

// shares counts characters.
type shares struct {
	count map[rune]float64
	all   float64
}

func (s *shares) add(c rune, n float64) {
	s.count[c] += n
	s.all += n
}

// census counts characters in running text and in the names of a list.
type census struct{ text, foreign, given shares }

func newCensus() *census {
	c := &census{}
	for _, s := range []*shares{&c.text, &c.foreign, &c.given} {
		s.count = map[rune]float64{}
	}
	return c
}

func (c *census) add(word []rune, kind string, count float64) {
	for i, char := range word {
		c.text.add(char, count)
		switch {
		case kind == "nrt" && len(word) >= 3:
			c.foreign.add(char, 1)
		case kind == "nr" && len(word) == 3 && i > 0 && strings.ContainsRune(surnames, word[0]):
			c.given.add(char, 1)
		}
	}
}

// inNames is the class of a character that is more frequent in names, or 0.
func (c *census) inNames(char rune) byte {
	switch abroad := c.rise(&c.foreign, char); {
	case abroad >= 12:
		return foreign
	case abroad >= 4:
		return rather
	case c.rise(&c.given, char) >= 5:
		return given
	}
	return 0
}

// rise is how many times as frequent a character is in names as in text, or 0 if
// it is rare in both.
func (c *census) rise(names *shares, char rune) float64 {
	const least, smooth = 8, 500
	if names.count[char] < least {
		return 0
	}
	return names.count[char] / names.all * c.text.all / (c.text.count[char] + smooth)
}
