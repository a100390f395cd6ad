package client_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const simplified = "鼠标里面的硅二极管坏了，导致光标分辨率降低。"

func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	l, err := server.Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// start serves on a TCP port of its own until the test ends.
func start(t testing.TB, opts ...server.Option) (addr string, s *server.Server) {
	t.Helper()
	return serve(t, listen(t, "127.0.0.1:0"), opts...)
}

func serve(t testing.TB, l net.Listener, opts ...server.Option) (addr string, s *server.Server) {
	t.Helper()
	s = server.New(opts...)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), s
}

func connect(t testing.TB, target string, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(target, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// targets are a TCP and a Unix socket with a server behind them.
func targets(t testing.TB) map[string]string {
	t.Helper()
	unix := "unix:" + filepath.Join(t.TempDir(), "s")
	serve(t, listen(t, unix))
	tcp, _ := start(t)
	return map[string]string{"tcp": tcp, "unix": unix}
}

func library(t testing.TB, profile string, opts ...han.Option) *han.Converter {
	t.Helper()
	c, err := han.New(profile, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// inContext is library with context.
func inContext(t testing.TB, profile string) *han.Converter {
	return library(t, profile, han.WithContext())
}

func model() client.Model {
	return client.Model{Version: han.ModelVersion(), Fingerprint: han.ModelFingerprint()}
}

// article is a text of n bytes at least with a little of everything, broken characters included.
func article(n int) string {
	return strings.Repeat(simplified+"hello\r\n头发与发财\xff，后来皇后在后面。⿰木頁𠮷\xe9\x87\n", 1+n/100)
}
