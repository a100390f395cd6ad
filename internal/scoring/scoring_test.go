package scoring_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hanconv/hanconv/internal/scoring"
)

func judge(t *testing.T) *scoring.Judge {
	t.Helper()
	variants, err := scoring.ReadVariants(strings.NewReader("# groups\n\n裡裏里\n臺台\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	ambiguous, err := scoring.ReadAmbiguous(strings.NewReader("# hard, soft\n发后\n\n台\n"))
	if err != nil {
		t.Fatal(err)
	}
	return &scoring.Judge{Variants: variants, Ambiguous: ambiguous}
}

func compare(j *scoring.Judge, pairs []scoring.Pair, got ...string) (s scoring.Score, wrong []scoring.Mistake) {
	for i, p := range pairs {
		j.Compare(&s, p, got[i], func(m scoring.Mistake) { wrong = append(wrong, m) })
	}
	return s, wrong
}

func TestScore(t *testing.T) {
	pairs, err := scoring.ReadPairs(strings.NewReader("头发, ok\t頭髮, ok\nno pair\n台里\t臺裡\tmore\r\n后发\t后發\n三\t三三"))
	if err != nil || len(pairs) != 4 || pairs[1].Line != 3 || pairs[1].Want != "臺裡" {
		t.Fatalf("got %v, %v", pairs, err)
	}
	s, wrong := compare(judge(t), pairs, "頭發, OK", "台里", "后", "三三")
	if s.Lines != 3 || s.LinesRight != 1 || s.LinesSkipped != 1 {
		t.Errorf("lines of %+v", s)
	}
	if want := (scoring.Tally{Characters: 6, Errors: 2}); s.All != want {
		t.Errorf("all: %+v", s.All)
	}
	if want := (scoring.Tally{Characters: 4, Errors: 2}); s.Ambiguous != want {
		t.Errorf("ambiguous: %+v", s.Ambiguous)
	}
	if want := (scoring.Tally{Characters: 3, Errors: 2}); s.Hard != want {
		t.Errorf("hard: %+v", s.Hard)
	}
	if want := []scoring.Mistake{
		{Line: 1, Source: "发", Want: "髮", Got: "發", Context: "頭髮, ok"},
		{Line: 4, Source: "发", Want: "發", Got: "", Context: "后發"},
	}; !slices.Equal(wrong, want) {
		t.Errorf("mistakes: %+v", wrong)
	}
	if p := s.LinesPercent(); math.Abs(p-100./3) > 1e-9 {
		t.Errorf("%g%% of the lines", p)
	}
}

func TestWithoutFilesEveryDifferenceCounts(t *testing.T) {
	s, wrong := compare(&scoring.Judge{}, []scoring.Pair{{Line: 1, Source: "台里", Want: "臺裡"}}, "台里")
	if s.All.Errors != 2 || len(wrong) != 2 || s.Ambiguous.Characters != 0 || s.Macro() != 0 {
		t.Errorf("got %+v, %+v", s, wrong)
	}
}

// TestMacro: nine in ten of a frequent sense and none of a rare one are 45%, and a sense that hardly occurs is left out.
func TestMacro(t *testing.T) {
	j := judge(t)
	pairs := []scoring.Pair{
		{Line: 1, Source: strings.Repeat("发", 40), Want: strings.Repeat("發", 40)},
		{Line: 2, Source: strings.Repeat("发", 10), Want: strings.Repeat("髮", 10)},
		{Line: 3, Source: strings.Repeat("后", 9), Want: strings.Repeat("后", 9)},
	}
	s, _ := compare(j, pairs, strings.Repeat("發", 36)+"髮髮髮髮", strings.Repeat("發", 10), strings.Repeat("後", 9))
	if got := s.Macro(); math.Abs(got-45) > 1e-9 {
		t.Errorf("macro %g", got)
	}
	var sum scoring.Score
	sum.Add(&s)
	sum.Add(&s)
	if got := sum.Macro(); math.Abs(got-30) > 1e-9 { // now 后 occurs often enough, too
		t.Errorf("macro of both %g", got)
	}
	if sum.Hard.Characters != 2*s.Hard.Characters || sum.Lines != 6 || sum.All.Errors != 2*s.All.Errors {
		t.Errorf("sum %+v", sum)
	}
}

func TestOnlyHanCharactersCount(t *testing.T) {
	text := "a1，。ㄅあ⺀㐀鿿豈𠀀🀄"
	s, _ := compare(&scoring.Judge{}, []scoring.Pair{{Line: 1, Source: text, Want: text}}, text)
	if s.All.Characters != 4 || s.LinesRight != 1 {
		t.Errorf("got %+v", s)
	}
}

func TestContextReachesEightCharacters(t *testing.T) {
	line := "一二三四五六七八九发九八七六五四三二一"
	_, wrong := compare(&scoring.Judge{}, []scoring.Pair{{Line: 7, Source: line, Want: line}},
		strings.Replace(line, "发", "發", 1))
	if len(wrong) != 1 || wrong[0].Context != "二三四五六七八九发九八七六五四三二" || wrong[0].Line != 7 {
		t.Errorf("got %+v", wrong)
	}
}

func TestTable(t *testing.T) {
	s, _ := compare(judge(t), []scoring.Pair{{Line: 1, Source: "头发", Want: "頭髮"}}, "頭發")
	for ambiguous, want := range map[bool]string{
		true:  "x 2 50.000 1 0.00 1 0.00 1 0.00 0.00",
		false: "x 2 50.000 1 - - - - - 0.00",
	} {
		var b strings.Builder
		table, err := scoring.NewTable(&b, ambiguous)
		if err != nil || table.Row("x", &s) != nil {
			t.Fatal(err)
		}
		lines := strings.Split(b.String(), "\n")
		if len(lines) != 3 || len(lines[0]) != len(lines[1]) || strings.Join(strings.Fields(lines[1]), " ") != want {
			t.Errorf("got\n%s", b.String())
		}
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	pairs := func(s string) error { _, err := scoring.ReadPairs(strings.NewReader(s)); return err }
	ambiguous := func(s string) error { _, err := scoring.ReadAmbiguous(strings.NewReader(s)); return err }
	variants := func(s string) error { _, err := scoring.ReadVariants(strings.NewReader(s)); return err }
	for _, test := range []struct {
		err  error
		want string
	}{
		{pairs(""), "no pair"},
		{pairs("a b\n"), "no pair"},
		{pairs("a\tb\n\xff\tb\n"), "line 2 is not UTF-8"},
		{variants("裡裏\n\n\xe8"), "line 3 is not UTF-8"},
		{ambiguous("发\n"), "1 lines"},
		{ambiguous("发\n后\n#\n里\n"), "line 4"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("got %v, want %q", test.err, test.want)
		}
	}
	if _, err := scoring.ReadPairs(iotest.ErrReader(iotest.ErrTimeout)); err == nil {
		t.Error("no error of the reader")
	}
}

// FuzzRead: no file makes the readers fail in another way than by an error, and what they give can be scored.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "头发\t頭髮\n", "发\n后\n", "#\n裡裏\r\n", "\t\n\t", "\xff\t", "a\tb\x00c"} {
		f.Add(s, "頭髮")
	}
	f.Fuzz(func(t *testing.T, file, got string) {
		var j scoring.Judge
		j.Variants, _ = scoring.ReadVariants(strings.NewReader(file))
		j.Ambiguous, _ = scoring.ReadAmbiguous(strings.NewReader(file))
		pairs, err := scoring.ReadPairs(strings.NewReader(file))
		if (err == nil) != (len(pairs) > 0) {
			t.Fatalf("%d pairs and %v", len(pairs), err)
		}
		var s scoring.Score
		for _, p := range pairs {
			j.Compare(&s, p, got, nil)
			j.Compare(&s, p, p.Want, nil)
		}
		if s.Lines+s.LinesSkipped != 2*len(pairs) || s.All.Errors > s.All.Characters || s.LinesRight*2 < s.Lines {
			t.Fatalf("%d pairs: %+v", len(pairs), s)
		}
	})
}
