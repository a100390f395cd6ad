package settings

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/hanconv/hanconv/server/admission"
)

// Admission bounds what runs, waits and lies in memory at a time.
type Admission struct {
	admission.Config
	// MemoryLimit is in bytes; 0 leaves it to GOMEMLIMIT or to the control group.
	MemoryLimit int64
}

func (a *Admission) register(f *pflag.FlagSet) {
	a.Config = admission.DefaultConfig()
	f.IntVar(&a.Running, "max-running", a.Running, "how many calls convert at a time, streams beside them; 0 is four for each processor")
	f.IntVar(&a.Waiting, "max-waiting", a.Waiting, "how many calls wait for that; further ones are refused")
	f.DurationVar(&a.Wait, "max-wait", a.Wait, "how long one waits before it is refused")
	f.IntVar(&a.Calls, "max-open-calls", a.Calls, "how many calls are open at a time, those included that are still being sent")
	f.IntVar(&a.Streams, "max-streams", a.Streams, "how many streams are open at a time")
	f.Var(sizeFlag(&a.Bytes), "max-text-memory", "how many bytes of text open calls may have together")
	f.Var(optionalSizeFlag(&a.MemoryLimit), "memory-limit",
		"what the process may use; 0 takes GOMEMLIMIT, or nine tenths of the control group's memory. New calls are refused above it")
}

func (a *Admission) check(o Origins) error {
	return o.firstRefusal(
		notNegative("max-running", a.Running), notNegative("max-waiting", a.Waiting),
		positive("max-wait", a.Wait), positive("max-open-calls", a.Calls), positive("max-streams", a.Streams),
	)
}

// number is what can be less than nothing.
type number interface {
	~int | ~uint32 | ~int64
}

// complaint is what is wrong with the value of a setting, if anything.
type complaint struct{ name, reason string }

func positive[T number](name string, n T) complaint {
	if n > 0 {
		return complaint{}
	}
	return complaint{name, "must be more than " + zeroOf(n)}
}

func notNegative[T number](name string, n T) complaint {
	if n >= 0 {
		return complaint{}
	}
	return complaint{name, "must not be less than " + zeroOf(n)}
}

func zeroOf[T number](n T) string {
	if _, ok := any(n).(time.Duration); ok {
		return "0s"
	}
	return "0"
}
