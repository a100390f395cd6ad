package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// The annotations of a flag.
const (
	reloadableMark = "hanconv-reloadable"
	secretMark     = "hanconv-secret"
)

// Reloadable marks settings of which a running server takes a new value at SIGHUP; the others need a restart.
func Reloadable(f *pflag.FlagSet, names ...string) { mark(f, reloadableMark, names) }

// Secret marks settings whose value is never shown.
func Secret(f *pflag.FlagSet, names ...string) { mark(f, secretMark, names) }

func mark(f *pflag.FlagSet, annotation string, names []string) {
	for _, name := range names {
		if err := f.SetAnnotation(name, annotation, nil); err != nil {
			panic(err) // a section marks a flag that it does not have
		}
	}
}

func marked(f *pflag.Flag, annotation string) bool {
	_, ok := f.Annotations[annotation]
	return ok
}

// chosen is a flag whose value is one of a few words.
type chosen struct {
	value *string
	words []string
}

// choice makes the first word the default.
func choice(value *string, words ...string) chosen {
	*value = words[0]
	return chosen{value, words}
}

// Set implements pflag.Value.
func (c chosen) Set(s string) error {
	if !slices.Contains(c.words, s) {
		return fmt.Errorf("one of %s is wanted", strings.Join(c.words, ", "))
	}
	*c.value = s
	return nil
}

// String implements pflag.Value.
func (c chosen) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

// Type implements pflag.Value.
func (c chosen) Type() string { return "word" }

// optionalSize is a byteSize that may be 0.
type optionalSize struct{ byteSize[int64] }

func optionalSizeFlag(n *int64) optionalSize { return optionalSize{sizeFlag(n)} }

// Set implements pflag.Value.
func (o optionalSize) Set(s string) error {
	if s == "0" {
		*o.n = 0
		return nil
	}
	return o.byteSize.Set(s)
}
