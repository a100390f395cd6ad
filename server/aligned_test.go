package server_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/admission"
)

func alignedBatch(bytes int) *pb.BatchConvertRequest {
	const item = 32 * kib
	req := &pb.BatchConvertRequest{
		Options:       &pb.ConversionOptions{Profile: "s2twp", Context: pb.ContextMode_CONTEXT_MODE_ON},
		AlignmentUnit: pb.OffsetUnit_OFFSET_UNIT_CODE_POINTS,
	}
	text := strings.Repeat("发面后里干松谷", item/21)
	for range bytes / item {
		req.Items = append(req.Items, &pb.BatchConvertItem{Content: &pb.BatchConvertItem_Text{Text: text}})
	}
	return req
}

// While one large batch is aligned, another has no room, and a short text has.
func TestAlignedBatchesShareTheMemoryForTexts(t *testing.T) {
	addr, s := start(t, server.WithAdmission(admission.Config{Bytes: 100 * mib}))
	c := rpc(t, addr)
	done := make(chan error, 1)
	go func() {
		_, err := rpc(t, addr).BatchConvert(t.Context(), alignedBatch(512*kib), grpc.MaxCallRecvMsgSize(64*mib))
		done <- err
	}()
	for end := time.Now().Add(20 * time.Second); s.Load().Bytes < 60*mib; {
		if time.Now().After(end) {
			t.Fatalf("an aligned batch of 512 KiB is charged %d bytes", s.Load().Bytes)
		}
	}
	_, err := c.BatchConvert(t.Context(), alignedBatch(512*kib), grpc.MaxCallRecvMsgSize(64*mib))
	shed := s.Load().Refused[admission.TooManyBytes]
	if _, err := c.Convert(t.Context(), &pb.ConvertRequest{Options: profile("s2t"), Content: &pb.ConvertRequest_Text{Text: "里"}}); err != nil {
		t.Error(err)
	}
	if status.Code(err) != codes.Unavailable || retryAfter(err) <= 0 || shed != 1 {
		t.Errorf("%v, %d refusals", err, shed)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLimitOnAlignedBatches(t *testing.T) {
	addr, _ := start(t, server.WithLimits(server.Limits{AlignedBatchBytes: 40 * kib}))
	c := rpc(t, addr)
	req := alignedBatch(64 * kib)
	_, err := c.BatchConvert(t.Context(), req)
	f := failureOf(t, err)
	if f.code != codes.ResourceExhausted || f.reason != "TOO_MANY_BYTES" || f.meta["limit_bytes"] != "40960" {
		t.Errorf("%+v", f)
	}
	req.AlignmentUnit = 0
	if _, err := c.BatchConvert(t.Context(), req); err != nil {
		t.Error(err)
	}
}
