package server_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/access"
)

// journal keeps what an observer hears.
type journal struct {
	mu      sync.Mutex
	started []string
	ended   chan *server.Call
}

func newJournal() *journal { return &journal{ended: make(chan *server.Call, 100)} }

func (j *journal) CallStarted(method string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.started = append(j.started, method)
}

func (j *journal) CallEnded(_ context.Context, c *server.Call) { j.ended <- c }

func (j *journal) next(t *testing.T) *server.Call {
	t.Helper()
	select {
	case c := <-j.ended:
		return c
	case <-time.After(10 * time.Second):
		t.Fatal("no call was reported")
		return nil
	}
}

func TestObserverHearsOfEachCall(t *testing.T) {
	j := newJournal()
	addr, _ := start(t, server.WithObserver(j))
	c := rpc(t, addr)
	text := strings.Repeat("鼠标里面的软件 is software\n", 1000)
	want := converter(t, "s2twp").Convert(text)
	sizes := func(call *server.Call, texts int) {
		t.Helper()
		n := int64(texts)
		if call.Code != codes.OK || call.Profile != "s2twp" || call.Texts != texts || !call.Known ||
			call.BytesIn != n*int64(len(text)) || call.BytesOut != n*int64(len(want)) ||
			call.Characters != n*int64(utf8.RuneCountInString(text)) {
			t.Errorf("%+v", call)
		}
		if call.Duration <= 0 || time.Since(call.Start) > time.Minute || call.RequestID == "" {
			t.Errorf("%+v", call)
		}
		if host, _, err := net.SplitHostPort(call.Peer.String()); err != nil || host != "127.0.0.1" {
			t.Errorf("peer %v", call.Peer)
		}
	}

	if _, err := c.Convert(t.Context(), &pb.ConvertRequest{
		Options: profile("s2twp"), Content: &pb.ConvertRequest_Text{Text: text},
	}, grpc.UseCompressor(gzip.Name)); err != nil {
		t.Fatal(err)
	}
	sizes(j.next(t), 1)

	item := &pb.BatchConvertItem{Content: &pb.BatchConvertItem_RawText{RawText: []byte(text)}}
	if _, err := c.BatchConvert(t.Context(), &pb.BatchConvertRequest{
		Options: profile("s2twp"), Items: []*pb.BatchConvertItem{item, {}, item},
	}); err != nil {
		t.Fatal(err)
	}
	sizes(j.next(t), 2)

	if _, _, err := streamAll(t.Context(), c, profile("s2twp"), text[:1001], text[1001:]); err.Error() != "EOF" {
		t.Fatal(err)
	}
	sizes(j.next(t), 1)
}

func TestObserverHearsOfRefusals(t *testing.T) {
	j := newJournal()
	addr, _ := start(t, server.WithObserver(j), server.WithLimits(server.Limits{TextBytes: 100, BatchBytes: 100}))
	c := rpc(t, addr)
	for _, test := range []struct {
		name string
		call func(context.Context) error
		want server.Call
	}{
		{"unknown profile", func(ctx context.Context) error {
			_, err := c.Convert(ctx, &pb.ConvertRequest{Options: profile("s2x")})
			return err
		}, server.Call{Known: true, Code: codes.InvalidArgument, Reason: "UNKNOWN_PROFILE"}},
		{"text too large", func(ctx context.Context) error {
			content := &pb.ConvertRequest_Text{Text: strings.Repeat("a", 101)}
			_, err := c.Convert(ctx, &pb.ConvertRequest{Options: profile("s2t"), Content: content})
			return err
		}, server.Call{Known: true, Code: codes.ResourceExhausted, Reason: "TOO_MANY_BYTES"}},
		{"message too large for the transport", func(ctx context.Context) error {
			content := &pb.ConvertRequest_Text{Text: strings.Repeat("a", 1*mib)}
			_, err := c.Convert(ctx, &pb.ConvertRequest{Options: profile("s2t"), Content: content})
			return err
		}, server.Call{Known: true, Code: codes.ResourceExhausted}},
		{"no such method", func(ctx context.Context) error {
			return dial(t, addr).Invoke(ctx, "/hanconv.v1.ConversionService/Nothing",
				&pb.ListProfilesRequest{}, &pb.ListProfilesResponse{})
		}, server.Call{Code: codes.Unimplemented}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.call(t.Context())
			if status.Code(err) != test.want.Code {
				t.Fatalf("got %v", err)
			}
			got := j.next(t)
			if got.Code != test.want.Code || got.Reason != test.want.Reason || got.Known != test.want.Known {
				t.Errorf("%+v", got)
			}
			if got.Texts != 0 || got.BytesIn != 0 {
				t.Errorf("%+v was refused", got)
			}
		})
	}
}

