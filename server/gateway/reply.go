package gateway

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
)

// explained gives refusals the headers that HTTP has for them.
func explained(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &explainer{ResponseWriter: w}
		next.ServeHTTP(e, r)
		e.release()
	})
}

// explainer holds back the status of an overload until the body, which comes in one piece, tells when to come again.
type explainer struct {
	http.ResponseWriter
	held int
}

// WriteHeader implements http.ResponseWriter.
func (e *explainer) WriteHeader(status int) {
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		e.held = status
		return
	case http.StatusUnauthorized:
		e.Header().Set("WWW-Authenticate", "Bearer")
	}
	e.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (e *explainer) Write(b []byte) (int, error) {
	if e.held != 0 {
		if wait, ok := retryAfter(b); ok {
			e.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		}
		e.release()
	}
	return e.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (e *explainer) Flush() {
	if e.held == 0 {
		_ = http.NewResponseController(e.ResponseWriter).Flush() // the next write tells
	}
}

// Unwrap is for http.ResponseController.
func (e *explainer) Unwrap() http.ResponseWriter { return e.ResponseWriter }

func (e *explainer) release() {
	if e.held != 0 {
		e.ResponseWriter.WriteHeader(e.held)
		e.held = 0
	}
}

// retryAfter finds google.rpc.RetryInfo in the JSON of a google.rpc.Status.
func retryAfter(body []byte) (time.Duration, bool) {
	var st statuspb.Status
	if !strings.HasPrefix(string(body), "{") || protojson.Unmarshal(body, &st) != nil {
		return 0, false
	}
	for _, d := range st.GetDetails() {
		var info errdetails.RetryInfo
		if d.MessageIs(&info) && d.UnmarshalTo(&info) == nil {
			return info.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}
