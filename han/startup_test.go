package han

import (
	"testing"
	"time"

	"github.com/hanconv/hanconv/dict"
)

func loadAll() int {
	records := 0
	for _, name := range dict.BuiltIn().Names() {
		records += newEngine(dict.BuiltIn().Program(name)).chars.Len()
	}
	return records
}

// TestStartUp loads all 22 programs anew. It takes a few milliseconds; the
// bound leaves room for a busy machine, not for parsing dictionaries.
func TestStartUp(t *testing.T) {
	best := time.Hour
	for range 5 {
		start := time.Now()
		if loadAll() == 0 {
			t.Fatal("nothing was loaded")
		}
		best = min(best, time.Since(start))
	}
	if best > 20*time.Millisecond*slack {
		t.Errorf("loading all profiles takes %v, want under 20ms", best)
	}
}

func BenchmarkStartUp(b *testing.B) {
	for b.Loop() {
		loadAll()
	}
}
