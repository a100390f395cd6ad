package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// mix calls in all ways that there are, with errors and calls that are given up among them, until ctx ends; the last
// calls are not cut short by it.
func mix(ctx context.Context, t *target, workers int) (calls int64, err error) {
	var count atomic.Int64
	var wg sync.WaitGroup
	failed := make(chan error, workers)
	for n := range workers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			for ctx.Err() == nil {
				call, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
				err := oneOf(call, t, r)
				cancel()
				if err != nil {
					failed <- err
					return
				}
				count.Add(1)
			}
		})
	}
	wg.Wait()
	select {
	case err = <-failed:
	default:
	}
	return count.Load(), err
}

func oneOf(ctx context.Context, t *target, r *rand.Rand) error {
	conn, err := dial(t.grpc)
	if err != nil {
		return err
	}
	defer conn.Close()
	c := pb.NewConversionServiceClient(conn)
	text := strings.ToValidUTF8(string(prose[:r.IntN(len(prose))]), "")
	options := &pb.ConversionOptions{Profile: "s2twp"}
	content := &pb.ConvertRequest_Text{Text: text}
	switch r.IntN(6) {
	case 0:
		_, err = streamThrough(ctx, t.grpc, int64(r.IntN(1<<20)))
		return err
	case 1:
		_, err = c.BatchConvert(ctx, &pb.BatchConvertRequest{Options: options, Items: []*pb.BatchConvertItem{
			{Content: &pb.BatchConvertItem_Text{Text: text}}, {},
		}})
		return err
	case 2: // a client that gives up
		hurry, cancel := context.WithTimeout(ctx, time.Duration(r.IntN(int(time.Millisecond))))
		defer cancel()
		_, _ = c.Convert(hurry, &pb.ConvertRequest{Options: options, Content: content})
		return nil
	case 3: // an error
		if _, err = c.Convert(ctx, &pb.ConvertRequest{Options: &pb.ConversionOptions{Profile: "none"}}); err == nil {
			return fmt.Errorf("an unknown profile was taken")
		}
		return nil
	case 4:
		return overHTTP(ctx, t, text)
	}
	_, err = c.Convert(ctx, &pb.ConvertRequest{Options: options, Content: content})
	return err
}

func overHTTP(ctx context.Context, t *target, text string) error {
	body := fmt.Sprintf(`{"options":{"profile":"s2twp"},"text":%q}`, text)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+t.web+"/v1/convert", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("HTTP: %s", resp.Status)
	}
	return err
}

// slope is the rise of the line through points that lie equally far apart, for each step.
func slope(points []float64) float64 {
	n := float64(len(points))
	var sx, sy, sxy, sxx float64
	for i, y := range points {
		x := float64(i)
		sx, sy, sxy, sxx = sx+x, sy+y, sxy+x*y, sxx+x*x
	}
	if d := n*sxx - sx*sx; d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}
