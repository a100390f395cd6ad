package server

import (
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// What aligned texts are charged is what they take, at worst and not by far more.
func TestAlignedTextsAreChargedWhatTheyTake(t *testing.T) {
	if testing.Short() {
		t.Skip("measures memory, which the race detector takes more of")
	}
	v := &visit{setup: newSetup(Setup{Limits: DefaultLimits()})}
	for mode, factor := range map[pb.ContextMode]int{
		pb.ContextMode_CONTEXT_MODE_OFF: alignedCharge, pb.ContextMode_CONTEXT_MODE_ON: alignedContextCharge,
	} {
		most := 0.0
		for _, text := range []string{"软x", "发", "发面后里干松谷", "发a", "\xff里"} {
			text = strings.Repeat(text, 16*kib/len(text))
			most = max(most, takes(t, text, mode == pb.ContextMode_CONTEXT_MODE_ON))
		}
		if most > float64(factor) || most < float64(factor)/2 {
			t.Errorf("%v: a text takes up to %.0f times its size, not %d", mode, most, factor)
		}
		request := &pb.BatchConvertRequest{
			Options: &pb.ConversionOptions{Profile: "s2twp", Context: mode}, AlignmentUnit: pb.OffsetUnit_OFFSET_UNIT_BYTES,
		}
		if got := v.charge(request, 100); got != 100+100*factor {
			t.Errorf("%v: 100 bytes are charged as %d", mode, got)
		}
	}
	if got := v.charge(&pb.BatchConvertRequest{}, 100); got != 100 {
		t.Errorf("100 bytes that are not aligned are charged as %d", got)
	}
}

// takes is how many times the size of a text its alignment and the reply with it take.
func takes(t *testing.T, s string, context bool) float64 {
	t.Helper()
	converter, err := han.New("s2twp", variety{context: context}.options()...)
	if err != nil {
		t.Fatal(err)
	}
	c := conversion{converter: converter, unit: pb.OffsetUnit_OFFSET_UNIT_CODE_POINTS}
	const texts = 8
	before := heapInUse()
	reply := &pb.BatchConvertResponse{}
	for range texts {
		out, err := c.convert(t.Context(), nil, text{bytesOf(s), true})
		if err != nil {
			t.Fatal(err)
		}
		reply.Results = append(reply.Results, &pb.BatchConvertResult{
			Content: &pb.BatchConvertResult_RawText{RawText: out.bytes}, Alignment: out.alignment,
		})
	}
	held := heapInUse() - before
	return float64(held+proto.Size(reply)) / float64(texts*len(s))
}

func heapInUse() int {
	runtime.GC()
	runtime.GC() // pools let go in the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
