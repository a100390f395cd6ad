package gateway_test

import (
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/gateway"
)

var hurry = gateway.Config{Limits: server.Limits{StreamIdle: 200 * time.Millisecond}}

// The server says why a stream has ended that stood still, before HTTP gives up on it.
func TestIdleStreamsAreToldWhy(t *testing.T) {
	url, _ := start(t, hurry)
	_, err := openStream(t.Context(), t, url, "s2t").Recv()
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

// A call whose text does not come is told so, however slowly it comes, and in all of HTTP's ways.
func TestTextsThatDoNotComeInTimeAreToldWhy(t *testing.T) {
	url, _ := start(t, gateway.Config{Limits: server.Limits{RequestTimeout: 300 * time.Millisecond}})
	for name, header := range map[string][2]string{
		"JSON":               {"Content-Type", "application/json"},
		"Connect":            {"Connect-Protocol-Version", "1"},
		"gzip of JSON":       {"Content-Encoding", "gzip"},
		"JSON, known length": {"Content-Length", "1000"},
		"HTTP/2":             {"X-Nothing", ""},
	} {
		t.Run(name, func(t *testing.T) {
			body, sent := io.Pipe()
			defer sent.Close()
			path := "/v1/convert"
			if name == "Connect" {
				path = "/hanconv.v1.ConversionService/Convert"
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+path, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set(header[0], header[1])
			if header[0] == "Content-Length" {
				req.ContentLength = 1000
			}
			go func() { // a byte now and then
				for err := error(nil); err == nil; time.Sleep(50 * time.Millisecond) {
					_, err = io.WriteString(sent, " ")
				}
			}()
			began := time.Now()
			client := newClient(t)
			if name == "HTTP/2" {
				protocols := new(http.Protocols)
				protocols.SetUnencryptedHTTP2(true)
				client.Transport.(*http.Transport).Protocols = protocols
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != http.StatusGatewayTimeout || time.Since(began) > 10*time.Second {
				t.Errorf("%d after %v", resp.StatusCode, time.Since(began))
			}
			for _, part := range []string{"REQUEST_TIMEOUT", `"limit_seconds"`, "0.3"} {
				if !strings.Contains(string(got), part) {
					t.Errorf("no %s in %s", part, got)
				}
			}
		})
	}
}
