// Package load is the client side of the benchmark: a process that holds one
// connection to a server, obeys requests on standard input and answers on
// standard output, one line of JSON each.
//
// It is made to cost little beside the server: what it sends is encoded
// beforehand, and of what it receives it only counts the bytes.
package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/hanconv/hanconv/client"
)

// The kinds of load.
const (
	Check  = "check"  // one Convert and one StreamConvert; answers both texts
	Unary  = "unary"  // Convert
	Stream = "stream" // StreamConvert
	Reader = "reader" // StreamConvert through the Go client's NewReader
)

// Request asks for one kind of load.
type Request struct {
	Kind     string        `json:"kind"`
	Profile  string        `json:"profile"`
	File     string        `json:"file"`              // the text, repeated to Size
	Size     int           `json:"size"`              // of a text in bytes; of a stream's chunk
	Callers  int           `json:"callers,omitempty"` // calls that run at a time
	Duration time.Duration `json:"duration,omitempty"`
}

// Reply tells what came of it. Error is "" if every call succeeded.
type Reply struct {
	Error    string        `json:"error,omitempty"`
	Calls    int           `json:"calls,omitempty"`    // of Convert; messages of a stream
	Sent     int64         `json:"sent,omitempty"`     // bytes of text
	Received int64         `json:"received,omitempty"` // bytes of messages, a little more than the text
	Elapsed  time.Duration `json:"elapsed,omitempty"`
	P50      time.Duration `json:"p50,omitempty"` // of the calls of Convert
	P99      time.Duration `json:"p99,omitempty"`
	Texts    []string      `json:"texts,omitempty"` // for Check
}

// Serve puts load on the server at address until in ends.
func Serve(ctx context.Context, address string, in io.Reader, out io.Writer) (err error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer closing(conn, &err)
	c, err := client.New(address)
	if err != nil {
		return err
	}
	defer closing(c, &err)
	l := &load{conn: conn, client: c}
	requests, replies := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q Request
		if err := requests.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		reply, err := l.answer(ctx, q)
		if err != nil {
			reply.Error = err.Error()
		}
		if err := replies.Encode(reply); err != nil {
			return fmt.Errorf("writing a reply: %w", err)
		}
	}
}

// closing closes c and keeps its error, if there is no other yet.
func closing(c io.Closer, err *error) {
	if closed := c.Close(); *err == nil {
		*err = closed
	}
}

type load struct {
	conn   *grpc.ClientConn
	client *client.Client
}

func (l *load) answer(ctx context.Context, q Request) (Reply, error) {
	text, err := Text(q.File, pieces*q.Size)
	if err != nil {
		return Reply{}, err
	}
	switch q.Kind {
	case Check:
		return l.check(ctx, q, text[:lastCut(text, q.Size)])
	case Unary:
		return l.unary(ctx, q, split(text, q.Size))
	case Stream:
		return l.stream(ctx, q, split(text, q.Size))
	case Reader:
		return l.reader(ctx, q, text)
	}
	return Reply{}, fmt.Errorf("unknown kind of load %q", q.Kind)
}

// pieces is how many different texts take turns, so that nothing gets used to
// one of them.
const pieces = 64

// Text is the file's text repeated to at most size bytes, cut between
// characters.
func Text(file string, size int) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if len(data) == 0 || !utf8.Valid(data) {
		return "", fmt.Errorf("%s: a text in UTF-8 is wanted that is not empty", file)
	}
	text := strings.Repeat(string(data), 1+size/len(data))
	return text[:lastCut(text, size)], nil
}

// lastCut is the last place between characters among the first size bytes.
func lastCut(text string, size int) int {
	if size >= len(text) {
		return len(text)
	}
	for !utf8.RuneStart(text[size]) {
		size--
	}
	return size
}

// split cuts text between characters into pieces of size bytes or a little
// less.
func split(text string, size int) (cut []string) {
	for len(cut) < pieces && text != "" {
		n := max(lastCut(text, size), 1)
		cut = append(cut, text[:n])
		text = text[n:]
	}
	return cut
}

// within runs do with each number below callers, until all have returned, and
// returns their first error.
func within(callers int, do func(caller int) error) error {
	errs := make(chan error, callers)
	for i := range callers {
		go func() { errs <- do(i) }()
	}
	var first error
	for range callers {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}
