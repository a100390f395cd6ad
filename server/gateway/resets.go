package gateway

import (
	"log/slog"
	"net/http"
	"sync/atomic"
)

// mostTakenBack is how many more requests a connection may take back before they are answered than it lets be answered.
// A client in earnest takes back one now and then, and needs no more than a new connection if it is misjudged; a flood
// of requests that are taken back at once (CVE-2023-44487) gets there within milliseconds.
const mostTakenBack = 500

// statusTakenBack is what logs and metrics say of a request that its client has taken back; nobody receives it.
const statusTakenBack = 499

// takenBack is by how many more requests a connection has taken back than let be answered; it is never below zero.
type takenBack struct{ surplus atomic.Int64 }

// count notes a request and tells, once, that there are too many.
func (t *takenBack) count(answered bool) (tooMany bool) {
	if !answered {
		return t.surplus.Add(1) == mostTakenBack
	}
	if n := t.surplus.Load(); n > 0 {
		t.surplus.CompareAndSwap(n, n-1) // one that is lost to another does no harm
	}
	return false
}

// inEarnest ends connections that take back more requests than they let be answered. What is taken back by the time its
// turn comes is not begun.
func inEarnest(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w, request: r}
		if r.Context().Err() == nil {
			next.ServeHTTP(a, r)
		} else {
			w.WriteHeader(statusTakenBack)
			connectionOf(r).chargeTakenBack()
		}
		c := connectionOf(r)
		if c.takenBack.count(a.inTime || r.Context().Err() == nil) {
			log.Info("an HTTP connection was closed because it takes back its requests", "peer", c.conn.RemoteAddr().String())
			_ = c.conn.Close() // net/http ends what is left of it
		}
	})
}

// answer tells whether the client was still waiting when its answer began.
type answer struct {
	http.ResponseWriter
	request *http.Request
	inTime  bool
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.inTime = a.inTime || a.request.Context().Err() == nil
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
