package main

import (
	"os"
	"strings"
	"testing"
)

func TestTour(t *testing.T) {
	article, err := os.ReadFile("../../testdata/article.zh-Hans.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := tour(t.Context(), &out, string(article)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"印表機", "characters converted in", "The service answered with the same"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
