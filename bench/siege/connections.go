package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

// openMany opens n connections to address, a few at a time, and lets prepare say what is to be said on each.
func openMany(ctx context.Context, address string, n int, prepare func(net.Conn) error) ([]net.Conn, error) {
	var (
		mu    sync.Mutex
		conns []net.Conn
		errs  []error
		wg    sync.WaitGroup
	)
	room := make(chan struct{}, 64)
	for range n {
		if ctx.Err() != nil {
			break
		}
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			conn, err := net.DialTimeout("tcp", address, 5*time.Second)
			if err == nil {
				err = prepare(conn)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
			}
			if conn != nil {
				conns = append(conns, conn)
			}
		})
	}
	wg.Wait()
	return conns, errors.Join(errs[:min(len(errs), 3)]...)
}

func closeAll(conns []net.Conn) {
	for _, c := range conns {
		_ = c.Close()
	}
}

// sayNothing stalls before the handshake.
func sayNothing(net.Conn) error { return nil }

// sayHTTP stalls inside the header of a request.
func sayHTTP(c net.Conn) error {
	_, err := io.WriteString(c, "POST /v1/convert HTTP/1.1\r\nHost: a\r\n")
	return err
}

// sayHello sets up HTTP/2 and asks for nothing.
func sayHello(c net.Conn) error {
	if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
		return err
	}
	f := http2.NewFramer(c, c)
	if err := f.WriteSettings(); err != nil {
		return err
	}
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return fmt.Errorf("setting up HTTP/2: %w", err)
		}
		if s, ok := frame.(*http2.SettingsFrame); ok && !s.IsAck() {
			return f.WriteSettingsAck()
		}
	}
}

// closedWithin counts the connections that the server ends before the time is over.
func closedWithin(conns []net.Conn, d time.Duration) int {
	end := time.Now().Add(d)
	closed := 0
	for _, c := range conns {
		_ = c.SetReadDeadline(end)
		_, err := io.Copy(io.Discard, c)
		var late net.Error
		if !errors.As(err, &late) || !late.Timeout() {
			closed++
		}
	}
	return closed
}
