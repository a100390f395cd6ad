package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const mb = 1 << 20

// trial is one thing that a server has to bear.
type trial struct {
	name  string
	flags []string // of the server
	run   func(ctx context.Context, s siege, t *target) (outcome, error)
}

// outcome is what came of it.
type outcome struct {
	figure string
	fails  []string // why it did not pass
}

// must notes a failure unless ok.
func (o *outcome) must(ok bool, format string, args ...any) {
	if !ok {
		o.fails = append(o.fails, fmt.Sprintf(format, args...))
	}
}

// siege is how much is done.
type siege struct {
	attack, soak time.Duration
	connections  int
	bother       time.Duration
	late         time.Duration // when an honest call is lost
	patience     time.Duration // of the server with connections that ask for nothing
	stream       int64         // bytes
	goodput      float64       // the share of the peak that an overload has to leave
}

var (
	long  = siege{attack: 10 * time.Second, soak: 2 * time.Minute, connections: 10_000, stream: 1 << 30, bother: 20 * time.Millisecond, late: time.Second, patience: 30 * time.Second, goodput: 0.8}
	short = siege{attack: time.Second, soak: 6 * time.Second, connections: 1_000, stream: 64 * mb, bother: time.Second, late: 5 * time.Second, patience: 2 * time.Second, goodput: 0.4}
)

func trials(s siege) []trial {
	all := []trial{
		{"1 GB stream", nil, bulkStream},
		{"readers that never read", nil, readers("readers that never read")},
		{"slow readers", nil, readers("slow readers")},
		{"gzip bomb", nil, gzipBomb},
	}
	for _, name := range []string{"rapid reset", "rapid reset, anew", "PING flood", "SETTINGS flood", "CONTINUATION flood"} {
		all = append(all, trial{name + ", gRPC", nil, flooded(name, false)}, trial{name + ", HTTP", nil, flooded(name, true)})
	}
	patience := []string{
		"--handshake-timeout", s.patience.String(), "--idle-timeout", s.patience.String(), "--max-connections", "12000",
	}
	return append(all,
		trial{"stalled handshakes, gRPC", patience, crowd(sayNothing, false)},
		trial{"stalled headers, HTTP", patience, crowd(sayHTTP, true)},
		trial{"idle connections, gRPC", patience, crowd(sayHello, false)},
		trial{"idle connections, HTTP", patience, crowd(sayHello, true)},
		trial{"overload", []string{"--max-wait", "300ms"}, overload},
		trial{"soak", nil, soak},
	)
}

// siegeBeside is how honest calls fared before an attack and beside it, and what the attack came to.
type siegeBeside struct {
	spoils
	before, during honest
	grown          int64 // memory of the server, in bytes
}

// beside lets an attack run beside honest calls, after as long without it. The honest calls begin when the attack has
// gone on for the time head.
func beside(ctx context.Context, s siege, t *target, head time.Duration, name, address string) (b siegeBeside, err error) {
	first, end := context.WithTimeout(ctx, s.attack)
	defer end()
	b.before = beHonest(first, t.grpc, s.late)
	held := t.peak.Load()
	done := make(chan error, 1)
	go func() {
		var err error
		b.spoils, err = attack(ctx, name, address, head+s.attack)
		done <- err
	}()
	time.Sleep(head)
	second, end := context.WithTimeout(ctx, s.attack)
	defer end()
	b.during = beHonest(second, t.grpc, s.late)
	err = <-done
	b.grown = t.peak.Load() - held
	return b, err
}

// checkOthers holds an attack to what it may do to others.
func (o *outcome) checkOthers(b siegeBeside) {
	o.must(b.during.share() >= 0.9*b.before.share(), "others: %v (%v)", b.during, b.during.err)
}

// checkDelay holds an attack to at most doubling the p99 of others. A delay below s.bother is the machine's as well as
// the attack's: a call that finds both processors taken waits for what runs there, in the server and in the kernel.
func (o *outcome) checkDelay(s siege, b siegeBeside) {
	o.must(b.during.p99 <= max(2*b.before.p99, s.bother), "others' p99 rose from %v to %v", b.before.p99, b.during.p99)
}

func flooded(name string, web bool) func(context.Context, siege, *target) (outcome, error) {
	return func(ctx context.Context, s siege, t *target) (o outcome, err error) {
		address := t.grpc
		if web {
			address = t.web
		}
		b, err := beside(ctx, s, t, 0, name, address)
		o.figure = fmt.Sprintf("%d frames on %d connections: memory +%d MB; others %v (before: %v)", b.Frames, b.Connections, b.grown/mb, b.during, b.before)
		o.checkOthers(b)
		o.must(b.grown <= 64*mb, "memory grew by %d MB", b.grown/mb)
		o.must(float64(b.Frames) > 100*s.attack.Seconds(), "%d frames are no attack", b.Frames)
		return o, err
	}
}

