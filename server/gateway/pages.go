package gateway

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"time"

	"github.com/rs/cors"
	"google.golang.org/grpc/codes"

	"github.com/hanconv/hanconv/server"
)

//go:embed hanconv/v1/conversion_service.openapi.json
var generated []byte

// The paths of the pages beside the calls.
const (
	HealthPath  = "/healthz"
	ReadyPath   = "/readyz"
	OpenAPIPath = "/openapi.json"
)

// openAPI is the document that is generated from the .proto files, with a title for people.
func openAPI(version string) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(generated, &doc); err != nil {
		return nil, err
	}
	doc["info"] = map[string]any{
		"title":       "hanconv",
		"version":     version,
		"description": "Converts Chinese text between scripts and regional variants. Errors are google.rpc.Status.",
		"license":     map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
	}
	return json.MarshalIndent(doc, "", "  ")
}

// withPages adds the pages that need no credentials.
func withPages(s *server.Server, doc []byte, calls http.Handler) http.Handler {
	mux := http.NewServeMux()
	health := Health(s)
	mux.Handle("GET "+HealthPath, health)
	mux.Handle("GET "+ReadyPath, health)
	mux.HandleFunc("GET "+OpenAPIPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(doc) // a client that has gone needs none
	})
	mux.Handle("/", calls)
	return mux
}

// Health answers GET /healthz, always well, and GET /readyz, well as long as s takes calls.
func Health(s *server.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+HealthPath, func(w http.ResponseWriter, _ *http.Request) { page(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET "+ReadyPath, func(w http.ResponseWriter, r *http.Request) {
		if s.Ready() {
			page(w, http.StatusOK, "ready\n")
			return
		}
		page(w, http.StatusServiceUnavailable, "not ready: the server is stopping\n")
	})
	return mux
}

func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that has gone needs none
}

// notFound answers in the way in which calls fail.
func notFound(w http.ResponseWriter, r *http.Request) {
	body, _ := json.Marshal(map[string]any{ // strings and numbers cannot fail
		"code":    codes.NotFound,
		"message": "there is nothing at " + r.Method + " " + r.URL.Path + "; " + OpenAPIPath + " lists what there is",
	})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(body) // a client that has gone needs none
}

// withCORS lets scripts of the origins call. Credentials of the browser itself, such as cookies, are never asked for.
func withCORS(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	const day = 24 * time.Hour
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost},
		AllowedHeaders: []string{
			"Authorization", "Content-Type", "X-Grpc-Web", "X-User-Agent", "Grpc-Timeout", "Connect-Protocol-Version",
			"Connect-Timeout-Ms", "X-Server-Timeout", server.RequestIDHeader,
		},
		ExposedHeaders: []string{
			"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin", "Retry-After", server.RequestIDHeader,
		},
		MaxAge: int(day.Seconds()),
	}).Handler(next)
}
