package han_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/han"
)

// verdict compares conversions with what was expected. Cases that are known to
// fail are listed in testdata/context/failing.txt, one source text a line; it
// is an error if one of them passes, so that the list stays true.
type verdict struct {
	known          []string
	total, failed  map[string]int
	surprises, log []string
}

func newVerdict(t *testing.T) *verdict {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "context", "failing.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			known = append(known, line)
		}
	}
	return &verdict{known: known, total: map[string]int{}, failed: map[string]int{}}
}

func (v *verdict) judge(class, profile, source, got, want string, right bool) {
	v.total[class]++
	expected := !slices.Contains(v.known, profile+" "+source)
	if !right {
		v.failed[class]++
		v.log = append(v.log, profile+" "+source+"\n\t got "+got+"\n\twant "+want)
	}
	switch {
	case right && !expected:
		v.surprises = append(v.surprises, "listed as failing, but right: "+profile+" "+source)
	case !right && expected:
		v.surprises = append(v.surprises, "wrong: "+profile+" "+source+"\n\t got "+got+"\n\twant "+want)
	}
}

func (v *verdict) report(t *testing.T) {
	t.Helper()
	for class, n := range v.total {
		t.Logf("%s: %d of %d right", class, n-v.failed[class], n)
	}
	for _, s := range v.surprises {
		t.Error(s)
	}
	if name := os.Getenv("HANCONV_FAILING"); name != "" {
		if err := os.WriteFile(name, []byte(strings.Join(v.log, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// contextOrNot makes converters with context, or, for comparison, without.
func contextOrNot(t *testing.T) func(profile string) *han.Converter {
	made := map[string]*han.Converter{}
	return func(profile string) *han.Converter {
		if made[profile] == nil {
			opt := han.WithContext()
			if os.Getenv("HANCONV_WITHOUT_CONTEXT") != "" {
				opt = han.WithoutContext()
			}
			c, err := han.New(profile, opt)
			if err != nil {
				t.Fatal(err)
			}
			made[profile] = c
		}
		return made[profile]
	}
}

// TestContextCharacters converts each case to the targets it is for.
func TestContextCharacters(t *testing.T) {
	converter, v := contextOrNot(t), newVerdict(t)
	for _, row := range contextCases(t, "characters.tsv", 6) {
		class, target, source, tw, hk := row[0], row[1], row[2], row[3], row[5]
		if target != "hk" {
			got := converter("s2tw").Convert(source)
			v.judge(class+" tw", "s2tw", source, got, tw, got == tw)
		}
		if target == "hk" || target == "both" && hk != "" {
			want := hk
			if target == "hk" {
				want = tw
			}
			got := converter("s2hk").Convert(source)
			v.judge(class+" hk", "s2hk", source, got, want, got == want)
		}
	}
	v.report(t)
}

// TestContextSimplified does the same towards Simplified.
func TestContextSimplified(t *testing.T) {
	converter, v := contextOrNot(t), newVerdict(t)
	for _, row := range contextCases(t, "simplified.tsv", 5) {
		class, region, source, want := row[0], row[1], row[2], row[3]
		got := converter(region + "2s").Convert(source)
		v.judge(class+" "+region, region+"2s", source, got, want, got == want)
	}
	v.report(t)
}

// TestContextVocabulary looks for the rendering of a term in each sentence.
func TestContextVocabulary(t *testing.T) {
	converter, v := contextOrNot(t), newVerdict(t)
	for _, row := range contextCases(t, "vocabulary.tsv", 6) {
		profile, polarity, source, want := row[0], row[1], row[2], row[4]
		got := converter(profile).Convert(source)
		right := slices.ContainsFunc(strings.Split(want, "/"), func(w string) bool { return strings.Contains(got, w) })
		v.judge(profile+" "+polarity, profile, source, got, want, right)
	}
	v.report(t)
}