func bulkStream(ctx context.Context, s siege, t *target) (o outcome, err error) {
	if _, err := streamThrough(ctx, t.grpc, mb); err != nil { // what every first call takes
		return o, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	heap := highest(ctx, t, "go_memstats_heap_inuse_bytes")
	before, err := t.metric("go_memstats_heap_inuse_bytes")
	if err != nil {
		return o, err
	}
	began := time.Now()
	back, err := streamThrough(ctx, t.grpc, s.stream)
	took := time.Since(began)
	cancel()
	grown := <-heap - before
	o.figure = fmt.Sprintf("%d MB at %.0f MB/s: heap in use +%.0f MB, resident %d MB at most",
		s.stream/mb, float64(s.stream)/1e6/took.Seconds(), grown/mb, t.peak.Load()/mb)
	o.must(back >= s.stream, "%d bytes came back", back)
	o.must(grown <= 32*mb, "the heap grew by %.0f MB", grown/mb)
	o.must(t.peak.Load() < 256*mb, "%d MB resident", t.peak.Load()/mb)
	return o, err
}

// highest follows a metric until ctx ends.
func highest(ctx context.Context, t *target, name string) <-chan float64 {
	result := make(chan float64, 1)
	go func() {
		most := 0.0
		for ctx.Err() == nil {
			if v, err := t.metric(name); err == nil {
				most = max(most, v)
			}
			time.Sleep(20 * time.Millisecond)
		}
		result <- most
	}()
	return result
}

func readers(name string) func(context.Context, siege, *target) (outcome, error) {
	return func(ctx context.Context, s siege, t *target) (o outcome, err error) {
		b, err := beside(ctx, s, t, time.Second, name, t.grpc)
		o.figure = fmt.Sprintf("%d streams sent %d MB: memory +%d MB; others %v (before: %v)", b.Connections, b.Bytes/mb, b.grown/mb, b.during, b.before)
		o.checkOthers(b)
		o.checkDelay(s, b)
		o.must(b.Bytes > mb, "%d bytes are no attack", b.Bytes)
		o.must(b.grown <= 64*mb, "memory grew by %d MB", b.grown/mb)
		return o, err
	}
}

func gzipBomb(ctx context.Context, _ siege, t *target) (o outcome, err error) {
	before := t.peak.Load()
	message := bomb(256)
	err = sendPacked(ctx, t.grpc, message)
	o.must(status.Code(err) == codes.ResourceExhausted, "gRPC: %v", err)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+t.web+"/v1/convert", strings.NewReader(string(message)))
	if err != nil {
		return o, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Encoding", "gzip")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return o, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	o.must(resp.StatusCode == http.StatusTooManyRequests, "HTTP: %s %s", resp.Status, body)
	time.Sleep(50 * time.Millisecond) // for the watch
	grown := t.peak.Load() - before
	o.figure = fmt.Sprintf("%d KB that become 256 MB, by gRPC and by HTTP: refused, memory +%d MB", len(message)>>10, grown/mb)
	o.must(grown <= 128*mb, "memory grew by %d MB", grown/mb)
	return o, err
}

func crowd(prepare func(net.Conn) error, web bool) func(context.Context, siege, *target) (outcome, error) {
	return func(ctx context.Context, s siege, t *target) (o outcome, err error) {
		address := t.grpc
		if web {
			address = t.web
		}
		before := t.peak.Load()
		began := time.Now()
		conns, err := openMany(ctx, address, s.connections, prepare)
		defer closeAll(conns)
		if err != nil {
			return o, err
		}
		opened := time.Since(began)
		time.Sleep(50 * time.Millisecond) // for the watch
		each := (t.peak.Load() - before) / int64(len(conns))
		closed := closedWithin(conns, s.patience+20*time.Second)
		o.figure = fmt.Sprintf("%d connections, opened in %.1f s: %d KB each, %d closed %.1f s after the first",
			len(conns), opened.Seconds(), each>>10, closed, time.Since(began).Seconds())
		o.must(opened < s.patience, "opening took so long that the first were closed by then")
		o.must(each <= 50<<10, "a connection takes %d KB", each>>10)
		o.must(closed == len(conns), "%d connections stayed open", len(conns)-closed)
		_, err = streamThrough(ctx, t.grpc, 1000) // others are served
		return o, err
	}
}

func soak(ctx context.Context, s siege, t *target) (o outcome, err error) {
	const workers = 4
	warm, cancel := context.WithTimeout(ctx, s.soak/4)
	defer cancel()
	if _, err := mix(warm, t, workers); err != nil {
		return o, err
	}
	goroutines, err := settled(t)
	if err != nil {
		return o, err
	}
	run, cancel := context.WithTimeout(ctx, s.soak)
	defer cancel()
	heap := samples(run, t, "go_memstats_next_gc_bytes", s.soak/50)
	calls, err := mix(run, t, workers)
	if err != nil {
		return o, err
	}
	points := <-heap
	rise := slope(points) * float64(len(points))
	http.DefaultClient.CloseIdleConnections()
	after, err := settled(t)
	o.figure = fmt.Sprintf("%d calls in %v: what the heap holds rose by %.1f MB along the whole, %.0f goroutines before and %.0f after",
		calls, s.soak, rise/2/mb, goroutines, after)
	o.must(calls > 0, "no call was made")
	o.must(rise/2 <= 8*mb, "the heap rose by %.1f MB", rise/2/mb)
	o.must(after <= goroutines+5, "%.0f goroutines became %.0f", goroutines, after)
	return o, err
}

// settled is the number of goroutines once no call is left.
func settled(t *target) (n float64, err error) {
	http.DefaultClient.CloseIdleConnections()
	last := -1.0
	for range 40 {
		if n, err = t.metric("go_goroutines"); err != nil {
			return 0, err
		}
		if n == last {
			break
		}
		last = n
		time.Sleep(250 * time.Millisecond)
	}
	return n, nil
}

// samples reads a metric every so often until ctx ends.
func samples(ctx context.Context, t *target, name string, every time.Duration) <-chan []float64 {
	result := make(chan []float64, 1)
	go func() {
		var all []float64
		for ctx.Err() == nil {
			if v, err := t.metric(name); err == nil {
				all = append(all, v)
			}
			time.Sleep(every)
		}
		result <- all
	}()
	return result
}
