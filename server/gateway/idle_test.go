package gateway_test

import (
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/gateway"
)

var hurry = gateway.Config{Limits: server.Limits{StreamIdle: 200 * time.Millisecond}}

// The server says why a stream has ended that stood still, before HTTP gives up on it.
func TestIdleStreamsAreToldWhy(t *testing.T) {
	url, _ := start(t, hurry)
	conn, err := grpc.NewClient(strings.TrimPrefix(url, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s, err := pb.NewConversionServiceClient(conn).StreamConvert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	options := &pb.StreamConvertOptions{Options: &pb.ConversionOptions{Profile: "s2t"}}
	_ = s.Send(&pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Options{Options: options}})
	if m, err := s.Recv(); err != nil || m.GetHeader() == nil {
		t.Fatalf("%v %v", m, err)
	}
	_, err = s.Recv()
	st := status.Convert(err)
	if len(st.Details()) != 1 || st.Code() != codes.DeadlineExceeded {
		t.Fatalf("%v", st.Proto())
	}
	if info, ok := st.Details()[0].(*errdetails.ErrorInfo); !ok || info.GetReason() != "STREAM_IDLE" || info.GetMetadata()["limit_seconds"] != "0.2" {
		t.Errorf("%v", info)
	}
}

func TestIdleStreamsOfJSONAreToldWhy(t *testing.T) {
	url, _ := start(t, hurry)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	defer transport.CloseIdleConnections()
	body, sent := io.Pipe()
	defer sent.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/hanconv.v1.ConversionService/StreamConvert", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/connect+json")
	go func() {
		options := `{"options":{"options":{"profile":"s2t"}}}`
		_, _ = io.WriteString(sent, string(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(options))))+options)
	}()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	for _, part := range []string{`"deadline_exceeded"`, `"reason":"STREAM_IDLE"`, `"limit_seconds":"0.2"`} {
		if err != nil || !strings.Contains(strings.ReplaceAll(string(got), `": "`, `":"`), part) {
			t.Errorf("no %s in %d %q, %v", part, resp.StatusCode, got, err)
		}
	}
}
