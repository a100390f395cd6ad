package telemetry_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/telemetry"
)

// Whichever way a text comes, what context has decided of it is counted.
func TestWhatContextDecidesIsCounted(t *testing.T) {
	converter, err := han.New("s2twp", han.WithContext())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("爱迪生发明了电灯，里面只有程序。他饥肠辘辘，吃了一碗面。\n", 200)
	_, each := converter.AppendCount(nil, []byte(text))
	if each < 200 {
		t.Fatalf("only %d", each)
	}
	m := telemetry.NewMetrics("v1")
	_, conn := start(t, server.WithObserver(m))
	convertInEveryWay(t, conn, &pb.ConversionOptions{Profile: "s2twp", Context: pb.ContextMode_CONTEXT_MODE_ON}, text)
	convertInEveryWay(t, conn, &pb.ConversionOptions{Profile: "t2s", Context: pb.ContextMode_CONTEXT_MODE_OFF}, text)
	want := fmt.Sprintf("\nhanconv_characters_by_context_total{profile=\"s2twp\"} %d\n", 4*each)
	var got string
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if got = scrape(t, m); strings.Contains(got, want) {
			break
		}
	}
	if !strings.Contains(got, want) || !strings.Contains(got, "\nhanconv_characters_by_context_total{profile=\"t2s\"} 0\n") {
		t.Errorf("no line %s in\n%s", want, got)
	}
}

// convertInEveryWay converts text by a call, aligned, in a batch and as a stream.
func convertInEveryWay(t *testing.T, conn *grpc.ClientConn, o *pb.ConversionOptions, text string) {
	t.Helper()
	c := pb.NewConversionServiceClient(conn)
	for _, unit := range []pb.OffsetUnit{pb.OffsetUnit_OFFSET_UNIT_UNSPECIFIED, pb.OffsetUnit_OFFSET_UNIT_BYTES} {
		if _, err := c.Convert(t.Context(), &pb.ConvertRequest{
			Options: o, Content: &pb.ConvertRequest_Text{Text: text}, AlignmentUnit: unit,
		}); err != nil {
			t.Fatal(err)
		}
	}
	half := len(text) / 2
	half = strings.LastIndex(text[:half], "\n") + 1
	if _, err := c.BatchConvert(t.Context(), &pb.BatchConvertRequest{Options: o, Items: []*pb.BatchConvertItem{
		{Content: &pb.BatchConvertItem_Text{Text: text[:half]}}, {Content: &pb.BatchConvertItem_Text{Text: text[half:]}},
	}}); err != nil {
		t.Fatal(err)
	}
	s, err := c.StreamConvert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*pb.StreamConvertRequest{
		{Message: &pb.StreamConvertRequest_Options{Options: &pb.StreamConvertOptions{Options: o}}},
		{Message: &pb.StreamConvertRequest_Chunk{Chunk: []byte(text[:100])}},
		{Message: &pb.StreamConvertRequest_Chunk{Chunk: []byte(text[100:])}},
	} {
		if err := s.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.CloseSend()
	for err == nil {
		_, err = s.Recv()
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}
