//go:build unix

package han

import (
	"syscall"
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

// cpuTime is that of the process, which other work on the machine changes least.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestStartUp loads all 22 programs anew. It takes a few milliseconds; the
// bound leaves room for a busy machine, not for parsing dictionaries.
func TestStartUp(t *testing.T) {
	best := time.Hour
	for tries := 0; tries < 5 || tries < 50 && best > 20*time.Millisecond*slack; tries++ {
		start := cpuTime(t)
		if loadAll() == 0 {
			t.Fatal("nothing was loaded")
		}
		best = min(best, cpuTime(t)-start)
	}
	t.Logf("%v", best)
	if best > 20*time.Millisecond*slack {
		t.Errorf("loading all profiles takes %v, want under 20ms", best)
	}
}

func BenchmarkStartUp(b *testing.B) {
	for b.Loop() {
		loadAll()
	}
}
