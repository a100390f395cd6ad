package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// slackBytes is how much garbage a server lets gather before it collects it. Go's default is as much as there is in use,
// which is little here: a third of a short call went into collecting.
const slackBytes = 16 << 20

// collector sets GOGC after each collection, so that as many bytes of garbage may gather as it has slack, or as are in
// use if that is more.
type collector struct {
	slack   uint64
	percent int
	live    []metrics.Sample
}

// collectLess lets garbage gather from now on, unless the operator has set GOGC. The memory limit holds all the same.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		newCollector(slackBytes).watch()
	}
}

func newCollector(slack uint64) *collector {
	c := &collector{slack: slack, live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}}
	c.adjust()
	return c
}

// watch adjusts after the next collection, which is when the mark is gone, and so on.
func (c *collector) watch() {
	mark := new([64]byte) // too large to share memory with something that stays
	runtime.AddCleanup(mark, func(c *collector) {
		c.adjust()
		c.watch()
	}, c)
}

func (c *collector) adjust() {
	const least, most = 100, 400 // Go collects no heap of less than 4 MB times GOGC/100
	metrics.Read(c.live)
	live := max(c.live[0].Value.Uint64(), 1)
	percent := int(min(max(100*c.slack/live, least), most))
	if difference := percent - c.percent; 8*max(difference, -difference) > percent { // setting it stops the world
		c.percent = percent
		debug.SetGCPercent(percent)
	}
}
