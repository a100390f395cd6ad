package gateway

import (
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/hanconv/hanconv/server"
)

// paced ends requests whose body does not come and whose reply is not taken, and connections that are old or whose server
// is stopping. The time for the first step is the HTTP server's own: a deadline that is first set here when the client
// has taken its request back would keep that in memory until it passes.
func paced(s *server.Server, l server.Limits, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Ready() || time.Since(connectionOf(r).began) > l.ConnectionAge {
			w.Header().Set("Connection", "close") // over HTTP/2 this becomes GOAWAY
		}
		p := &pace{ResponseWriter: w, control: http.NewResponseController(w), patience: patience(l)}
		defer p.write() // for what the last flush has left
		body := &pacedBody{ReadCloser: r.Body, pace: p}
		defer body.leave()
		r.Body = body
		if r.ProtoMajor == 1 {
			p.unread = body
		}
		next.ServeHTTP(p, r)
	})
}

// patience is how long a request may stand still: a little longer than the server behind waits, which can say why it ends
// a call.
func patience(l server.Limits) time.Duration { return l.StreamIdle + 2*time.Second }

// lateBody is how long net/http may wait for the rest of a body when the reply is there. Over HTTP/1 it reads a part of it
// before it sends the reply, so that clients that write first and read later get to see that.
const lateBody = time.Second

// pace gives every step of a request the same time anew.
type pace struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
	unread   *pacedBody // that a reply makes useless; nil over HTTP/2, where both may go on together, and once it begins
}

// begin is called before anything of a reply is written.
func (p *pace) begin() {
	if p.unread != nil {
		p.unread.leave()
		_ = p.control.SetReadDeadline(time.Now().Add(lateBody))
		p.unread = nil
	}
}

// WriteHeader implements http.ResponseWriter.
func (p *pace) WriteHeader(status int) {
	if status >= http.StatusOK {
		p.begin()
	}
	p.ResponseWriter.WriteHeader(status)
}

func (p *pace) write() { _ = p.control.SetWriteDeadline(time.Now().Add(p.patience)) }

// Write implements http.ResponseWriter.
func (p *pace) Write(b []byte) (int, error) {
	p.begin()
	p.write()
	return p.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (p *pace) Flush() {
	p.begin()
	p.write()
	_ = p.control.Flush() // the next write tells
}

// Unwrap is for http.ResponseController.
func (p *pace) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// pacedBody gives every read of a body the same time anew, as long as the request is being handled: the proxy may read
// on when its handler has returned, and then net/http has no connection left to set a deadline on.
type pacedBody struct {
	io.ReadCloser
	pace *pace
	mu   sync.Mutex // held while a deadline is set
	left bool       // whether the handler has returned
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	b.extend()
	return b.ReadCloser.Read(p)
}

func (b *pacedBody) extend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.left {
		_ = b.pace.control.SetReadDeadline(time.Now().Add(b.pace.patience))
	}
}

func (b *pacedBody) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = true
}
