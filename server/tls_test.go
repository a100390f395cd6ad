package server_test

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/hanconv/hanconv/internal/testca"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/access"
	"github.com/hanconv/hanconv/server/certificates"
)

// secured is a server over mTLS whose files may change.
type secured struct {
	addr   string
	files  certificates.Files
	keeper *certificates.Keeper
}

// write replaces files as tools that renew certificates do.
func write(t testing.TB, contents map[string][]byte) {
	t.Helper()
	for path, content := range contents {
		if err := os.WriteFile(path+".new", content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
}

func startSecured(t testing.TB, own testca.Pair, clients *testca.Authority, optional bool, opts ...server.Option) *secured {
	t.Helper()
	dir := t.TempDir()
	s := &secured{files: certificates.Files{
		Cert: filepath.Join(dir, "cert"), Key: filepath.Join(dir, "key"), ClientCA: filepath.Join(dir, "ca"), ClientOptional: optional,
	}}
	s.put(t, own, clients)
	keeper, err := certificates.Load(s.files)
	if err != nil {
		t.Fatal(err)
	}
	s.keeper = keeper
	s.addr, _ = start(t, append(opts, server.WithTLS(keeper.Config()))...)
	return s
}

func (s *secured) put(t testing.TB, own testca.Pair, clients *testca.Authority) {
	t.Helper()
	write(t, map[string][]byte{s.files.Cert: own.Cert, s.files.Key: own.Key, s.files.ClientCA: clients.PEM})
}

// watch takes over changes until the test ends.
func (s *secured) watch(t testing.TB) (changes, failures *atomic.Int64) {
	changes, failures = &atomic.Int64{}, &atomic.Int64{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.keeper.Watch(ctx, 5*time.Millisecond, func() { changes.Add(1) }, func(error) { failures.Add(1) })
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return changes, failures
}

func (s *secured) dial(t testing.TB, trusted *testca.Authority, own ...testca.Pair) *grpc.ClientConn {
	t.Helper()
	c := &tls.Config{RootCAs: testca.Pool(trusted), MinVersion: tls.VersionTLS12}
	for _, p := range own {
		c.Certificates = append(c.Certificates, p.TLS(t))
	}
	conn, err := grpc.NewClient(s.addr, grpc.WithTransportCredentials(credentials.NewTLS(c)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// list calls ListProfiles and tells the serial number of the server's certificate.
func list(ctx context.Context, conn *grpc.ClientConn) (serial string, err error) {
	var p peer.Peer
	_, err = pb.NewConversionServiceClient(conn).ListProfiles(ctx, &pb.ListProfilesRequest{}, grpc.Peer(&p))
	if err != nil {
		return "", err
	}
	return p.AuthInfo.(credentials.TLSInfo).State.PeerCertificates[0].SerialNumber.String(), nil
}

func TestWhoIsNotVouchedForIsRefused(t *testing.T) {
	ca, stranger := testca.New(t), testca.New(t)
	s := startSecured(t, ca.Issue(t, "server", time.Hour), ca, false)
	for name, test := range map[string]struct {
		own  []testca.Pair
		want codes.Code
	}{
		"good":              {[]testca.Pair{ca.Issue(t, "client", time.Hour)}, codes.OK},
		"none":              {nil, codes.Unavailable},
		"expired":           {[]testca.Pair{ca.Issue(t, "client", -time.Minute)}, codes.Unavailable},
		"another authority": {[]testca.Pair{stranger.Issue(t, "client", time.Hour)}, codes.Unavailable},
	} {
		if _, err := list(t.Context(), s.dial(t, ca, test.own...)); status.Code(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if _, err := list(t.Context(), s.dial(t, stranger, ca.Issue(t, "client", time.Hour))); status.Code(err) != codes.Unavailable {
		t.Errorf("a client that does not trust the server: got %v", err)
	}
	if _, err := list(t.Context(), dial(t, s.addr)); err == nil {
		t.Error("plain text is answered")
	}
}

func TestCertificatesIdentify(t *testing.T) {
	ca := testca.New(t)
	callers := accessList(t, access.NobodyAnonymous, "callers:\n- name: batch\n  certificates: ['dns:batch']\n"+caller("newsroom", "token", ""))
	s := startSecured(t, ca.Issue(t, "server", time.Hour), ca, true, server.WithAccess(callers))
	batch, other := s.dial(t, ca, ca.Issue(t, "batch", time.Hour)), s.dial(t, ca, ca.Issue(t, "other", time.Hour))
	nobody := s.dial(t, ca)
	for name, test := range map[string]struct {
		ctx  context.Context
		conn *grpc.ClientConn
		want codes.Code
	}{
		"a listed certificate":           {t.Context(), batch, codes.OK},
		"an unlisted one":                {t.Context(), other, codes.PermissionDenied},
		"an unlisted one and a token":    {as(t.Context(), "token"), other, codes.OK},
		"a token":                        {as(t.Context(), "token"), nobody, codes.OK},
		"nothing":                        {t.Context(), nobody, codes.Unauthenticated},
		"a listed one and a wrong token": {as(t.Context(), "wrong"), batch, codes.Unauthenticated},
	} {
		if _, err := list(test.ctx, test.conn); status.Code(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// TestACertificateMayEndBeforeItsConnection keeps a connection for longer than the client's certificate is valid.
func TestACertificateMayEndBeforeItsConnection(t *testing.T) {
	ca := testca.New(t)
	callers := accessList(t, access.NobodyAnonymous, "callers:\n- name: batch\n  certificates: ['dns:batch']\n")
	s := startSecured(t, ca.Issue(t, "server", time.Hour), ca, false, server.WithAccess(callers))
	conn := s.dial(t, ca, ca.Issue(t, "batch", 2*time.Second))
	if _, err := list(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := list(t.Context(), conn); status.Code(err) == codes.Unauthenticated {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("an expired certificate is taken after 10 seconds")
}

// TestRotationDropsNothing replaces certificate and authority again and again under load: old connections go on, new
// ones are made, and nobody sees an error.
func TestRotationDropsNothing(t *testing.T) {
	ca := testca.New(t)
	s := startSecured(t, ca.Issue(t, "server", time.Hour), ca, false)
	changes, _ := s.watch(t)
	mine := ca.Issue(t, "client", time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	var calls, dials atomic.Int64
	var serials sync.Map
	var wg sync.WaitGroup
	for range 4 {
		lasting := s.dial(t, ca, mine)
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := list(t.Context(), lasting); err != nil {
					t.Errorf("over a connection that lasts: %v", err)
					return
				}
				calls.Add(1)
			}
		})
		wg.Go(func() {
			for ctx.Err() == nil {
				conn := s.dial(t, ca, mine)
				serial, err := list(t.Context(), conn)
				if err != nil {
					t.Errorf("over a new connection: %v", err)
					return
				}
				serials.Store(serial, true)
				dials.Add(1)
				_ = conn.Close()
			}
		})
	}
	const rounds = 20
	for round := range rounds {
		s.put(t, ca.Issue(t, "server", time.Hour), ca)
		for deadline := time.Now().Add(10 * time.Second); changes.Load() <= int64(round) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		for before := dials.Load(); dials.Load() < before+5 && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
	}
	stop()
	wg.Wait()
	seen := 0
	serials.Range(func(any, any) bool { seen++; return true })
	if seen < rounds {
		t.Errorf("clients saw %d certificates of %d", seen, rounds)
	}
	t.Logf("%d calls over lasting connections, %d new connections, %d certificates", calls.Load(), dials.Load(), seen)
}

func TestWhatCannotBeUsedIsNotTakenOver(t *testing.T) {
	ca, next := testca.New(t), testca.New(t)
	good := ca.Issue(t, "server", time.Hour)
	s := startSecured(t, good, ca, false)
	changes, failures := s.watch(t)
	conn := func() *grpc.ClientConn { return s.dial(t, ca, ca.Issue(t, "client", time.Hour)) }
	before, err := list(t.Context(), conn())
	if err != nil {
		t.Fatal(err)
	}
	other := ca.Issue(t, "server", time.Hour)
	for name, broken := range map[string]map[string][]byte{
		"no certificate": {s.files.Cert: []byte("rubbish")},
		"another's key":  {s.files.Key: other.Key},
		"expired":        {s.files.Cert: ca.Issue(t, "server", -time.Minute).Cert},
		"no authority":   {s.files.ClientCA: nil},
	} {
		expected := failures.Load() + 1
		write(t, broken)
		for deadline := time.Now().Add(10 * time.Second); failures.Load() < expected && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		serial, err := list(t.Context(), conn())
		if err != nil || serial != before || failures.Load() < expected {
			t.Errorf("%s: the certificate is %s, was %s; %v; %d failures", name, serial, before, err, failures.Load())
		}
		s.put(t, good, ca)
		time.Sleep(20 * time.Millisecond)
	}
	if changes.Load() != 0 {
		t.Errorf("%d changes were taken over", changes.Load())
	}
	s.put(t, other, next) // the clients' authority changes: the old one's certificates are worth nothing
	for deadline := time.Now().Add(10 * time.Second); changes.Load() == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if _, err := list(t.Context(), conn()); status.Code(err) != codes.Unavailable {
		t.Errorf("a certificate of the old authority: %v", err)
	}
	if serial, err := list(t.Context(), s.dial(t, ca, next.Issue(t, "client", time.Hour))); err != nil || serial == before {
		t.Errorf("a certificate of the new authority: %v", err)
	}
}
