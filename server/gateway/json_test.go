package gateway_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/gateway"
)

func TestJSONConverts(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	c := newClient(t)
	got := do(t, c, "POST", url+"/v1/convert", `{"options":{"profile":"s2twp"},"text":"鼠标里面的软件"}`)
	v := got.json(t)
	info, _ := v["conversion"].(map[string]any)
	if got.StatusCode != 200 || v["text"] != "滑鼠裡面的軟體" || info["dictionaryFingerprint"] != fingerprint(t, "s2twp") {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if kind := got.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("content type %q", kind)
	}

	raw := base64.StdEncoding.EncodeToString([]byte("里\xff面"))
	v = do(t, c, "POST", url+"/v1/convert", `{"options":{"profile":"s2tw"},"rawText":"`+raw+`"}`).json(t)
	if want := base64.StdEncoding.EncodeToString([]byte("裡\xff面")); v["rawText"] != want {
		t.Errorf("%v", v)
	}

	v = do(t, c, "POST", url+"/v1/convert",
		`{"options":{"sourceLanguage":"zh-CN","targetLanguage":"zh-TW"},"text":"打印机","alignmentUnit":"OFFSET_UNIT_UTF16_CODE_UNITS"}`).json(t)
	spans, _ := v["alignment"].(map[string]any)["spans"].([]any)
	if len(spans) == 0 || spans[0].(map[string]any)["sourceStart"] != "0" {
		t.Errorf("%v", v)
	}
}

func TestJSONBatchAndProfiles(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	c := newClient(t)
	v := do(t, c, "POST", url+"/v1/convert:batch", `{"options":{"profile":"t2s"},"items":[{"text":"軟體"},{}]}`).json(t)
	results := v["results"].([]any)
	first, second := results[0].(map[string]any), results[1].(map[string]any)
	if first["text"] != "软体" || second["status"].(map[string]any)["code"] != float64(codes.InvalidArgument) {
		t.Errorf("%v", v)
	}
	profiles := do(t, c, "GET", url+"/v1/profiles", "").json(t)["profiles"].([]any)
	if len(profiles) != len(han.Profiles()) {
		t.Errorf("%v", profiles)
	}
}

// problem is a google.rpc.Status in JSON.
func problem(t *testing.T, r reply) (code codes.Code, message, reason string) {
	t.Helper()
	v := r.json(t)
	n, _ := v["code"].(float64)
	message, _ = v["message"].(string)
	details, _ := v["details"].([]any)
	for _, d := range details {
		if d := d.(map[string]any); d["@type"] == "type.googleapis.com/google.rpc.ErrorInfo" {
			reason, _ = d["reason"].(string)
		}
	}
	return codes.Code(n), message, reason
}

func TestJSONRefusals(t *testing.T) {
	limits := server.Limits{TextBytes: 1000, BatchBytes: 1000}
	url, _ := start(t, gateway.Config{Limits: limits})
	c := newClient(t)
	long := strings.Repeat("a", 1001)
	huge := strings.Repeat("a", 200_000)
	for _, test := range []struct {
		name, path, body string
		status           int
		reason           string
		message          []string
	}{
		{"profile", "/v1/convert", `{"options":{"profile":"s2x"},"text":""}`, 400, "UNKNOWN_PROFILE", []string{"s2x", "s2t"}},
		{"syntax", "/v1/convert", `{"options":`, 400, "MALFORMED_MESSAGE", []string{"JSON", "ConvertRequest"}},
		{"field", "/v1/convert", `{"txt":"a"}`, 400, "MALFORMED_MESSAGE", []string{`"txt"`}},
		{"bytes", "/v1/convert", "{\"text\":\"\xff\"}", 400, "MALFORMED_MESSAGE", []string{"UTF-8"}},
		{"two texts", "/v1/convert", `{"text":"a","rawText":"YQ=="}`, 400, "MALFORMED_MESSAGE", []string{"rawText"}},
		{"text too large", "/v1/convert", `{"options":{"profile":"s2t"},"text":"` + long + `"}`, 429, "TOO_MANY_BYTES",
			[]string{"1001", "1000"}},
		{"body too large", "/v1/convert", `{"options":{"profile":"s2t"},"text":"` + huge + `"}`, 429, "TOO_MANY_BYTES", []string{"exceeded"}},
		{"path", "/v1/nothing", `{}`, 404, "", []string{"/v1/nothing", "/openapi.json"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := do(t, c, "POST", url+test.path, test.body)
			_, message, reason := problem(t, got)
			if got.StatusCode != test.status || reason != test.reason {
				t.Errorf("%d %s", got.StatusCode, got.body)
			}
			for _, part := range test.message {
				if !strings.Contains(message, part) {
					t.Errorf("%q does not say %s", message, part)
				}
			}
		})
	}
	for _, test := range []struct {
		method, path, body string
		header             [2]string
		status             int
		code               codes.Code
	}{
		{"GET", "/v1/convert", "", [2]string{"X", "y"}, 405, codes.Unimplemented},
		{"POST", "/v1/convert", "{}", [2]string{"Content-Type", "text/plain"}, 415, codes.InvalidArgument},
		{"POST", "/v1/convert", "{}", [2]string{"Content-Encoding", "br"}, 415, codes.InvalidArgument},
		{"POST", "/hanconv.v1.ConversionService/StreamConvert", "{}", [2]string{"Content-Type", "application/connect+json"}, 505, codes.Unimplemented},
	} {
		got := do(t, c, test.method, url+test.path, test.body, test.header[:]...)
		if code, message, _ := problem(t, got); got.StatusCode != test.status || code != test.code || message == "" {
			t.Errorf("%s %s %v: %d %v %s", test.method, test.path, test.header, got.StatusCode, got.Header, got.body)
		}
	}
}