func TestRequestIDComesBack(t *testing.T) {
	j := newJournal()
	addr, _ := start(t, server.WithObserver(j))
	health := healthpb.NewHealthClient(dial(t, addr))
	for sent, kept := range map[string]bool{
		"4bf92f35-77b3:4da6": true, "": false, "with space": false, strings.Repeat("a", 129): false, "quote\"in,a=log": false,
	} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), server.RequestIDHeader, sent)
		var header metadata.MD
		if _, err := health.Check(ctx, &healthpb.HealthCheckRequest{}, grpc.Header(&header)); err != nil {
			t.Fatal(err)
		}
		got := header.Get(server.RequestIDHeader)
		if id := j.next(t).RequestID; len(got) != 1 || got[0] != id || (id == sent) != kept || len(id) < 16 {
			t.Errorf("sent %q, logged %q, came back %q", sent, id, got)
		}
	}
}

// Whoever has a call that failed can name it, wherever it failed; others are spared the header.
func TestRequestIDOfFailures(t *testing.T) {
	j := newJournal()
	addr, s := start(t, server.WithObserver(j))
	c := rpc(t, addr)
	text := &pb.ConvertRequest_Text{Text: "里"}
	for name, test := range map[string]struct {
		request *pb.ConvertRequest
		prepare func()
		want    bool
	}{
		"none":         {&pb.ConvertRequest{Options: profile("s2t"), Content: text}, func() {}, false},
		"in a handler": {&pb.ConvertRequest{Options: profile("none"), Content: text}, func() {}, true},
		"at the door": {&pb.ConvertRequest{Options: profile("s2t"), Content: text}, func() {
			s.Apply(server.Setup{Access: access.Anonymous(access.NobodyAnonymous)})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			defer s.Apply(server.Setup{})
			test.prepare()
			var header metadata.MD
			_, err := c.Convert(t.Context(), test.request, grpc.Header(&header))
			got, id := header.Get(server.RequestIDHeader), j.next(t).RequestID
			if (err != nil) != test.want || (len(got) == 1 && got[0] == id) != test.want || !test.want && len(got) > 0 {
				t.Errorf("logged %q, came back %q with %v", id, got, err)
			}
		})
	}
	broken := openStream(t.Context(), t, addr)
	_ = broken.Send(optionsMessage(profile("s2t")))
	_, _, err := receiveAll(broken)
	if id := j.next(t).RequestID; err == nil || !slices.Equal(broken.Trailer().Get(server.RequestIDHeader), []string{id}) {
		t.Errorf("logged %q, came back %v with %v", id, broken.Trailer(), err)
	}
}

func TestObserverHearsWhoCalls(t *testing.T) {
	j := newJournal()
	know := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		server.Identify(ctx, "reader")
		return next(ctx, req)
	}
	addr, _ := start(t, server.WithObserver(j), server.WithUnaryInterceptors(know))
	if _, err := rpc(t, addr).ListProfiles(t.Context(), &pb.ListProfilesRequest{}); err != nil {
		t.Fatal(err)
	}
	if c := j.next(t); c.Client != "reader" {
		t.Errorf("%+v", c)
	}
}

func TestObserverSeesCharactersOfBrokenText(t *testing.T) {
	j := newJournal()
	addr, _ := start(t, server.WithObserver(j))
	c := rpc(t, addr)
	for _, text := range samples {
		content := &pb.ConvertRequest_RawText{RawText: []byte(text)}
		if _, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: profile("s2t"), Content: content}); err != nil {
			t.Fatal(err)
		}
		got, want := j.next(t).Characters, int64(utf8.RuneCountInString(text))
		if utf8.ValidString(text) && got != want || got > want {
			t.Errorf("%q has %d characters, not %d", text, want, got)
		}
	}
}
