package client_test

import (
	"io"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/han"
)

// contested has characters on which the dictionaries and the context disagree.
const contested = "𠮷野家：爱迪生发明了电灯。少数组织的法律程序，皇后后面的头发\n"

func TestContextModes(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	byProfile := client.Options{Profile: "s2twp"}
	byLanguage := client.Options{Source: "zh-CN", Target: "zh-TW"}
	for _, test := range []struct {
		options client.Options
		mode    client.ContextMode
		context bool
	}{
		{byProfile, client.ContextDefault, false},
		{byProfile, client.ContextOn, true},
		{byProfile, client.ContextOff, false},
		{byLanguage, client.ContextDefault, true},
		{byLanguage, client.ContextOn, true},
		{byLanguage, client.ContextOff, false},
		{client.Options{Profile: "jp2t"}, client.ContextOn, false}, // nothing to choose
	} {
		o := test.options
		o.Context = test.mode
		checkMode(t, c, o, test.context)
	}
}

func checkMode(t *testing.T, c *client.Client, o client.Options, context bool) {
	t.Helper()
	result, err := c.Convert(t.Context(), contested, o)
	if err != nil {
		t.Fatal(err)
	}
	conv := library(t, result.Profile)
	want := client.Info{Profile: result.Profile, Fingerprint: conv.Fingerprint(), Version: han.DictionaryVersion()}
	if context {
		conv = inContext(t, result.Profile)
		want.Context, want.Model = true, model()
	}
	if result.Text != conv.Convert(contested) || result.Info != want || result.Choices != nil {
		t.Errorf("%+v: got %+v", o, result)
	}
	batch, err := c.ConvertBatch(t.Context(), []string{contested}, o)
	if err != nil || batch.Items[0].Text != result.Text || batch.Info != want {
		t.Errorf("%+v: got %+v, %v", o, batch, err)
	}
	r := c.NewReader(t.Context(), strings.NewReader(contested), o)
	streamed, err := io.ReadAll(r)
	if err != nil || string(streamed) != result.Text || r.Info() != want {
		t.Errorf("%+v: got %q, %+v, %v", o, streamed, r.Info(), err)
	}
}

func TestChoices(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	a := inContext(t, "s2twp").Align(contested)
	o := client.Options{Profile: "s2twp", Context: client.ContextOn, Alignment: client.Bytes}
	got, err := c.Convert(t.Context(), contested, o)
	if err != nil {
		t.Fatal(err)
	}
	checkChoices(t, got.Choices, a.Choices)
	batch, err := c.ConvertBatch(t.Context(), []string{"", contested}, o)
	if err != nil {
		t.Fatal(err)
	}
	checkChoices(t, batch.Items[1].Choices, a.Choices)

	o.Alignment = client.CodePoints
	if got, err = c.Convert(t.Context(), contested, o); err != nil {
		t.Fatal(err)
	}
	for i, choice := range got.Choices {
		place := a.Choices[i].Source
		piece := string([]rune(contested)[choice.Source.Start:choice.Source.End])
		if want := contested[place.Start:place.End]; piece != want {
			t.Errorf("choice %d is about %q, want %q", i, piece, want)
		}
	}
}

func checkChoices(t *testing.T, got []client.Choice, want []han.Choice) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d choices, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if han.Range(g.Source) != w.Source || g.Chosen != w.Chosen || float32(g.Confidence) != float32(w.Confidence) ||
			!strings.EqualFold(string(g.Reason), string(w.Reason)) || len(g.Candidates) != len(w.Candidates) {
			t.Errorf("choice %d: got %+v, want %+v", i, g, w)
			continue
		}
		for k, candidate := range w.Candidates {
			if g.Candidates[k].Text != candidate.Text || float32(g.Candidates[k].Probability) != float32(candidate.Probability) {
				t.Errorf("choice %d: got %+v, want %+v", i, g, w)
			}
		}
	}
}
