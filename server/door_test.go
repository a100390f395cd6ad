package server_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/access"
)

func accessList(t testing.TB, p access.Policy, text string) *access.List {
	t.Helper()
	l, err := access.Parse("callers.yaml", []byte(text), p)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// caller is an entry of an access file.
func caller(name, token, more string) string {
	return fmt.Sprintf("- name: %s\n  tokens: [%s]\n%s", name, access.HashToken(token), more)
}

// as adds a token to a call.
func as(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// everyMethod calls each method that a door stands before.
func everyMethod(ctx context.Context, conn *grpc.ClientConn) map[string]error {
	c := pb.NewConversionServiceClient(conn)
	text := &pb.ConvertRequest_Text{Text: "汉字"}
	results := map[string]error{}
	_, results["Convert"] = c.Convert(ctx, &pb.ConvertRequest{Options: profile("s2t"), Content: text})
	_, results["BatchConvert"] = c.BatchConvert(ctx, &pb.BatchConvertRequest{Options: profile("s2t")})
	_, results["ListProfiles"] = c.ListProfiles(ctx, &pb.ListProfilesRequest{})
	_, _, err := streamAll(ctx, c, profile("s2t"), "汉字")
	results["StreamConvert"] = notEOF(err)
	results["Reflection"] = reflects(ctx, conn)
	return results
}

func notEOF(err error) error {
	if err != nil && err.Error() == "EOF" {
		return nil
	}
	return err
}

func reflects(ctx context.Context, conn *grpc.ClientConn) error {
	s, err := reflectpb.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		return err
	}
	_ = s.Send(&reflectpb.ServerReflectionRequest{MessageRequest: &reflectpb.ServerReflectionRequest_ListServices{}})
	_ = s.CloseSend()
	_, err = s.Recv()
	return err
}

func TestOnlyKnownCallersPass(t *testing.T) {
	list := accessList(t, access.NobodyAnonymous, "callers:\n"+caller("newsroom", "right", ""))
	addr, _ := start(t, server.WithAccess(list))
	conn := dial(t, addr)
	for method, err := range everyMethod(as(t.Context(), "right"), conn) {
		if err != nil {
			t.Errorf("%s with the token: %v", method, err)
		}
	}
	wrong := map[string]context.Context{
		"nothing":       t.Context(),
		"another token": as(t.Context(), "wrong"),
		"no token":      as(t.Context(), ""),
		"two tokens":    as(as(t.Context(), "right"), "right"),
		"another case":  as(t.Context(), "Right"),
		"the hash":      as(t.Context(), access.HashToken("right").String()),
	}
	var denials []*status.Status
	for name, ctx := range wrong {
		for method, err := range everyMethod(ctx, conn) {
			if status.Code(err) != codes.Unauthenticated {
				t.Errorf("%s with %s: %v", method, name, err)
			}
			denials = append(denials, status.Convert(err))
		}
	}
	for _, d := range denials { // nobody learns from one why it is one
		if !proto.Equal(d.Proto(), denials[0].Proto()) {
			t.Errorf("the denials %v and %v differ", d.Proto(), denials[0].Proto())
		}
	}
	for _, ctx := range wrong {
		if _, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}); err != nil {
			t.Errorf("the health check: %v", err)
		}
	}
}

func TestACallersMethodsAreItsOwn(t *testing.T) {
	list := accessList(t, access.NobodyAnonymous, "callers:\n"+caller("reader", "token", "  methods: [ListProfiles, Convert]"))
	addr, _ := start(t, server.WithAccess(list))
	for method, err := range everyMethod(as(t.Context(), "token"), dial(t, addr)) {
		want := codes.PermissionDenied
		if method == "ListProfiles" || method == "Convert" {
			want = codes.OK
		}
		if status.Code(err) != want {
			t.Errorf("%s: got %v, want %v", method, err, want)
		}
	}
}

