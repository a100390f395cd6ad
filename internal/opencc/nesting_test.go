package opencc

import (
	"strings"
	"testing"
)

func TestTooDeep(t *testing.T) {
	for text, want := range map[string]int{
		"":                         -1,
		"[[]]":                     -1,
		"[[[":                      2,
		`{"a":[{`:                  6,
		"[][][][]":                 -1,
		"]]][[":                    -1,
		`["[[[", "]"]`:             -1,
		`["\"[[["]`:                -1,
		`["\\", [[`:                8,
		"[ // [[[\n[]]":            -1,
		"[ /* [[[\n */ [[":         14,
		"[ /* [[[ [":               -1,
		"[ // [[[":                 -1,
		`["[[[`:                    -1,
		`["[[[\`:                   -1,
		"[ / [ [":                  6,
		"[/**/[/*/ [ */[":          14,
		strings.Repeat("[]", 1000): -1,
	} {
		if got := tooDeep([]byte(text), 2); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
