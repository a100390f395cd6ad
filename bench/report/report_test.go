package report

import (
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	values := []float64{9, 1, 5}
	if m := Median(values); m != 5 || values[0] != 9 {
		t.Errorf("median %v, values now %v", m, values)
	}
	if m := Median([]float64{4, 1, 2, 100}); m != 3 {
		t.Errorf("median of four: %v", m)
	}
	if m := Median(nil); m != 0 {
		t.Errorf("median of nothing: %v", m)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "–", -1: "–", 3.84: "3.8", 46.4: "46", 465: "465", 1234: "1,234", 1234567: "1,234,567"} {
		if got := Number(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	table := Table{Labels: 1, Head: []string{"profile", "a", "b"}}
	table.Add("s2t", "1", "2")
	var b strings.Builder
	if err := table.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := "| profile | a | b |\n| --- | --: | --: |\n| s2t | 1 | 2 |\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// parse returns the widths of the bars and the texts, and fails unless the
// plot is well-formed XML.
func parse(t *testing.T, svg string) (widths []float64, texts []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return widths, texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local != "rect" {
				continue
			}
			for _, a := range e.Attr {
				if a.Name.Local == "width" {
					w, _ := strconv.ParseFloat(a.Value, 64)
					widths = append(widths, w)
				}
			}
		case xml.CharData:
			texts = append(texts, string(e))
		}
	}
}

func TestSVG(t *testing.T) {
	plot := Plot{Title: `s2t & "co" <b>`, Unit: "MB/s", Groups: []Group{
		{"s2t", []Bar{{"hanconv", 0, 400}, {"half", 1, 200}, {"tiny", 2, 0.01}}},
		{"t2s", []Bar{{"hanconv", 0, 100}}},
	}}
	widths, texts := parse(t, plot.SVG())
	if want := []float64{400, 200, 1, 100}; !reflect.DeepEqual(widths, want) {
		t.Errorf("bars are %v wide, want %v", widths, want)
	}
	for _, want := range []string{plot.Title, "MB/s", "half", "400", "t2s"} {
		if !strings.Contains(strings.Join(texts, "\x00"), want) {
			t.Errorf("no text %q in %q", want, texts)
		}
	}
	if parse(t, Plot{}.SVG()); strings.Contains(Plot{}.SVG(), "NaN") {
		t.Error("an empty plot has NaN in it")
	}
}
