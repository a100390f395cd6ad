package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// honest is how the calls of somebody fared who does nothing wrong: a fixed number a second, far from what the server
// can take, so that what is missing was taken away.
type honest struct {
	asked, answered int
	p99             time.Duration
	err             error // the last one
}

const honestRate = 200 // calls a second

// share is the part of calls that were answered in time.
func (h honest) share() float64 { return float64(h.answered) / float64(max(h.asked, 1)) }

func (h honest) String() string {
	return fmt.Sprintf("%.1f%% of %d calls, p99 %.1f ms", 100*h.share(), h.asked, float64(h.p99.Microseconds())/1000)
}

// beHonest calls until ctx ends. A call that takes longer than late counts as lost.
func beHonest(ctx context.Context, address string, late time.Duration) honest {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return honest{err: err}
	}
	defer conn.Close()
	c := pb.NewConversionServiceClient(conn)
	var (
		h     honest
		took  []time.Duration
		mu    sync.Mutex
		calls sync.WaitGroup
	)
	tick := time.NewTicker(time.Second / honestRate)
	defer tick.Stop()
	for ctx.Err() == nil {
		<-tick.C
		h.asked++
		calls.Go(func() {
			d, err := callOnce(c, late)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				h.err = err
				return
			}
			h.answered++
			took = append(took, d)
		})
	}
	calls.Wait()
	slices.Sort(took)
	if len(took) > 0 {
		h.p99 = took[len(took)*99/100]
	}
	return h
}

func callOnce(c pb.ConversionServiceClient, late time.Duration) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), late)
	defer cancel()
	began := time.Now()
	resp, err := c.Convert(ctx, &pb.ConvertRequest{
		Options: &pb.ConversionOptions{Profile: "s2twp"}, Content: &pb.ConvertRequest_Text{Text: "鼠标里面的软件"},
	})
	if err == nil && resp.GetText() != "滑鼠裡面的軟體" {
		err = fmt.Errorf("got %q", resp.GetText())
	}
	return time.Since(began), err
}
