package gateway

import (
	"context"
	"net/http"
	"strings"
	"time"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

type exchangeKey struct{}

// observed tells observe of each request.
func observed(observe func(Exchange), next http.Handler) http.Handler {
	if observe == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &Exchange{Route: route(r.URL.Path), Protocol: protocol(r), Peer: connectionOf(r).conn.RemoteAddr()}
		began := time.Now()
		rec := &recorder{ResponseWriter: w}
		defer func() {
			x.Status, x.Duration = rec.status(), time.Since(began)
			observe(*x)
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
	})
}

func noteCall(r *http.Request) {
	if x, ok := r.Context().Value(exchangeKey{}).(*Exchange); ok {
		x.Called = true
	}
}

// recorder keeps the status.
type recorder struct {
	http.ResponseWriter
	code int
}

func (r *recorder) status() int {
	if r.code == 0 {
		return http.StatusOK
	}
	return r.code
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.code == 0 && status >= http.StatusOK {
		r.code = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// route is a path that there is: what is not is up to clients, and would make metrics without number.
func route(path string) string {
	switch {
	case path == HealthPath, path == ReadyPath, path == OpenAPIPath, path == "/v1/convert", path == "/v1/convert:batch",
		path == "/v1/profiles":
		return path
	case strings.HasPrefix(path, "/"+pb.ConversionService_ServiceDesc.ServiceName+"/"):
		return "/" + pb.ConversionService_ServiceDesc.ServiceName
	}
	return "other"
}

func protocol(r *http.Request) string {
	kind := r.Header.Get("Content-Type")
	switch {
	case strings.HasPrefix(kind, "application/grpc-web"):
		return "grpc-web"
	case strings.HasPrefix(kind, "application/grpc"):
		return "grpc"
	case r.Header.Get("Connect-Protocol-Version") != "", strings.HasPrefix(kind, "application/connect+"):
		return "connect"
	case strings.HasPrefix(r.URL.Path, "/v1/"):
		return "json"
	}
	return "page"
}
