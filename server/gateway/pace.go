package gateway

import (
	"io"
	"net/http"
	"time"

	"github.com/hanconv/hanconv/server"
)

// paced ends requests whose body does not come and whose reply is not taken, and connections that are old or whose server is stopping.
func paced(s *server.Server, l server.Limits, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Ready() || time.Since(connectionOf(r).began) > l.ConnectionAge {
			w.Header().Set("Connection", "close") // over HTTP/2 this becomes GOAWAY
		}
		p := &pace{ResponseWriter: w, control: http.NewResponseController(w), patience: l.StreamIdle}
		p.write()
		defer p.write() // for what the last flush has left
		r.Body = &pacedBody{r.Body, p}
		next.ServeHTTP(p, r)
	})
}

// pace gives every step of a request the same time anew.
type pace struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

func (p *pace) write() { _ = p.control.SetWriteDeadline(time.Now().Add(p.patience)) }

// Write implements http.ResponseWriter.
func (p *pace) Write(b []byte) (int, error) {
	p.write()
	return p.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (p *pace) Flush() {
	p.write()
	_ = p.control.Flush() // the next write tells
}

// Unwrap is for http.ResponseController.
func (p *pace) Unwrap() http.ResponseWriter { return p.ResponseWriter }

type pacedBody struct {
	io.ReadCloser
	pace *pace
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.pace.control.SetReadDeadline(time.Now().Add(b.pace.patience))
	return b.ReadCloser.Read(p)
}
