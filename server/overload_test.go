package server_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/admission"
)

// outcomes counts how calls end.
type outcomes struct {
	good, refused, other atomic.Int64
	noRetry              atomic.Int64 // refusals that do not say when to try again
}

func (o *outcomes) count(err error) {
	switch code := status.Code(err); code {
	case codes.OK:
		o.good.Add(1)
	case codes.Unavailable, codes.ResourceExhausted:
		o.refused.Add(1)
		if retryAfter(err) <= 0 {
			o.noRetry.Add(1)
		}
	default:
		o.other.Add(1)
	}
}

// heavy is a call that keeps a processor busy for milliseconds. It is encoded beforehand: the client is to cost little.
func heavy(t testing.TB) []byte {
	t.Helper()
	text := strings.Repeat("鼠标里面的硅二极管坏了，导致光标分辨率降低。", 256*kib/66)
	b, err := proto.Marshal(&pb.ConvertRequest{Options: profile("s2twp"), Content: &pb.ConvertRequest_RawText{RawText: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func convert(ctx context.Context, conn *grpc.ClientConn, request []byte) error {
	var reply []byte
	return conn.Invoke(ctx, pb.ConversionService_Convert_FullMethodName, request, &reply)
}

// peak is how many calls a second a server answers when there are always enough.
func peak(t *testing.T, clients []*grpc.ClientConn, d time.Duration) float64 {
	var n atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for i := range 3 * runtime.GOMAXPROCS(0) {
		c := clients[i%len(clients)]
		wg.Go(func() {
			for req := heavy(t); time.Since(began) < d; {
				switch err := convert(t.Context(), c, req); status.Code(err) {
				case codes.OK:
					n.Add(1)
				case codes.Unavailable: // where a call takes longer than the queue
				default:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return float64(n.Load()) / time.Since(began).Seconds()
}

// flood begins calls at a rate, whether those before have ended or not.
func flood(t *testing.T, clients []*grpc.ClientConn, rate float64, d time.Duration) (o *outcomes, goodput float64) {
	o = &outcomes{}
	var wg sync.WaitGroup
	req := heavy(t)
	began := time.Now()
	for sent := 0; time.Since(began) < d; time.Sleep(time.Millisecond) {
		for ; float64(sent) < rate*time.Since(began).Seconds(); sent++ {
			c := clients[sent%len(clients)]
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				o.count(convert(ctx, c, req))
			})
		}
	}
	good := float64(o.good.Load()) / time.Since(began).Seconds()
	wg.Wait()
	return o, good
}

// TestOverload offers five times of what a server can do: it has to go on, refuse the rest with the time to try again,
// and answer health checks. The load comes from the same process and takes from the same processors; so how much of its
// work a server goes on to do is measured elsewhere, by bench/siege.
func TestOverload(t *testing.T) {
	addr, s := start(t, server.WithAdmission(admission.Config{Running: runtime.GOMAXPROCS(0), Waiting: 32, Wait: 500 * time.Millisecond}))
	var clients []*grpc.ClientConn
	for range 8 {
		clients = append(clients, dial(t, addr, grpc.WithDefaultCallOptions(grpc.ForceCodec(verbatim{}))))
	}
	const d = time.Second
	peak(t, clients, d/5) // warms up
	best := peak(t, clients, d)
	if best < 20 { // then a rate says little, and the race detector makes every call last a second
		t.Skipf("%.1f calls a second are too few to tell", best)
	}
	stop := checkHealth(t, addr)
	o, goodput := flood(t, clients, 5*best, d)
	slowest := stop()
	t.Logf("peak %.0f a second; at five times: %.0f (%.0f%%), %d refused, %d other; slowest health check %v",
		best, goodput, 100*goodput/best, o.refused.Load(), o.other.Load(), slowest)
	if o.refused.Load() == 0 || o.noRetry.Load() > 0 || o.other.Load() > 0 {
		t.Errorf("%d refused, %d of them without RetryInfo, %d other errors", o.refused.Load(), o.noRetry.Load(), o.other.Load())
	}
	if goodput < best/4 {
		t.Errorf("goodput is %.0f%% of the peak", 100*goodput/best)
	}
	if l := s.Load(); l.Running+l.Waiting+l.Calls+l.Bytes != 0 {
		t.Errorf("left are %+v", l)
	}
}

// checkHealth asks for the server's health until stop is called, which tells the slowest answer.
func checkHealth(t *testing.T, addr string) (stop func() time.Duration) {
	h := healthpb.NewHealthClient(dial(t, addr))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan time.Duration)
	go func() {
		var slowest time.Duration
		for ctx.Err() == nil {
			began := time.Now()
			if _, err := h.Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
				t.Errorf("health check: %v", err)
			}
			slowest = max(slowest, time.Since(began))
			time.Sleep(10 * time.Millisecond)
		}
		done <- slowest
	}()
	return func() time.Duration { cancel(); return <-done }
}

// TestRefusalsSayWhenToTryAgain fills a server in each way.
func TestRefusalsSayWhenToTryAgain(t *testing.T) {
	addr, _ := start(t, server.WithAdmission(admission.Config{Streams: 1}))
	openStream(t.Context(), t, addr)
	_, _, err := streamAll(t.Context(), rpc(t, addr), profile("s2t"), "x")
	if status.Code(err) != codes.Unavailable || retryAfter(err) <= 0 {
		t.Errorf("a stream too many: %v", err)
	}
	if _, err := rpc(t, addr).ListProfiles(t.Context(), &pb.ListProfilesRequest{}); err != nil {
		t.Errorf("a call beside: %v", err)
	}
}