// A body that is too large to be read is refused with limit and size, too; the size of one that comes in chunks nobody knows.
func TestBodiesThatAreTooLarge(t *testing.T) {
	limits := server.Limits{TextBytes: 1000, BatchBytes: 1000}
	url, _ := start(t, gateway.Config{Limits: limits})
	body := `{"options":{"profile":"s2t"},"text":"` + strings.Repeat("a", 200_000) + `"}`
	most := strconv.Itoa(limits.WithDefaults().MessageBytes())
	for name, test := range map[string]struct {
		body io.Reader
		size any
	}{
		"known":   {strings.NewReader(body), strconv.Itoa(len(body))},
		"chunked": {io.MultiReader(strings.NewReader(body)), nil},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := newClient(t).Post(url+"/v1/convert", "application/json", test.body)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var st struct {
				Code    int
				Details []struct{ Metadata map[string]any }
			}
			if err := json.NewDecoder(resp.Body).Decode(&st); err != nil || len(st.Details) != 1 {
				t.Fatalf("%+v %v", st, err)
			}
			got := st.Details[0].Metadata
			if resp.StatusCode != 429 || st.Code != 8 || got["limit_bytes"] != most || got["size_bytes"] != test.size {
				t.Errorf("%d %+v", resp.StatusCode, st)
			}
		})
	}
}

// Interceptors stand for whatever guards the server: they have to see HTTP calls as they see others.
func TestInterceptorsGuardHTTP(t *testing.T) {
	guard := func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		md, _ := metadata.FromIncomingContext(ctx)
		switch {
		case slices.Equal(md.Get("authorization"), []string{"Bearer busy"}):
			st, _ := status.New(codes.Unavailable, "busy").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)})
			return nil, st.Err()
		case !slices.Equal(md.Get("authorization"), []string{"Bearer good"}):
			return nil, status.Error(codes.Unauthenticated, "no valid credentials")
		}
		return next(ctx, req)
	}
	url, _ := start(t, gateway.Config{}, server.WithUnaryInterceptors(guard))
	c := newClient(t)
	for _, path := range []string{"/v1/profiles", "/hanconv.v1.ConversionService/ListProfiles"} {
		call := func(token string) reply {
			if strings.HasPrefix(path, "/v1") {
				return do(t, c, "GET", url+path, "", "Authorization", token)
			}
			return do(t, c, "POST", url+path, `{}`, "Authorization", token, "Connect-Protocol-Version", "1")
		}
		if got := call("Bearer good"); got.StatusCode != 200 {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.body)
		}
		if got := call("Bearer bad"); got.StatusCode != 401 || got.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d %v %s", path, got.StatusCode, got.Header, got.body)
		}
	}
	got := do(t, c, "GET", url+"/v1/profiles", "", "Authorization", "Bearer busy")
	if got.StatusCode != 503 || got.Header.Get("Retry-After") != "2" {
		t.Errorf("%d %v %s", got.StatusCode, got.Header, got.body)
	}
	for _, page := range []string{"/healthz", "/readyz", "/openapi.json"} {
		if got := do(t, c, "GET", url+page, ""); got.StatusCode != 200 {
			t.Errorf("%s: %d", page, got.StatusCode)
		}
	}
}

func TestGzip(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	c := newClient(t)
	packed := pack(t, `{"options":{"profile":"s2t"},"text":"`, strings.Repeat("软件", 1000), `"}`)
	got := do(t, c, "POST", url+"/v1/convert", packed, "Content-Encoding", "gzip")
	if got.json(t)["text"] != strings.Repeat("軟件", 1000) {
		t.Errorf("%d %.200s", got.StatusCode, got.body)
	}
	got = do(t, c, "POST", url+"/v1/convert", "no gzip", "Content-Encoding", "gzip")
	if code, _, _ := problem(t, got); code != codes.InvalidArgument {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}

// A few hundred kilobytes that become 256 MB are refused before they do.
func TestGzipBomb(t *testing.T) {
	url, _ := start(t, gateway.Config{})
	c := newClient(t)
	bomb := strings.Repeat(pack(t, strings.Repeat("0", 1<<20)), 256)
	before := allocated()
	got := do(t, c, "POST", url+"/v1/convert", bomb, "Content-Encoding", "gzip")
	if code, message, reason := problem(t, got); code != codes.ResourceExhausted || reason != "TOO_MANY_BYTES" {
		t.Errorf("%d %s", got.StatusCode, message)
	}
	if grown := allocated() - before; grown > 128<<20 {
		t.Errorf("%d bytes of gzip took %d MB", len(bomb), grown>>20)
	}
}

func fingerprint(t *testing.T, profile string) string {
	t.Helper()
	c, err := han.New(profile)
	if err != nil {
		t.Fatal(err)
	}
	return c.Fingerprint()
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func pack(t *testing.T, pieces ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for _, p := range pieces {
		if _, err := fmt.Fprint(w, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// outcomes observes the codes of calls.
type outcomes chan codes.Code

func (o outcomes) CallStarted(string)                          {}
func (o outcomes) CallEnded(_ context.Context, c *server.Call) { o <- c.Code }

// A body that is no JSON is not the server's failure, in its own books neither.
func TestMalformedJSONIsNoInternalError(t *testing.T) {
	seen := make(outcomes, 1)
	url, _ := start(t, gateway.Config{}, server.WithObserver(seen))
	for _, body := range []string{`{"text":`, `{"nonsense":1}`, `[]`} {
		got := do(t, newClient(t), "POST", url+"/v1/convert", body)
		if got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, got.StatusCode, got.body)
		}
		if code := <-seen; code != codes.InvalidArgument {
			t.Errorf("%s: the call was noted as %v", body, code)
		}
	}
}
