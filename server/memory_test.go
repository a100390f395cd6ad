package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

// TestTextsDoNotMix runs calls of every kind and many sizes at the same time, some of them given up halfway, and looks
// at every byte: buffers are used again as soon as a call no longer needs them.
func TestTextsDoNotMix(t *testing.T) {
	for name, opts := range map[string][]server.Option{
		"buffers are lent": nil,
		"interceptors":     {server.WithUnaryInterceptors(passOn), server.WithStreamInterceptors(passOnStream)},
	} {
		t.Run(name, func(t *testing.T) {
			addr, _ := start(t, opts...)
			c := rpc(t, addr)
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() { manyCalls(t, c, rand.New(rand.NewPCG(uint64(i), 1))) })
			}
			wg.Wait()
		})
	}
}

func passOn(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	return next(ctx, req)
}

func passOnStream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, s)
}

func manyCalls(t *testing.T, c pb.ConversionServiceClient, r *rand.Rand) {
	profiles := []string{"s2t", "t2s", "s2twp", "tw2sp"}
	for range 30 {
		name := profiles[r.IntN(len(profiles))]
		text := strings.ToValidUTF8(mixture(r, r.IntN(1<<(5+r.IntN(13)))), "") + fmt.Sprint(r.Uint64())
		want := converter(t, name).Convert(text)
		switch r.IntN(5) {
		case 0:
			giveUp(c, name, text)
		case 1:
			at := r.IntN(len(text))
			out, _, err := streamAll(t.Context(), c, profile(name), text[:at], text[at:])
			if out != want {
				t.Errorf("StreamConvert %s of %d bytes gave other text, %v", name, len(text), err)
			}
		case 2:
			checkReply(t, c, name, &pb.ConvertRequest{Content: &pb.ConvertRequest_RawText{RawText: []byte(text)}}, want)
		case 3:
			checkReply(t, c, name, &pb.ConvertRequest{Content: &pb.ConvertRequest_Text{Text: text}}, want, grpc.UseCompressor(gzip.Name))
		default:
			checkReply(t, c, name, &pb.ConvertRequest{Content: &pb.ConvertRequest_Text{Text: text}}, want)
		}
	}
}

// giveUp leaves a stream while text is on its way in both directions.
func giveUp(c pb.ConversionServiceClient, name, text string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := c.StreamConvert(ctx)
	if err != nil {
		return
	}
	_ = s.Send(optionsMessage(profile(name)))
	_ = s.Send(chunkMessage(text))
	_, _ = s.Recv()
	_ = s.Send(chunkMessage(text))
}

func checkReply(
	t *testing.T, c pb.ConversionServiceClient, name string, req *pb.ConvertRequest, want string, opts ...grpc.CallOption,
) {
	t.Helper()
	req.Options = profile(name)
	resp, err := c.Convert(t.Context(), req, opts...)
	if err != nil {
		t.Error(err)
		return
	}
	if got := resp.GetText() + string(resp.GetRawText()); got != want {
		t.Errorf("Convert %s gave other text: %d bytes, want %d", name, len(got), len(want))
	}
}

// keeper is an interceptor that keeps every message and a copy of it.
type keeper struct {
	mu           sync.Mutex
	kept, copies []proto.Message
}

func (k *keeper) keep(m any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = append(k.kept, m.(proto.Message))
	k.copies = append(k.copies, proto.Clone(m.(proto.Message)))
}

func (k *keeper) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	resp, err := next(ctx, req)
	k.keep(req)
	k.keep(resp)
	return resp, err
}

func (k *keeper) stream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, keptStream{s, k})
}

type keptStream struct {
	grpc.ServerStream
	k *keeper
}

func (s keptStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if err == nil {
		s.k.keep(m)
	}
	return err
}

func (s keptStream) SendMsg(m any) error {
	s.k.keep(m)
	return s.ServerStream.SendMsg(m)
}

func TestInterceptorsMayKeepMessages(t *testing.T) {
	k := &keeper{}
	addr, _ := start(t, server.WithUnaryInterceptors(k.unary), server.WithStreamInterceptors(k.stream))
	c := rpc(t, addr)
	r := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		text := strings.ToValidUTF8(mixture(r, 20*kib), "")
		checkReply(t, c, "s2t", &pb.ConvertRequest{Content: &pb.ConvertRequest_Text{Text: text}}, converter(t, "s2t").Convert(text))
		if _, _, err := streamAll(t.Context(), c, profile("s2t"), text, text); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	if len(k.kept) < 30*7 {
		t.Fatalf("only %d messages were kept", len(k.kept))
	}
	for i, m := range k.kept {
		if !proto.Equal(m, k.copies[i]) {
			t.Fatalf("message %d, a %T, has changed", i, m)
		}
	}
}

// TestLongTextsThatAreNotUTF8AreRefused is about texts that go past protobuf.
func TestLongTextsThatAreNotUTF8AreRefused(t *testing.T) {
	addr, _ := start(t)
	conn := dial(t, addr, grpc.WithDefaultCallOptions(grpc.ForceCodec(verbatim{})))
	good := strings.Repeat("里面", 10*kib)
	for _, bad := range []string{"\xff", "\xed\xa0\x80", "\xe9\x87", "\xc0\xaf"} {
		message := join(field(1, string(field(1, "s2t"))), field(2, good+bad+"里"))
		err := conn.Invoke(t.Context(), pb.ConversionService_Convert_FullMethodName, message, &pb.ConvertResponse{})
		failureOf(t, err).check(t, codes.InvalidArgument, "INVALID_UTF8", map[string]string{"byte_offset": fmt.Sprint(len(good))}, "text")
	}
}
