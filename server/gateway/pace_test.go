package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hanconv/hanconv/server"
)

// The proxy reads the body of a call that was taken back although its handler has returned; net/http panics when a
// deadline is asked for then.
func TestABodyOutlivesItsHandler(t *testing.T) {
	returned, read := make(chan struct{}), make(chan error)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := &pacedBody{ReadCloser: r.Body, pace: &pace{control: http.NewResponseController(w), patience: time.Minute}}
		defer body.leave()
		go func() {
			<-returned
			_, err := body.Read(make([]byte, 1))
			read <- err
		}()
		w.WriteHeader(http.StatusNoContent)
	})
	url, client := overHTTP2(t, handler)
	resp, err := client.Post(url, "text/plain", io.MultiReader(strings.NewReader("a")))
	if err != nil || resp.Body.Close() != nil || resp.ProtoMajor != 2 {
		t.Fatalf("%v %v", resp, err)
	}
	time.Sleep(10 * time.Millisecond) // net/http tells nobody when it has let go of the handler's writer
	close(returned)
	<-read
}

func overHTTP2(t *testing.T, h http.Handler) (url string, client *http.Client) {
	t.Helper()
	var unencrypted http.Protocols
	unencrypted.SetUnencryptedHTTP2(true)
	s := httptest.NewUnstartedServer(h)
	s.Config.Protocols = &unencrypted
	s.Start()
	t.Cleanup(s.Close)
	transport := &http.Transport{Protocols: &unencrypted}
	t.Cleanup(transport.CloseIdleConnections)
	return s.URL, &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

// TestLateError: what reads a body may report an error when the handler has
// returned; the reply is complete by then, and stays as it is.
func TestLateError(t *testing.T) {
	inner := make(chan http.ResponseWriter, 1)
	handler := explained(server.Limits{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte("in time"))
		inner <- w
	}))
	var late sync.WaitGroup
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		w = <-inner
		late.Go(func() {
			for range 100 {
				w.Header().Set("Content-Type", "text/plain")
				w.WriteHeader(http.StatusBadGateway)
				if _, err := w.Write([]byte("too late")); err == nil {
					t.Error("a late write succeeded")
				}
				_ = http.NewResponseController(w).Flush()
			}
		})
	}))
	defer s.Close()
	for range 10 {
		reply, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(reply.Body)
		if err != nil || string(body) != "in time" || reply.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%d, %q, %v", reply.StatusCode, body, err)
		}
		_ = reply.Body.Close()
	}
	late.Wait()
}
