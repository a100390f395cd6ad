package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
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
