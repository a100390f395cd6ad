package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hanconv/hanconv/bench/corpus"
	"github.com/hanconv/hanconv/bench/peer"
	"github.com/hanconv/hanconv/bench/report"
)

// ours is the peer that the others are compared with.
const ours = "hanconv"

func (b *bench) table() *report.Table {
	t := &report.Table{Labels: 2, Head: []string{"profile", "measured"}}
	for _, p := range b.peers {
		t.Head = append(t.Head, p.Heading(b.env))
	}
	for _, profile := range b.profiles {
		for _, text := range b.names {
			b.speedRow(t, profile, text)
		}
	}
	b.startRows(t)
	b.loadRows(t)
	b.row(t, "all", fmt.Sprintf("OpenCC's %d cases passed", allCases()), b.caseCell)
	return t
}

// row adds a row unless all its cells are empty.
func (b *bench) row(t *report.Table, profile, what string, value func(peer.Peer) string) {
	row := []string{profile, what}
	empty := true
	for _, p := range b.peers {
		v := value(p)
		empty = empty && v == none
		row = append(row, v)
	}
	if !empty {
		t.Add(row...)
	}
}

const none = "–"

// speedRow shows speeds, beside a peer's how many times hanconv is as fast,
// beside a limit's what part of it hanconv reaches.
func (b *bench) speedRow(t *report.Table, profile, text string) {
	own := b.speeds[cell{profile, text, ours}]
	label, figure := text+", MB/s", report.Number
	if text == corpus.Title {
		label, figure = "title of 20 characters, ns", nanoseconds
	}
	b.row(t, profile, label, func(p peer.Peer) string {
		v := b.speeds[cell{profile, text, p.Name}]
		switch {
		case v == 0 || own == 0 || p.Name == ours || p.Kind == peer.Variant:
			return figure(v)
		case p.Kind == peer.Limit:
			return fmt.Sprintf("%s (%s)", figure(v), percent(own/v))
		}
		return fmt.Sprintf("%s (%s×)", figure(v), report.Number(own/v))
	})
}

// nanoseconds is how long a title takes at a speed in MB/s.
func nanoseconds(speed float64) string {
	if speed == 0 {
		return none
	}
	return report.Number(corpus.TitleBytes / speed * 1e3)
}

func percent(part float64) string {
	if part < 0.01 {
		return "<1%"
	}
	return fmt.Sprintf("%.0f%%", 100*part)
}

func (b *bench) startRows(t *report.Table) {
	for _, profile := range factProfiles {
		b.row(t, profile, "process on one line, ms (CPU)", func(p peer.Peer) string {
			for _, s := range b.facts.starts {
				if s.peer == p.Name && s.profile == profile {
					return fmt.Sprintf("%s (%s)", report.Number(s.wall), report.Number(s.cpu))
				}
			}
			return none
		})
	}
}

func (b *bench) loadRows(t *report.Table) {
	for _, profile := range append(slices.Clone(factProfiles), allProfiles) {
		b.row(t, profile, "load, CPU ms", b.loadCell(profile, func(l load) string { return report.Number(l.cpu) }))
		b.row(t, profile, "memory, MB (by loading)", b.loadCell(profile, func(l load) string {
			if l.resident == 0 || l.cpu == 0 {
				return report.Number(l.resident)
			}
			return fmt.Sprintf("%s (%s)", report.Number(l.resident), report.Number(l.grew))
		}))
	}
}

func (b *bench) loadCell(profile string, format func(load) string) func(peer.Peer) string {
	return func(p peer.Peer) string {
		for _, l := range b.facts.loads {
			if l.peer == p.Name && l.profile == profile {
				return format(l)
			}
		}
		return none
	}
}

func (b *bench) caseCell(p peer.Peer) string {
	s := b.facts.passed[p.Name]
	if s.offered == 0 {
		return none
	}
	return fmt.Sprintf("%d of %d", s.passed, s.offered)
}

// notes says below the table what its figures are.
func (b *bench) notes() string {
	pinned := fmt.Sprintf("pinned to core %d", b.env.CPU)
	if b.env.CPU < 0 {
		pinned = "not pinned to a core"
	}
	notes := []string{
		fmt.Sprintf("MB/s of UTF-8 input a second of process CPU time, %s: medians of %d interleaved rounds on at most %d KB of text.",
			pinned, b.rounds, b.size>>10),
		"×: how many times hanconv is as fast; %: what part of a limit's speed it reaches.",
		"Memory is that of the whole process. Cases: of those whose profile the converter has.",
	}
	if sources := corpus.Sources(b.env.Cache); len(sources) > 0 {
		notes = append(notes, "Texts from Debian's "+strings.Join(sources, " and ")+".")
	}
	return strings.Join(append(notes, b.missing...), "\n") + "\n"
}

// plotted are the profiles of the plot, if they were measured.
var plotted = []string{"s2t", "t2s", "s2tw", "s2twp", "tw2sp", "s2hk"}

// plot shows the first text of the table.
func (b *bench) plot() report.Plot {
	text := b.plotText()
	plot := report.Plot{
		Title: "Conversion speed on one core, text: " + text,
		Unit:  "MB of UTF-8 input a second of CPU time; longer is faster",
	}
	for _, profile := range plotted {
		g := report.Group{Label: profile}
		for i, p := range b.peers {
			v := b.speeds[cell{profile, text, p.Name}]
			if v > 0 && p.Kind == peer.Library {
				g.Bars = append(g.Bars, report.Bar{Label: p.Heading(b.env), Series: i, Value: v})
			}
		}
		if len(g.Bars) > 0 {
			plot.Groups = append(plot.Groups, g)
		}
	}
	return plot
}

// plotText is the first text that was measured with a plotted profile.
func (b *bench) plotText() string {
	for _, text := range b.names {
		for c := range b.speeds {
			if c.text == text && slices.Contains(plotted, c.profile) {
				return text
			}
		}
	}
	return ""
}
