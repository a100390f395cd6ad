// Package admission decides how much work a server takes on.
//
// A server that takes all that comes gets slower for everyone until callers give up, and then works for nobody. So a
// Gate lets as many conversions run as there are processors for, lets a bounded number wait for a bounded time, and
// refuses the rest at once, before their texts are read, which costs little. What is open at a time is bounded as well:
// calls, streams, bytes of text, and the memory of the process.
package admission

import (
	"context"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"
)

// Config bounds the work. Fields that are zero take the value of DefaultConfig.
type Config struct {
	// Running is how many calls convert at a time; Waiting is how many calls wait for that, and Wait for how long. Streams
	// convert beside them, one for each processor at a time, and wait for as long as it takes.
	Running, Waiting int
	Wait             time.Duration
	// Calls is how many calls are open at a time, those included that are still being sent.
	Calls int
	// Streams is how many streams are open at a time.
	Streams int
	// Bytes is how many bytes of text open calls have together. A single text is taken, however large it is.
	Bytes int64
}

// DefaultConfig is the configuration of a gate that is given none.
func DefaultConfig() Config {
	return Config{
		Running: 4 * runtime.GOMAXPROCS(0),
		Waiting: 512,
		Wait:    time.Second,
		Calls:   2048,
		Streams: 1024,
		Bytes:   256 << 20,
	}
}

func (c Config) orDefault() Config {
	d := DefaultConfig()
	fill(&c.Running, d.Running)
	fill(&c.Waiting, d.Waiting)
	fill(&c.Wait, d.Wait)
	fill(&c.Calls, d.Calls)
	fill(&c.Streams, d.Streams)
	fill(&c.Bytes, d.Bytes)
	return c
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Cause is what there is too much of.
type Cause string

// The causes of refusals.
const (
	TooManyCalls   Cause = "calls"
	TooManyStreams Cause = "streams"
	TooManyBytes   Cause = "bytes"
	QueueFull      Cause = "queue"
	WaitedTooLong  Cause = "wait"
	NoMemory       Cause = "memory"
)

var causes = [...]Cause{TooManyCalls, TooManyStreams, TooManyBytes, QueueFull, WaitedTooLong, NoMemory}

// OverloadError refuses work.
type OverloadError struct {
	Cause Cause
	// RetryAfter is when another try may fare better.
	RetryAfter time.Duration
}

func (e *OverloadError) Error() string { return "the server has too much to do" }

// Gate bounds the work of one server. Its methods are safe for concurrent use.
type Gate struct {
	config  Config
	slots   chan struct{} // of calls that run
	pieces  chan struct{} // of streams that have a piece converted
	waiting atomic.Int64
	calls   atomic.Int64
	streams atomic.Int64
	bytes   atomic.Int64
	refused [len(causes)]atomic.Uint64
	memory  *memoryWatch
	readers readers
	average atomic.Int64 // how long a conversion has taken lately, in nanoseconds
}

// New returns a gate that nothing has passed. Close ends what it has running.
func New(c Config) *Gate {
	c = c.orDefault()
	pieces := min(runtime.GOMAXPROCS(0), c.Running)
	return &Gate{config: c, slots: make(chan struct{}, c.Running), pieces: make(chan struct{}, pieces), memory: newMemoryWatch()}
}

// Close ends the watch of the memory.
func (g *Gate) Close() { g.memory.close() }

// Call is a call that is open.
type Call struct {
	reading epoch // when it came, until its text is there
	client  uint64
	started time.Time
	bytes   int
}

// OpenCall counts a call that has come now from an address, if that is known, and whose text is not read yet, unless there
// are too many. The caller calls CloseCall if and only if the error is nil.
func (g *Gate) OpenCall(now time.Time, from netip.Addr) (*Call, error) {
	client := clientOf(from)
	if err := g.refuseEarly(now, client); err != nil {
		return nil, err
	}
	if g.calls.Add(1) > int64(g.config.Calls) {
		g.calls.Add(-1)
		return nil, g.refuse(TooManyCalls)
	}
	return &Call{reading: g.readers.add(now, client), client: client}, nil
}

// CloseCall ends what OpenCall began, and what Start did.
func (g *Gate) CloseCall(c *Call) {
	g.readers.remove(c)
	if !c.started.IsZero() {
		g.finish(c)
	}
	g.calls.Add(-1)
}

// OpenStream counts a stream that begins from an address, unless there are too many. The caller calls CloseStream if and only if the
// error is nil.
func (g *Gate) OpenStream(from netip.Addr) error {
	if err := g.refuseEarly(time.Now(), clientOf(from)); err != nil {
		return err
	}
	if g.streams.Add(1) > int64(g.config.Streams) {
		g.streams.Add(-1)
		return g.refuse(TooManyStreams)
	}
	return nil
}

// CloseStream ends what OpenStream began.
func (g *Gate) CloseStream() { g.streams.Add(-1) }

// refuseEarly looks whether a call that comes now would be refused later, anyway: because those before it fill the queue,
// or will once they are read.
func (g *Gate) refuseEarly(now time.Time, client uint64) error {
	if g.memory.short() {
		return g.refuse(NoMemory)
	}
	most := int64(g.config.Running) + g.room()
	ahead := int64(len(g.slots)) + g.waiting.Load()
	if g.readers.of[client].Load() >= int64(g.config.Running) {
		ahead += g.readers.fresh(now)
	}
	if ahead >= most {
		return g.refuse(QueueFull)
	}
	return nil
}

// room is how many calls may wait: those whose turn comes in time, if conversions take as long as they have lately.
func (g *Gate) room() int64 {
	most, average := int64(g.config.Waiting), g.average.Load()
	if average <= 0 {
		return most
	}
	inTime := int64(g.config.Wait) / average * int64(g.config.Running)
	return min(most, max(inTime, int64(g.config.Running)))
}

// Start waits for the turn of a call to convert its text of so many bytes. The error is an *OverloadError or that of ctx.
func (g *Gate) Start(ctx context.Context, c *Call, bytes int) error {
	g.readers.remove(c)
	if held := g.bytes.Add(int64(bytes)); held > g.config.Bytes && held > int64(bytes) {
		g.bytes.Add(-int64(bytes))
		return g.refuse(TooManyBytes)
	}
	if err := g.enter(ctx); err != nil {
		g.bytes.Add(-int64(bytes))
		return err
	}
	c.bytes, c.started = bytes, time.Now()
	return nil
}

func (g *Gate) finish(c *Call) {
	<-g.slots
	g.bytes.Add(-int64(c.bytes))
	const lately = 32 // conversions; an update that is lost to another does no harm
	average := g.average.Load()
	g.average.Store(average + (int64(time.Since(c.started))-average)/lately)
}

func (g *Gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	if g.waiting.Add(1) > g.room() {
		g.waiting.Add(-1)
		return g.refuse(QueueFull)
	}
	defer g.waiting.Add(-1)
	enough := time.NewTimer(g.config.Wait)
	defer enough.Stop()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-enough.C:
		return g.refuse(WaitedTooLong)
	}
}

