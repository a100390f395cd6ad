package scoring

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Pair is a line of a set.
type Pair struct {
	Line         int // from 1
	Source, Want string
}

// ReadPairs reads a set. Lines without a TAB are left out, and so are columns
// after the second.
func ReadPairs(r io.Reader) ([]Pair, error) {
	var pairs []Pair
	err := eachLine(r, func(n int, line string) error {
		if fields := strings.Split(line, "\t"); len(fields) > 1 {
			pairs = append(pairs, Pair{n, fields[0], fields[1]})
		}
		return nil
	})
	if err == nil && len(pairs) == 0 {
		err = errors.New("no pair in it: a line has a text, a TAB, and what it should become")
	}
	return pairs, err
}

// Variants folds interchangeable characters into one of them.
type Variants map[rune]rune

// ReadVariants reads groups of interchangeable characters, one a line. Empty
// lines and those that begin with # are left out.
func ReadVariants(r io.Reader) (Variants, error) {
	v := Variants{}
	err := eachEntry(r, func(_ int, group string) error {
		first, _ := utf8.DecodeRuneInString(group)
		for _, c := range group {
			v[c] = first
		}
		return nil
	})
	return v, err
}

// fold returns the character that stands for c's group.
func (v Variants) fold(c rune) rune {
	if first, ok := v[c]; ok {
		return first
	}
	return c
}

// equal compares texts of any length.
func (v Variants) equal(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if v.fold(a[i]) != v.fold(b[i]) {
			return false
		}
	}
	return true
}

// Ambiguous are characters of the source with several results.
type Ambiguous struct {
	Hard map[rune]bool // the choice changes the meaning
	Soft map[rune]bool // usage allows more than one
}

// ReadAmbiguous reads two lines: the hard characters and the soft ones. Empty
// lines and those that begin with # are left out.
func ReadAmbiguous(r io.Reader) (*Ambiguous, error) {
	var sets []map[rune]bool
	err := eachEntry(r, func(n int, line string) error {
		if len(sets) == 2 {
			return fmt.Errorf("line %d: there are two lines already, the hard characters and the soft ones", n)
		}
		set := map[rune]bool{}
		for _, c := range line {
			set[c] = true
		}
		sets = append(sets, set)
		return nil
	})
	if err == nil && len(sets) != 2 {
		err = fmt.Errorf("%d lines of characters; two are wanted, the hard ones and the soft ones", len(sets))
	}
	if err != nil {
		return nil, err
	}
	return &Ambiguous{sets[0], sets[1]}, nil
}

func eachEntry(r io.Reader, do func(n int, line string) error) error {
	return eachLine(r, func(n int, line string) error {
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			return nil
		}
		return do(n, line)
	})
}

// eachLine calls do with each line and its number, without the line's end.
func eachLine(r io.Reader, do func(n int, line string) error) error {
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if line == "" {
			return nil
		}
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if !utf8.ValidString(line) {
			return fmt.Errorf("line %d is not UTF-8", n)
		}
		if err := do(n, line); err != nil {
			return err
		}
	}
}
