package measure

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/hanconv/hanconv/bench/service/load"
)

// TestProcessTime compares with what the process knows of itself.
func TestProcessTime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
	before := used(t)
	for start := time.Now(); time.Since(start) < 20*time.Millisecond; {
		runtime.Gosched()
	}
	got, err := processTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if after := used(t); got < before-tick || got > after+tick || after <= before {
		t.Errorf("%v, not between %v and %v", got, before, after)
	}
	if _, err := processTime(1 << 22); err == nil { // beyond the largest number of a process
		t.Error("no error for a process that does not exist")
	}
}

// tick is how coarse getrusage may be.
const tick = 10 * time.Millisecond

func used(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestFiguresAreShares(t *testing.T) {
	calls := load.Reply{Calls: 200, Sent: 4e6, Elapsed: 2 * time.Second, P50: time.Millisecond, P99: 3 * time.Millisecond}
	got := figure(Case{Kind: load.Unary}, calls, 10*time.Millisecond, 4*time.Millisecond)
	if want := (Figure{CPU: 50, Load: 20, Rate: 100, P50: 1, P99: 3}); got != want {
		t.Errorf("calls: %+v, want %+v", got, want)
	}
	got = figure(Case{Kind: load.Stream}, calls, 10*time.Millisecond, 4*time.Millisecond)
	if want := (Figure{CPU: 2500, Load: 1000, Rate: 2, P50: 1, P99: 3}); got != want {
		t.Errorf("streams: %+v, want %+v", got, want)
	}
}

func TestMediansAreTakenOfEachValue(t *testing.T) {
	got := medians([]Figure{{1, 30, 5, 7, 1, 9}, {2, 10, 6, 9, 3, 8}, {3, 20, 4, 8, 2, 7}})
	if want := (Figure{2, 20, 5, 8, 2, 8}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