func TestACallersLimitsAreItsOwn(t *testing.T) {
	list := accessList(t, access.EverybodyAnonymous, "callers:\n"+
		caller("small", "small", "  max-text: 1KiB\n  max-batch: 2KiB\n  max-stream: 3KiB\n")+caller("large", "large", "  max-text: 1GiB"))
	addr, _ := start(t, server.WithAccess(list), limits(2*kib, 0, 0, 64*kib, 0))
	c := rpc(t, addr)
	text := strings.Repeat("x", 3*kib+1)
	ctx := as(t.Context(), "small")
	_, err := c.Convert(ctx, &pb.ConvertRequest{Options: profile("s2t"), Content: &pb.ConvertRequest_Text{Text: text}})
	failureOf(t, err).check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", map[string]string{"limit_bytes": "1024"}, "text")
	item := &pb.BatchConvertItem{Content: &pb.BatchConvertItem_Text{Text: text}}
	_, err = c.BatchConvert(ctx, &pb.BatchConvertRequest{Options: profile("s2t"), Items: []*pb.BatchConvertItem{item}})
	failureOf(t, err).check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", map[string]string{"limit_bytes": "2048"}, "items")
	_, _, err = streamAll(ctx, c, profile("s2t"), text)
	failureOf(t, err).check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", map[string]string{"limit_bytes": "3072"}, "chunk")
	for _, ctx := range []context.Context{as(t.Context(), "large"), t.Context()} { // nobody goes beyond the server's own
		_, err = c.Convert(ctx, &pb.ConvertRequest{Options: profile("s2t"), Content: &pb.ConvertRequest_Text{Text: text}})
		failureOf(t, err).check(t, codes.ResourceExhausted, "TOO_MANY_BYTES", map[string]string{"limit_bytes": "2048"}, "text")
	}
}

// retryAfter is what a refusal's RetryInfo says, or -1.
func retryAfter(err error) time.Duration {
	for _, d := range status.Convert(err).Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok {
			return r.GetRetryDelay().AsDuration()
		}
	}
	return -1
}

func TestRatesAreKept(t *testing.T) {
	list := accessList(t, access.NobodyAnonymous, "callers:\n"+
		caller("slow", "slow", "  rate: 2\n  burst: 3\n")+caller("quick", "quick", ""))
	addr, s := start(t, server.WithAccess(list))
	c := rpc(t, addr)
	call := func(token string) error {
		_, err := c.ListProfiles(as(t.Context(), token), &pb.ListProfilesRequest{})
		return err
	}
	for range 3 {
		if err := call("slow"); err != nil {
			t.Fatal(err)
		}
	}
	err := call("slow")
	if after := retryAfter(err); status.Code(err) != codes.ResourceExhausted || after <= 0 || after > 500*time.Millisecond {
		t.Errorf("got %v, to be tried again after %v", err, after)
	}
	s.Apply(server.Setup{Access: accessList(t, access.NobodyAnonymous, "callers:\n"+
		caller("slow", "slow", "  rate: 2\n  burst: 3\n")+caller("quick", "quick", ""))})
	if err := call("slow"); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("after the list was read again: %v", err)
	}
	for range 20 {
		if err := call("quick"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTokensComeAndGo replaces the list while calls run.
func TestTokensComeAndGo(t *testing.T) {
	only := func(token string) server.Setup {
		return server.Setup{Access: accessList(t, access.NobodyAnonymous, "callers:\n"+caller("a", token, "")+caller("always", "always", ""))}
	}
	addr, s := start(t, server.WithAccess(only("one").Access))
	c := rpc(t, addr)
	call := func(token string) codes.Code {
		_, err := c.ListProfiles(as(t.Context(), token), &pb.ListProfilesRequest{})
		return status.Code(err)
	}
	for i := range 100 {
		token, other := "one", "two"
		if i%2 == 1 {
			token, other = other, token
		}
		s.Apply(only(token))
		if got := [3]codes.Code{call(token), call(other), call("always")}; got != [3]codes.Code{codes.OK, codes.Unauthenticated, codes.OK} {
			t.Fatalf("round %d: got %v", i, got)
		}
	}
}

// TestRefusedCallsAreNotRead sends a large text without a token, over a connection that shows how much of it is taken.
func TestRefusedCallsAreNotRead(t *testing.T) {
	list := accessList(t, access.NobodyAnonymous, "callers:\n"+caller("a", "right", ""))
	addr, _ := start(t, server.WithAccess(list))
	written := &countedWrites{}
	conn := dial(t, addr, grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		return written.count(c), err
	}))
	c := pb.NewConversionServiceClient(conn)
	big := &pb.ConvertRequest{Options: profile("s2t"), Content: &pb.ConvertRequest_Text{Text: strings.Repeat("里", mib)}}
	for range 5 {
		if _, err := c.Convert(t.Context(), big); status.Code(err) != codes.Unauthenticated {
			t.Fatalf("got %v", err)
		}
	}
	if n := written.n.Load(); n > 5*mib {
		t.Errorf("%d bytes of 15 MiB were taken", n)
	}
	t.Logf("%d bytes were taken", written.n.Load())
}
