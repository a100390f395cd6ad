package measure

import (
	"time"

	"golang.org/x/sys/unix"
)

// processTime reads the CPU clock of a process, user and system time of all
// its threads, as clock_getcpuclockid(3) names it. Unlike /proc/PID/stat it
// counts nanoseconds and not ticks of 10 ms.
func processTime(pid int) (time.Duration, error) {
	const schedulerClock = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulerClock), &t); err != nil {
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}
