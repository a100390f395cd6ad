package main

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	longbridge "github.com/longbridgeapp/opencc"

	"github.com/hanconv/hanconv/bench/corpus"
	"github.com/hanconv/hanconv/han"
)

// TestCases counts how many of OpenCC's own cases the Go converters pass.
func TestCases(t *testing.T) {
	ours, theirs := score{}, score{}
	for _, p := range han.Profiles() {
		c, err := han.New(p.Name, han.WithTofuRisk())
		if err != nil {
			t.Fatal(err)
		}
		ours = countIn(ours, p.Name, func(s string) (string, error) { return c.Convert(s), nil })
		if l, err := longbridge.New(p.Name); err == nil {
			theirs = countIn(theirs, p.Name, l.Convert)
		}
	}
	t.Logf("hanconv passes %d of %d cases, longbridgeapp/opencc %d of %d",
		ours.passed, ours.offered, theirs.passed, theirs.offered)
	if ours.passed != allCases() {
		t.Errorf("hanconv passes %d of %d cases", ours.passed, allCases())
	}
}

func countIn(n score, profile string, convert func(string) (string, error)) score {
	inputs, wants := cases(profile)
	for i, input := range inputs {
		n.offered++
		if got, err := convert(input); err == nil && got == wants[i] {
			n.passed++
		}
	}
	return n
}

// BenchmarkProfiles converts every text by every profile. Texts that have not
// been fetched are left out.
func BenchmarkProfiles(b *testing.B) {
	env, err := environment()
	if err != nil {
		b.Fatal(err)
	}
	texts := corpus.Open(env.Cache, env.Project, 128<<10)
	for _, p := range han.Profiles() {
		for _, name := range corpus.Names() {
			file, err := texts.File(name, p.Name)
			if errors.Is(err, corpus.ErrNone) || errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { os.Remove(file) })
			text, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(p.Name+"/"+name, func(b *testing.B) { benchmarkText(b, p.Name, text) })
		}
	}
}

func benchmarkText(b *testing.B, profile string, text []byte) {
	ours, err := han.New(profile)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("hanconv", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		dst := ours.Append(nil, text)
		for b.Loop() {
			dst = ours.Append(dst[:0], text)
		}
	})
	theirs, err := longbridge.New(profile)
	if err != nil {
		return // not offered
	}
	b.Run("longbridgeapp", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		s := string(text)
		for b.Loop() {
			if _, err := theirs.Convert(s); err != nil {
				b.Fatal(err)
			}
		}
	})
}