// StartPiece waits for a turn to convert a piece of a stream that is open, for as long as it takes; FinishPiece ends
// it. The error is that of ctx.
//
// Pieces have turns of their own, one for each processor: a call that waited in line with them would wait for all streams
// that there are, and more of them at a time would get no more done.
func (g *Gate) StartPiece(ctx context.Context) error {
	select {
	case g.pieces <- struct{}{}:
		return nil
	default:
	}
	select {
	case g.pieces <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// FinishPiece ends what StartPiece began.
func (g *Gate) FinishPiece() { <-g.pieces }

func (g *Gate) refuse(cause Cause) error {
	for i, c := range causes {
		if c == cause {
			g.refused[i].Add(1)
		}
	}
	return &OverloadError{cause, g.config.retryAfter()}
}

// retryAfter is between a half and three halves of the longest wait, at random: those that are refused together should
// not come back together.
func (c Config) retryAfter() time.Duration { return c.Wait/2 + jitter(c.Wait) }

// Load is what a gate has to do at the moment, and what it has refused since it was made.
type Load struct {
	Running, Waiting, Calls, Streams, Bytes int64
	Refused                                 map[Cause]uint64
}

// Load tells what the gate has to do.
func (g *Gate) Load() Load {
	l := Load{
		Running: int64(len(g.slots) + len(g.pieces)), Waiting: g.waiting.Load(), Calls: g.calls.Load(),
		Streams: g.streams.Load(), Bytes: g.bytes.Load(), Refused: map[Cause]uint64{},
	}
	for i, c := range causes {
		l.Refused[c] = g.refused[i].Load()
	}
	return l
}

// Config is what the gate was made with.
func (g *Gate) Config() Config { return g.config }
