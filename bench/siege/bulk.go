package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

// openStream opens a stream of s2twp.
func openStream(ctx context.Context, conn *grpc.ClientConn) (pb.ConversionService_StreamConvertClient, error) {
	s, err := pb.NewConversionServiceClient(conn).StreamConvert(ctx)
	if err != nil {
		return nil, err
	}
	options := &pb.StreamConvertOptions{Options: &pb.ConversionOptions{Profile: "s2twp"}}
	return s, s.Send(&pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Options{Options: options}})
}

func chunk(text []byte) *pb.StreamConvertRequest {
	return &pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Chunk{Chunk: text}}
}

var prose = []byte(strings.Repeat("鼠标里面的硅二极管坏了，导致光标分辨率降低。\n", 950)) // a little less than 64 KiB

// streamThrough sends size bytes through one stream and returns how many come back.
func streamThrough(ctx context.Context, address string, size int64) (back int64, err error) {
	conn, err := dial(address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	s, err := openStream(ctx, conn)
	if err != nil {
		return 0, err
	}
	go func() {
		for sent := int64(0); sent < size; sent += int64(len(prose)) {
			if s.Send(chunk(prose)) != nil {
				return
			}
		}
		_ = s.CloseSend()
	}()
	for {
		m, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return back, nil
		}
		if err != nil {
			return back, err
		}
		back += int64(len(m.GetChunk()))
	}
}

// openStreams opens n streams on a connection each, which end with ctx.
func openStreams(ctx context.Context, address string, n int) (all []pb.ConversionService_StreamConvertClient, err error) {
	for range n {
		conn, err := dial(address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		s, err := openStream(ctx, conn)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// pushInto sends as much as the streams take; of what comes back it takes a message every so often, or nothing if every
// is 0. It lasts until the streams end and returns how many bytes the server took in.
func pushInto(ctx context.Context, all []pb.ConversionService_StreamConvertClient, every time.Duration) (taken int64) {
	total := make(chan int64, len(all))
	for _, s := range all {
		go func() {
			sent := int64(0)
			for s.Send(chunk(prose)) == nil {
				sent += int64(len(prose))
			}
			total <- sent
		}()
		go takeSlowly(ctx, s, every)
	}
	for range all {
		taken += <-total
	}
	return taken
}

// takeSlowly takes a message now and then. Each reader begins when it likes: fifty that wake in the same millisecond are a
// load like fifty calls in the same millisecond, and nothing that slow readers do.
func takeSlowly(ctx context.Context, s pb.ConversionService_StreamConvertClient, every time.Duration) {
	if every == 0 {
		return
	}
	time.Sleep(rand.N(every))
	for ctx.Err() == nil {
		if _, err := s.Recv(); err != nil {
			return
		}
		time.Sleep(every)
	}
}

// packed is a compressor that takes what is gzip already.
type packed struct{}

func init() { encoding.RegisterCompressor(packed{}) } // there is no other time for it

func (packed) Name() string                                 { return "gzip" }
func (packed) Compress(w io.Writer) (io.WriteCloser, error) { return nopCloser{w}, nil }
func (packed) Decompress(r io.Reader) (io.Reader, error)    { return gzip.NewReader(r) }

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// raw is a codec whose messages are bytes.
type raw struct{}

func (raw) Name() string                    { return "proto" }
func (raw) Marshal(v any) ([]byte, error)   { return v.([]byte), nil }
func (raw) Unmarshal(b []byte, v any) error { return nil }

// bomb is gzip that becomes so many megabytes of zeros.
func bomb(megabytes int) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, 1<<20)) // a buffer takes everything
	_ = w.Close()
	return bytes.Repeat(b.Bytes(), megabytes)
}

// sendPacked sends gzip as the message of a Convert.
func sendPacked(ctx context.Context, address string, message []byte) error {
	conn, err := dial(address)
	if err != nil {
		return err
	}
	defer conn.Close()
	err = conn.Invoke(ctx, pb.ConversionService_Convert_FullMethodName, message, new(any),
		grpc.ForceCodec(raw{}), grpc.UseCompressor("gzip"))
	if err == nil {
		return fmt.Errorf("%d bytes of gzip were taken", len(message))
	}
	return err
}
