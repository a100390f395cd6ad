package han_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/hanconv/hanconv/han"
)

// checkTiling holds an alignment against its duties.
func checkTiling(t testing.TB, name string, a han.Alignment, want string) {
	t.Helper()
	if a.Target != want {
		t.Fatalf("%s: target %q, want %q", name, a.Target, want)
	}
	source, target := 0, 0
	for i, s := range a.Spans {
		if s.Source.Start != source || s.Target.Start != target || s.Source.Len() < 0 || s.Target.Len() < 0 || s.Source.Len()+s.Target.Len() == 0 {
			t.Fatalf("%s: span %d is %v after %d, %d", name, i, s, source, target)
		}
		source, target = s.Source.End, s.Target.End
		same := a.Source[s.Source.Start:source] == a.Target[s.Target.Start:target]
		if same == s.Changed {
			t.Fatalf("%s: span %d %v says changed=%v", name, i, s, s.Changed)
		}
		if i > 0 && !s.Changed && !a.Spans[i-1].Changed {
			t.Fatalf("%s: spans %d and %d are both unchanged", name, i-1, i)
		}
	}
	if source != len(a.Source) || target != len(a.Target) {
		t.Fatalf("%s: spans end at %d, %d of %d, %d", name, source, target, len(a.Source), len(a.Target))
	}
}

func TestAlignTiles(t *testing.T) {
	for _, p := range pairs() {
		r := rand.New(rand.NewPCG(11, 12))
		for range 50 {
			text := randomText(r, p.keys, 40)
			checkTiling(t, p.name, p.converter.Align(text), p.reference.convert(text))
		}
	}
}

func TestAlignUnits(t *testing.T) {
	c := pairNamed(t, "s2twp").converter
	a := c.Align("a𠮷软件b\xFF里")
	want := []string{"a𠮷=a𠮷", "软件=軟體", "b\xFF=b\xFF", "里=裡"}
	var got []string
	for _, s := range a.Spans {
		got = append(got, a.Source[s.Source.Start:s.Source.End]+"="+a.Target[s.Target.Start:s.Target.End])
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("spans %q, want %q", got, want)
	}
	if got, want := a.CodePoints()[1].Source, (han.Range{Start: 2, End: 4}); got != want {
		t.Errorf("code points: %v, want %v", got, want)
	}
	if got, want := a.UTF16()[3].Target, (han.Range{Start: 7, End: 8}); got != want {
		t.Errorf("UTF-16: %v, want %v", got, want)
	}
}

func TestAlignUnitsAgreeWithTheirText(t *testing.T) {
	p := pairNamed(t, "tw2sp")
	r := rand.New(rand.NewPCG(13, 14))
	for range 50 {
		text := strings.ToValidUTF8(randomText(r, p.keys, 30), "")
		a := p.converter.Align(text)
		points, units := a.CodePoints(), a.UTF16()
		for i, s := range a.Spans {
			if want := utf8.RuneCountInString(text[:s.Source.End]); points[i].Source.End != want {
				t.Fatalf("span %d ends at code point %d, want %d", i, points[i].Source.End, want)
			}
			if want := len(utf16.Encode([]rune(a.Target[:s.Target.End]))); units[i].Target.End != want {
				t.Fatalf("span %d ends at UTF-16 unit %d, want %d", i, units[i].Target.End, want)
			}
		}
	}
}

func TestAlignChangesOfLength(t *testing.T) {
	for _, c := range []struct{ profile, text, spans string }{
		{"tw2sp", "埠", "埠=端口"},
		{"s2twp", "打印机", "打印机=印表機"},
		{"s2tw", "只有头发", "只有=只有 头发=頭髮"},
		{"t2s", "", ""},
	} {
		a := pairNamed(t, c.profile).converter.Align(c.text)
		var got []string
		for _, s := range a.Spans {
			got = append(got, a.Source[s.Source.Start:s.Source.End]+"="+a.Target[s.Target.Start:s.Target.End])
		}
		if strings.Join(got, " ") != c.spans {
			t.Errorf("%s %q: spans %q, want %q", c.profile, c.text, got, c.spans)
		}
	}
}

func TestInspect(t *testing.T) {
	got, err := json.Marshal(pairNamed(t, "s2twp").converter.Inspect("打印机里的\uF900"))
	if err != nil {
		t.Fatal(err)
	}
	// As printed by OpenCC 1.4.1, --inspect -c s2twp.json.
	want := `{"input":"打印机里的豈","segments":[],"stages":[],"pipelineStages":[` +
		`{"input":"打印机里的豈","segments":["打印机里的豈"],"stages":[{"index":1,"segments":["打印机里的豈"]}],"pipelineStages":[],"output":"打印机里的豈"},` +
		`{"input":"打印机里的豈","segments":["打印机","里的豈"],"stages":[{"index":1,"segments":["打印機","裏的豈"]},{"index":2,"segments":["印表機","裡的豈"]}],"pipelineStages":[],"output":"印表機裡的豈"}` +
		`],"output":"印表機裡的豈"}`
	want = strings.Replace(want, "豈", "\uF900", 3)
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestInspectAgreesWithConvert(t *testing.T) {
	for _, p := range pairs() {
		r := rand.New(rand.NewPCG(15, 16))
		for range 30 {
			text := randomText(r, p.keys, 20)
			i := p.converter.Inspect(text)
			if want := p.reference.convert(text); i.Output != want {
				t.Fatalf("%s: Inspect(%q).Output = %q, want %q", p.name, text, i.Output, want)
			}
		}
	}
}
