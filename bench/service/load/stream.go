package load

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/hanconv/hanconv/client"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// stream runs q.Callers streams at a time; each sends the texts as chunks,
// again and again.
func (l *load) stream(ctx context.Context, q Request, texts []string) (Reply, error) {
	options, err := encode(optionsMessage(q))
	if err != nil {
		return Reply{}, err
	}
	chunks := make([]message, len(texts))
	for i, t := range texts {
		m, err := encode(chunkMessage(t))
		if err != nil {
			return Reply{}, err
		}
		chunks[i] = message{m, len(t)}
	}
	sent, received := make([]upload, q.Callers), make([]int64, q.Callers)
	start := time.Now()
	err = within(q.Callers, func(i int) error {
		s, err := l.open(ctx)
		if err != nil {
			return err
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			sent[i] = sendUntil(start.Add(q.Duration), s, options, chunks)
		}()
		received[i], err = receive(s)
		<-done
		return err
	})
	reply := Reply{Elapsed: time.Since(start)}
	for i := range sent {
		reply.Calls += sent[i].chunks
		reply.Sent += sent[i].bytes
		reply.Received += received[i]
	}
	return reply, err
}

func (l *load) open(ctx context.Context) (grpc.ClientStream, error) {
	desc := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	return l.conn.NewStream(ctx, desc, pb.ConversionService_StreamConvert_FullMethodName, asIs())
}

type upload struct {
	chunks int
	bytes  int64
}

// sendUntil sends one chunk at least. An error is left to receive.
func sendUntil(end time.Time, s grpc.ClientStream, options encoded, chunks []message) (n upload) {
	if s.SendMsg(options) != nil {
		return n
	}
	for n.chunks == 0 || time.Now().Before(end) {
		next := chunks[n.chunks%len(chunks)]
		if s.SendMsg(next.encoded) != nil {
			return n
		}
		n.chunks++
		n.bytes += int64(next.text)
	}
	_ = s.CloseSend()
	return n
}

func receive(s grpc.ClientStream) (bytes int64, err error) {
	for {
		var size counted
		if err := s.RecvMsg(&size); errors.Is(err, io.EOF) {
			return bytes, nil
		} else if err != nil {
			return bytes, err
		}
		bytes += int64(size)
	}
}

func optionsMessage(q Request) *pb.StreamConvertRequest {
	options := &pb.StreamConvertOptions{Options: &pb.ConversionOptions{Profile: q.Profile}}
	return &pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Options{Options: options}}
}

func chunkMessage(text string) *pb.StreamConvertRequest {
	return &pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Chunk{Chunk: []byte(text)}}
}

// reader is stream by the Go client, which chooses the chunks itself.
func (l *load) reader(ctx context.Context, q Request, text string) (Reply, error) {
	var sent, received atomic.Int64
	start := time.Now()
	err := within(q.Callers, func(int) (err error) {
		src := &source{text: text, end: start.Add(q.Duration)}
		r := l.client.NewReader(ctx, src, client.Options{Profile: q.Profile})
		defer closing(r, &err)
		n, err := io.Copy(io.Discard, r)
		sent.Add(src.sent)
		received.Add(n)
		return err
	})
	return Reply{Sent: sent.Load(), Received: received.Load(), Elapsed: time.Since(start)}, err
}

// source repeats text until end, once at least.
type source struct {
	text string
	rest string
	end  time.Time
	sent int64
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if s.rest == "" {
		if s.sent > 0 && !time.Now().Before(s.end) {
			return 0, io.EOF
		}
		s.rest = s.text
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	s.sent += int64(n)
	return n, nil
}

// check converts text in both ways with the ordinary client code.
func (l *load) check(ctx context.Context, q Request, text string) (reply Reply, err error) {
	resp, err := pb.NewConversionServiceClient(l.conn).Convert(ctx, convertRequest(q, text))
	if err != nil {
		return Reply{}, err
	}
	r := l.client.NewReader(ctx, strings.NewReader(text), client.Options{Profile: q.Profile})
	defer closing(r, &err)
	streamed, err := io.ReadAll(r)
	return Reply{Texts: []string{resp.GetText(), string(streamed)}}, err
}
