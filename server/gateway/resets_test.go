package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/access"
	"github.com/hanconv/hanconv/server/gateway"
)

// rawClient speaks HTTP/2 frame by frame.
type rawClient struct {
	*http2.Framer
	conn net.Conn
	last uint32 // stream
}

func dialRaw(t *testing.T, url string) *rawClient {
	t.Helper()
	return dialRawFrom(t, url, "")
}

// dialRawFrom opens a connection from an address of this machine's.
func dialRawFrom(t *testing.T, url, from string) *rawClient {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil && from != "" {
		t.Skipf("no connection from %s: %v (other systems have one loopback address)", from, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	_, err = io.WriteString(conn, http2.ClientPreface)
	c := &rawClient{Framer: http2.NewFramer(conn, conn), conn: conn}
	if err != nil || c.WriteSettings() != nil {
		t.Fatal("no HTTP/2")
	}
	return c
}

// ask begins a request and returns its stream.
func (c *rawClient) ask(method, path string, end bool) (stream uint32, err error) {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range [][2]string{{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "a"}} {
		_ = e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	c.last = max(1, c.last+2) | 1
	return c.last, c.WriteHeaders(http2.HeadersFrameParam{
		StreamID: c.last, BlockFragment: b.Bytes(), EndHeaders: true, EndStream: end,
	})
}

// takeBack begins a call and takes it back.
func (c *rawClient) takeBack() error {
	stream, err := c.ask("POST", "/v1/convert", false)
	if err != nil {
		return err
	}
	return c.WriteRSTStream(stream, http2.ErrCodeCancel)
}

// get waits for the answer to a request.
func (c *rawClient) get(path string) error {
	stream, err := c.ask("GET", path, true)
	for err == nil {
		var f http2.Frame
		if f, err = c.ReadFrame(); err != nil {
			break
		}
		if d, ok := f.(*http2.DataFrame); ok && d.StreamID == stream && d.StreamEnded() {
			return nil
		}
		if s, ok := f.(*http2.SettingsFrame); ok && !s.IsAck() {
			err = c.WriteSettingsAck()
		}
	}
	return fmt.Errorf("stream %d: %w", stream, err)
}

// TestPathsWithoutASlashPassNoDoor is about CVE-2026-33186: such a path must not be another way to a method.
func TestPathsWithoutASlashPassNoDoor(t *testing.T) {
	list, err := access.Parse("callers.yaml", []byte("callers:\n- name: a\n  tokens: ["+access.HashToken("a").String()+"]\n"), access.NobodyAnonymous)
	if err != nil {
		t.Fatal(err)
	}
	url, _ := start(t, gateway.Config{}, server.WithAccess(list))
	for _, path := range []string{
		"v1/profiles", "//v1/profiles", "/healthz/../v1/profiles", "hanconv.v1.ConversionService/ListProfiles", "/v1/profiles",
	} {
		c := dialRaw(t, url)
		c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		stream, err := c.ask("GET", path, true)
		if err != nil {
			t.Fatal(err)
		}
		status := ""
		for status == "" {
			f, err := c.ReadFrame()
			if err != nil {
				status = err.Error()
				continue
			}
			switch f := f.(type) {
			case *http2.MetaHeadersFrame:
				if f.StreamID == stream {
					status = f.PseudoValue("status")
				}
			case *http2.RSTStreamFrame:
				status = f.ErrCode.String()
			}
		}
		if status == "200" || path == "/v1/profiles" && status != "401" {
			t.Errorf("%s: %s", path, status)
		}
	}
}

func TestAConnectionThatTakesBackItsCallsIsClosed(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	c := dialRaw(t, url)
	go func() { _, _ = io.Copy(io.Discard, c.conn) }()
	n := 0 // whatever a busy machine takes to close the connection
	for began := time.Now(); time.Since(began) < 20*time.Second; n++ {
		if err := c.takeBack(); err != nil {
			t.Logf("closed after %d calls: %v", n, err)
			return
		}
	}
	t.Errorf("%d calls were taken back on one connection", n)
}

func TestTakingBackACallNowAndThenIsFine(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	c := dialRaw(t, url)
	for n := range 1000 {
		if err := c.takeBack(); err != nil {
			t.Fatalf("call %d: %v", n, err)
		}
		if err := c.get("/healthz"); err != nil {
			t.Fatalf("call %d: %v", n, err)
		}
	}
}

// net/http keeps a stream until its deadline passes if that is set after the client has taken the stream back.
func TestNothingStaysOfCallsThatAreTakenBack(t *testing.T) {
	url, _ := start(t, gateway.Config{Limits: server.Limits{StreamIdle: time.Hour}})
	flood := func(connections int) {
		for n := range connections {
			c := dialRawFrom(t, url, fmt.Sprintf("127.0.1.%d", n%10+1)) // fewer calls from each than make the server refuse it
			for range 200 {                                             // fewer than make the server slow the connection down
				if err := c.takeBack(); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.get("/healthz"); err != nil {
				t.Fatal(err)
			}
			_ = c.conn.Close()
		}
	}
	flood(10)
	before := inUse()
	flood(50)
	if grown := inUse() - before; grown > 4<<20 {
		t.Errorf("%d KB stay of 10,000 calls", grown>>10)
	}
}

// inUse is the memory that is in use once the server has let go of what it can.
func inUse() int64 {
	least := int64(1 << 62)
	for range 10 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		least = min(least, int64(m.HeapAlloc))
		time.Sleep(20 * time.Millisecond)
	}
	return least
}
