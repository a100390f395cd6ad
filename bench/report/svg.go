package report

import (
	"fmt"
	"html"
	"strings"
)

// Plot is a bar plot: groups of horizontal bars on one linear scale.
type Plot struct {
	Title  string
	Unit   string
	Groups []Group
}

// Group is a labelled set of bars.
type Group struct {
	Label string
	Bars  []Bar
}

// Bar is one value. Bars of the same Series have the same colour throughout.
type Bar struct {
	Label  string
	Series int
	Value  float64
}

const (
	plotWidth  = 760
	labelWidth = 290
	valueWidth = 70 // room for the number after the longest bar
	barHeight  = 16
	groupGap   = 22
	margin     = 14
	titleSpace = 46
)

// colours can be told apart by most colour-blind readers (Okabe and Ito).
var colours = []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#999999"}

// style follows the reader's light or dark theme.
const style = `text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-size:15px;font-weight:600}.g{font-weight:600}` +
	`@media(prefers-color-scheme:dark){text{fill:#e6edf3}}`

// SVG draws the plot.
func (p Plot) SVG() string {
	var b strings.Builder
	y := titleSpace
	for _, g := range p.Groups {
		p.group(&b, g, y)
		y += len(g.Bars)*barHeight + groupGap
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`,
		plotWidth, y, html.EscapeString(p.Title)) + "\n<style>" + style + "</style>\n" +
		text(margin, 20, "t", p.Title) + text(margin, 38, "", p.Unit) + b.String() + "</svg>\n"
}

func (p Plot) group(b *strings.Builder, g Group, y int) {
	b.WriteString(text(margin, y+barHeight-4, "g", g.Label))
	for i, bar := range g.Bars {
		p.bar(b, bar, y+i*barHeight)
	}
}

func (p Plot) bar(b *strings.Builder, bar Bar, y int) {
	room := float64(plotWidth - labelWidth - valueWidth)
	width := max(1, bar.Value/p.longest()*room)
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n",
		labelWidth, y+1, width, barHeight-3, colours[bar.Series%len(colours)])
	b.WriteString(text(70, y+barHeight-4, "", bar.Label))
	b.WriteString(text(labelWidth+int(width)+5, y+barHeight-4, "", Number(bar.Value)))
}

func (p Plot) longest() float64 {
	longest := 1.0
	for _, g := range p.Groups {
		for _, bar := range g.Bars {
			longest = max(longest, bar.Value)
		}
	}
	return longest
}

func text(x, y int, class, s string) string {
	if class != "" {
		class = ` class="` + class + `"`
	}
	return fmt.Sprintf(`<text x="%d" y="%d"%s>%s</text>`+"\n", x, y, class, html.EscapeString(s))
}
