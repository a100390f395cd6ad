package gateway

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/hanconv/hanconv/server"
)

// explained gives refusals the headers that HTTP has for them, and details to the one that has none: of a body that is too
// large to be read. What is no call at all is refused in the way in which calls are.
func explained(l server.Limits, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &explainer{ResponseWriter: w, most: l.MessageBytes(), size: r.ContentLength}
		defer e.end()
		next.ServeHTTP(e, r)
	})
}

// explainer holds back a status until the body, which comes in one piece, tells more, such as when to come again. What
// reads the request's body on behalf of the proxy may report an error when the handler has returned and the reply is
// net/http's again; then there is nobody left to tell.
type explainer struct {
	http.ResponseWriter
	mu   sync.Mutex
	over bool // the handler has returned
	held int
	most int   // what a message may have, in bytes
	size int64 // what the body has; -1 if that is not known
}

// WriteHeader implements http.ResponseWriter.
func (e *explainer) WriteHeader(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return
	}
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable,
		http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusHTTPVersionNotSupported:
		e.held = status
		return
	case http.StatusUnauthorized:
		e.ResponseWriter.Header().Set("WWW-Authenticate", "Bearer")
	}
	e.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (e *explainer) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return 0, io.ErrClosedPipe
	}
	if e.held == 0 {
		return e.ResponseWriter.Write(b)
	}
	said := b
	if strings.HasPrefix(e.ResponseWriter.Header().Get("Content-Type"), "text/plain") && e.held != http.StatusServiceUnavailable {
		said = e.noCall(b)
	} else if st := statusIn(b); st != nil {
		if wait, ok := retryAfter(st); ok {
			e.ResponseWriter.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		}
		if st.GetCode() == int32(codes.ResourceExhausted) && len(st.GetDetails()) == 0 {
			said = e.tooLarge(st, b)
		}
	}
	e.release()
	if _, err := e.ResponseWriter.Write(said); err != nil {
		return 0, err
	}
	return len(b), nil
}

// noCall makes a status of a line of text.
func (e *explainer) noCall(text []byte) []byte {
	code := codes.InvalidArgument
	if e.held == http.StatusMethodNotAllowed || e.held == http.StatusHTTPVersionNotSupported {
		code = codes.Unimplemented
	}
	said, _ := json.Marshal(map[string]any{ // strings and numbers cannot fail
		"code": code, "message": strings.TrimSpace(string(text)) + "; " + OpenAPIPath + " lists what there is",
	})
	e.ResponseWriter.Header().Set("Content-Type", "application/json")
	e.ResponseWriter.Header().Del("Content-Length")
	return said
}

// tooLarge is a status, which is written as b, with the limit and the size.
func (e *explainer) tooLarge(st *statuspb.Status, b []byte) []byte {
	info := &errdetails.ErrorInfo{Domain: server.ErrorDomain, Reason: "TOO_MANY_BYTES", Metadata: map[string]string{
		"limit_bytes": strconv.Itoa(e.most),
	}}
	if e.size >= 0 {
		info.Metadata["size_bytes"] = strconv.FormatInt(e.size, 10)
	}
	detail, err := anypb.New(info)
	if err != nil {
		return b
	}
	st.Details = append(st.Details, detail)
	said, err := protojson.Marshal(st)
	if err != nil {
		return b
	}
	e.ResponseWriter.Header().Del("Content-Length")
	return said
}

// Header implements http.ResponseWriter.
func (e *explainer) Header() http.Header {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return http.Header{}
	}
	return e.ResponseWriter.Header()
}

// Flush implements http.Flusher.
func (e *explainer) Flush() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held == 0 && !e.over {
		_ = http.NewResponseController(e.ResponseWriter).Flush() // the next write tells
	}
}

// Unwrap is for http.ResponseController.
func (e *explainer) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// end gives the reply back to net/http.
func (e *explainer) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.release()
	e.over = true
}

func (e *explainer) release() {
	if e.held != 0 {
		e.ResponseWriter.WriteHeader(e.held)
		e.held = 0
	}
}

// statusIn is the google.rpc.Status that JSON is, or nil.
func statusIn(body []byte) *statuspb.Status {
	var st statuspb.Status
	if !strings.HasPrefix(string(body), "{") || protojson.Unmarshal(body, &st) != nil {
		return nil
	}
	return &st
}

// retryAfter finds google.rpc.RetryInfo in a status.
func retryAfter(st *statuspb.Status) (time.Duration, bool) {
	for _, d := range st.GetDetails() {
		var info errdetails.RetryInfo
		if d.MessageIs(&info) && d.UnmarshalTo(&info) == nil {
			return info.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}
