package load

import (
	"context"
	"slices"
	"time"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// unary calls Convert from q.Callers goroutines, each as soon as its last call
// has been answered.
func (l *load) unary(ctx context.Context, q Request, texts []string) (Reply, error) {
	messages := make([]message, len(texts))
	for i, t := range texts {
		m, err := encode(convertRequest(q, t))
		if err != nil {
			return Reply{}, err
		}
		messages[i] = message{m, len(t)}
	}
	callers := make([]caller, q.Callers)
	start := time.Now()
	err := within(q.Callers, func(i int) error {
		return callers[i].run(ctx, l, messages, i, start.Add(q.Duration))
	})
	reply := Reply{Elapsed: time.Since(start)}
	var took []time.Duration
	for _, c := range callers {
		took = append(took, c.took...)
		reply.Sent += c.sent
		reply.Received += c.received
	}
	slices.Sort(took)
	reply.Calls, reply.P50, reply.P99 = len(took), quantile(took, 0.5), quantile(took, 0.99)
	return reply, err
}

// message is an encoded message with the size of its text.
type message struct {
	encoded
	text int
}

func convertRequest(q Request, text string) *pb.ConvertRequest {
	return &pb.ConvertRequest{
		Options: &pb.ConversionOptions{Profile: q.Profile},
		Content: &pb.ConvertRequest_Text{Text: text},
	}
}

type caller struct {
	took           []time.Duration
	sent, received int64
}

// run calls at least once; the messages take turns from the given one on.
func (c *caller) run(ctx context.Context, l *load, messages []message, next int, end time.Time) error {
	for before := time.Now(); ; next++ {
		m := messages[next%len(messages)]
		var size counted
		if err := l.conn.Invoke(ctx, pb.ConversionService_Convert_FullMethodName, m.encoded, &size, asIs()); err != nil {
			return err
		}
		now := time.Now()
		c.took = append(c.took, now.Sub(before))
		c.sent += int64(m.text)
		c.received += int64(size)
		if before = now; !now.Before(end) {
			return nil
		}
	}
}

// quantile is the smallest value that a part q of the sorted values does not
// exceed.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
