package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// work is what a server has done: calls answered, calls ended in whichever way, and its processor time in seconds. This
// machine does other things, too, this program among them; so what a server can do is told for a second of its own time.
type work struct{ good, all, seconds float64 }

func (t *target) work() (w work, err error) {
	for name, value := range map[string]*float64{
		`hanconv_calls_total{code="OK",method="Convert"}`:       &w.good,
		`hanconv_call_duration_seconds_count{method="Convert"}`: &w.all,
		"process_cpu_seconds_total":                             &w.seconds,
	} {
		if *value, err = t.metric(name); err != nil {
			return work{}, err
		}
	}
	return w, nil
}

// during is the work that is done while f runs.
func (t *target) during(f func()) (work, error) {
	before, err := t.work()
	if err != nil {
		return work{}, err
	}
	f()
	after, err := t.work()
	return work{after.good - before.good, after.all - before.all, after.seconds - before.seconds}, err
}

// heavy is a call that costs a server much more than it costs a client, who has encoded it beforehand.
func heavy() ([]byte, error) {
	return proto.Marshal(&pb.ConvertRequest{
		Options: &pb.ConversionOptions{Profile: "s2twp", Context: pb.ContextMode_CONTEXT_MODE_ON},
		Content: &pb.ConvertRequest_RawText{RawText: []byte(strings.Repeat("鼠标里面的硅二极管坏了，导致光标分辨率降低。", 500))},
	})
}

// crowdOfCallers makes heavy calls on several connections and counts what is refused.
type crowdOfCallers struct {
	conns            []*grpc.ClientConn
	message          []byte
	refused, without atomic.Int64 // without: that do not say when to try again
}

func newCrowdOfCallers(address string) (*crowdOfCallers, error) {
	c := &crowdOfCallers{}
	var err error
	if c.message, err = heavy(); err != nil {
		return nil, err
	}
	for range 8 {
		conn, err := dial(address)
		if err != nil {
			return nil, err
		}
		c.conns = append(c.conns, conn)
	}
	return c, nil
}

func (c *crowdOfCallers) close() {
	for _, conn := range c.conns {
		_ = conn.Close()
	}
}

func (c *crowdOfCallers) call(ctx context.Context, n int) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := c.conns[n%len(c.conns)].Invoke(ctx, pb.ConversionService_Convert_FullMethodName, c.message, new(any), grpc.ForceCodec(raw{}))
	if code := status.Code(err); code != codes.Unavailable && code != codes.ResourceExhausted {
		return
	}
	c.refused.Add(1)
	for _, d := range status.Convert(err).Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok && r.GetRetryDelay().AsDuration() > 0 {
			return
		}
	}
	c.without.Add(1)
}

// inTurn keeps so many calls running, and open begins so many a second whether those before have ended or not.
func (c *crowdOfCallers) inTurn(ctx context.Context, callers int, d time.Duration) {
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for n := range callers {
		wg.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				c.call(ctx, n)
			}
		})
	}
	wg.Wait()
}

func (c *crowdOfCallers) open(ctx context.Context, rate float64, d time.Duration) {
	var wg sync.WaitGroup
	began := time.Now()
	for n := 0; time.Since(began) < d && ctx.Err() == nil; time.Sleep(time.Millisecond) {
		for ; float64(n) < rate*time.Since(began).Seconds(); n++ {
			wg.Go(func() { c.call(ctx, n) })
		}
	}
	wg.Wait()
}

// slowestCheck asks for the server's health until ctx ends.
func slowestCheck(ctx context.Context, address string) (slowest time.Duration, err error) {
	conn, err := dial(address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	h := healthpb.NewHealthClient(conn)
	for ctx.Err() == nil {
		began := time.Now()
		if _, err := h.Check(context.WithoutCancel(ctx), &healthpb.HealthCheckRequest{}); err != nil {
			return 0, fmt.Errorf("health check: %w", err)
		}
		slowest = max(slowest, time.Since(began))
		time.Sleep(10 * time.Millisecond)
	}
	return slowest, nil
}

// overload offers five times of what the server can do: at least four fifths of that has to be done, the rest refused
// with the time to try again, and health checks answered. A few seconds beside other tests, which take the caches of the
// processors, tell only whether it goes on.
func overload(ctx context.Context, s siege, t *target) (o outcome, err error) {
	c, err := newCrowdOfCallers(t.grpc)
	if err != nil {
		return o, err
	}
	defer c.close()
	d := max(s.attack, 3*time.Second) // much longer than calls wait
	c.inTurn(ctx, 16, d/4)            // warms up
	began := time.Now()
	peak, err := t.during(func() { c.inTurn(ctx, 16, d) })
	if err != nil {
		return o, err
	}
	rate := 5 * peak.good / time.Since(began).Seconds()
	checking, stop := context.WithCancel(ctx)
	defer stop()
	var slowest time.Duration
	checked := make(chan error, 1)
	go func() {
		var err error
		slowest, err = slowestCheck(checking, t.grpc)
		checked <- err
	}()
	flood, err := t.during(func() { c.open(ctx, rate, d) })
	stop()
	if healthy := <-checked; err == nil {
		err = healthy
	}
	best, kept := peak.good/peak.seconds, flood.good/flood.seconds
	o.figure = fmt.Sprintf("%.0f calls a second of its processor time; at %.1f times as many %.0f (%.0f%%), %d refused, %d of them without RetryInfo; slowest health check %d ms",
		best, flood.all/flood.seconds/best, kept, 100*kept/best, c.refused.Load(), c.without.Load(), slowest.Milliseconds())
	o.must(kept >= s.goodput*best, "goodput fell to %.0f%%", 100*kept/best)
	o.must(c.refused.Load() > 0 && c.without.Load() == 0, "%d refused, %d without RetryInfo", c.refused.Load(), c.without.Load())
	return o, err
}
