package access_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hanconv/hanconv/server/access"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const oneToken, otherToken = "hanconv_first", "hanconv_second"

func list(t testing.TB, policy access.Policy, text string) *access.List {
	t.Helper()
	l, err := access.Parse("callers.yaml", []byte(text), policy)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func callersFile() string {
	return `
callers:
  - name: newsroom
    tokens: [` + access.HashToken(oneToken).String() + `]
    rate: 10
    max-text: 1MiB
    max-batch: 2MiB
    max-stream: 3GiB
    methods: [Convert, ListProfiles]
  - name: batch
    tokens:
      - ` + access.HashToken(otherToken).String() + `
    certificates: ["uri:spiffe://example.org/batch", "dns:Batch.example.org", "cn:batch"]
`
}

func bearer(token string) access.Credentials {
	return access.Credentials{Authorization: []string{"Bearer " + token}}
}

func certificate(change func(*x509.Certificate)) access.Credentials {
	c := &x509.Certificate{NotAfter: now.Add(time.Hour)}
	change(c)
	return access.Credentials{Certificates: []*x509.Certificate{c}}
}

func TestIdentify(t *testing.T) {
	spiffe, _ := url.Parse("spiffe://example.org/batch")
	for name, test := range map[string]struct {
		credentials access.Credentials
		want        string
		err         error
	}{
		"a token":              {bearer(oneToken), "newsroom", nil},
		"another token":        {bearer(otherToken), "batch", nil},
		"scheme in lower case": {access.Credentials{Authorization: []string{"bearer " + oneToken}}, "newsroom", nil},
		"nothing":              {access.Credentials{}, "", access.ErrUnauthenticated},
		"an unknown token":     {bearer("hanconv_third"), "", access.ErrUnauthenticated},
		"the hash for a token": {bearer(access.HashToken(oneToken).String()), "", access.ErrUnauthenticated},
		"an empty token":       {bearer(""), "", access.ErrUnauthenticated},
		"another scheme":       {access.Credentials{Authorization: []string{"Basic " + oneToken}}, "", access.ErrUnauthenticated},
		"two tokens":           {access.Credentials{Authorization: []string{"Bearer " + oneToken, "Bearer x"}}, "", access.ErrUnauthenticated},
		"a URI":                {certificate(func(c *x509.Certificate) { c.URIs = []*url.URL{spiffe} }), "batch", nil},
		"a host name":          {certificate(func(c *x509.Certificate) { c.DNSNames = []string{"x", "batch.EXAMPLE.org"} }), "batch", nil},
		"a common name":        {certificate(func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "batch"} }), "batch", nil},
		"a common name beside DNS": {certificate(func(c *x509.Certificate) {
			c.Subject, c.DNSNames = pkix.Name{CommonName: "batch"}, []string{"other"}
		}), "", access.ErrDenied},
		"an unknown certificate": {certificate(func(*x509.Certificate) {}), "", access.ErrDenied},
		"an expired certificate": {certificate(func(c *x509.Certificate) {
			c.Subject, c.NotAfter = pkix.Name{CommonName: "batch"}, now.Add(-time.Second)
		}), "", access.ErrUnauthenticated},
		"a wrong token with a good certificate": {func() access.Credentials {
			c := certificate(func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "batch"} })
			c.Authorization = []string{"Bearer wrong"}
			return c
		}(), "", access.ErrUnauthenticated},
	} {
		caller, err := list(t, access.NobodyAnonymous, callersFile()).Identify(test.credentials, now)
		if !errors.Is(err, test.err) || err == nil && caller.Name != test.want {
			t.Errorf("%s: got %v, %v; want %s, %v", name, caller, err, test.want, test.err)
		}
	}
}

func TestAnonymousPolicies(t *testing.T) {
	for policy, want := range map[access.Policy][2]bool{ // for a caller of this machine, for one from elsewhere
		access.NobodyAnonymous: {false, false}, access.LocalAnonymous: {true, false}, access.EverybodyAnonymous: {true, true},
	} {
		for i, local := range []bool{true, false} {
			for _, l := range []*access.List{access.Anonymous(policy), list(t, policy, callersFile())} {
				caller, err := l.Identify(access.Credentials{Local: local}, now)
				if (err == nil) != want[i] || err == nil && caller.Name != "anonymous" {
					t.Errorf("policy %d, local %v: got %v, %v", policy, local, caller, err)
				}
				if _, err := l.Identify(access.Credentials{Local: local, Authorization: []string{"Bearer wrong"}}, now); err == nil {
					t.Errorf("policy %d: a wrong token passes for none", policy)
				}
			}
		}
	}
}

func TestGrants(t *testing.T) {
	l := list(t, access.NobodyAnonymous, callersFile())
	newsroom, batch := l.Callers()[0], l.Callers()[1]
	if newsroom.TextBytes != 1<<20 || newsroom.BatchBytes != 2<<20 || newsroom.StreamBytes != 3<<30 {
		t.Errorf("got %+v", newsroom)
	}
	if !newsroom.May("Convert") || newsroom.May("StreamConvert") || newsroom.May(access.Reflection) || !batch.May("StreamConvert") {
		t.Error("the methods are not those of the file")
	}
}

func TestRates(t *testing.T) {
	text := strings.Replace(callersFile(), "rate: 10", "rate: 10\n    burst: 3", 1)
	l := list(t, access.NobodyAnonymous, text)
	newsroom, batch := l.Callers()[0], l.Callers()[1]
	here := netip.MustParseAddr("192.0.2.1")
	for range 3 {
		if wait := newsroom.Take(here, now); wait != 0 {
			t.Fatalf("a call of the burst waits %v", wait)
		}
	}
	if wait := newsroom.Take(here, now); wait != 100*time.Millisecond {
		t.Errorf("after the burst: wait %v", wait)
	}
	for range 1000 {
		if batch.Take(here, now) != 0 {
			t.Fatal("a caller without a rate has to wait")
		}
	}
	again := list(t, access.NobodyAnonymous, text)
	again.Inherit(l)
	if again.Callers()[0].Take(here, now) == 0 {
		t.Error("reading the file again gives a new burst")
	}
	faster := list(t, access.NobodyAnonymous, strings.Replace(text, "rate: 10", "rate: 20", 1))
	faster.Inherit(l)
	if faster.Callers()[0].Take(here, now) != 0 {
		t.Error("a new rate is not in force")
	}
	if newsroom.Take(here, now.Add(time.Second)) != 0 {
		t.Error("after a second there is nothing to take")
	}
}

func TestAnonymousRateIsEachAddresss(t *testing.T) {
	l := list(t, access.EverybodyAnonymous, "anonymous: {rate: 1}")
	caller, err := l.Identify(access.Credentials{}, now)
	if err != nil {
		t.Fatal(err)
	}
	take := func(address string) bool { return caller.Take(netip.MustParseAddr(address), now) == 0 }
	if !take("192.0.2.1") || take("192.0.2.1") || take("::ffff:192.0.2.1") || !take("192.0.2.2") {
		t.Error("IPv4 addresses")
	}
	if !take("2001:db8::1") || take("2001:db8::2") || !take("2001:db8:0:1::1") {
		t.Error("IPv6 networks")
	}
	a := netip.MustParseAddr("10.0.0.0")
	for range 200_000 { // more than are remembered
		caller.Take(a, now)
		a = a.Next()
	}
	if caller.Take(a.Prev(), now) == 0 {
		t.Error("the last address is forgotten")
	}
}

func TestBrokenFilesAreRefused(t *testing.T) {
	hash := access.HashToken(oneToken).String()
	for name, test := range map[string]struct{ text, want string }{
		"not YAML":           {"callers: [", "callers.yaml: line 1"},
		"unknown key":        {"\ncallerz: []", `callers.yaml:2: there is no "callerz" here; known are anonymous, callers`},
		"unknown grant":      {"callers:\n- name: a\n  colour: red", `:3: there is no "colour" here; known are burst, certificates`},
		"no list":            {"callers: {}", ":1: callers: a list is wanted"},
		"no mapping":         {"- a", ":1: lines of the form"},
		"key twice":          {"callers:\n- name: a\n  rate: 1\n  rate: 2", ":4: rate is there twice"},
		"no name":            {"callers:\n- tokens: [" + hash + "]", ":2: a caller has no name"},
		"bad name":           {"callers:\n- name: 'a b'", ":2: a name of up to 64"},
		"name twice":         {"callers:\n- name: a\n  certificates: ['cn:a']\n- name: a\n  certificates: ['cn:b']", `:4: the name "a" is taken`},
		"reserved name":      {"callers:\n- name: anonymous\n  certificates: ['cn:a']", "is taken"},
		"nothing to prove":   {"callers:\n- name: a", ":2: a has neither tokens nor certificates"},
		"a token in clear":   {"callers:\n- name: a\n  tokens: [hunter2]", ":3: tokens: sha256: and 64"},
		"short hash":         {"callers:\n- name: a\n  tokens: ['sha256:00']", ":3: tokens: "},
		"no tokens":          {"callers:\n- name: a\n  tokens: []", ":3: a list is wanted"},
		"token twice":        {"callers:\n- name: a\n  tokens: [" + hash + "]\n- name: b\n  tokens: [" + hash + "]", ":5: this token is there already, for a"},
		"bad identity":       {"callers:\n- name: a\n  certificates: [batch]", `:3: "batch": uri:NAME, dns:NAME or cn:NAME is wanted`},
		"identity twice":     {"callers:\n- name: a\n  certificates: ['cn:x', 'cn:x']", ":3: cn:x is there already"},
		"rate of 0":          {"callers:\n- name: a\n  rate: 0", ":3: rate: a number of calls per second"},
		"rate of NaN":        {"callers:\n- name: a\n  rate: nan", ":3: rate: "},
		"burst without rate": {"callers:\n- name: a\n  certificates: ['cn:a']\n  burst: 2", ":2: there is a burst and no rate"},
		"bad size":           {"callers:\n- name: a\n  max-text: 4MB", ":3: a size such as"},
		"unknown method":     {"callers:\n- name: a\n  methods: [Convrt]", `:3: there is no method "Convrt"; known are Convert`},
		"an alias":           {"callers:\n- &x\n  name: a\n  certificates: ['cn:a']\n- *x", ":5: lines of the form"},
		"anonymous for none": {"anonymous: {rate: 1}", "the server lets none in"},
	} {
		_, err := access.Parse("callers.yaml", []byte(test.text), access.NobodyAnonymous)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v; want %s", name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error tells a token: %v", name, err)
		}
	}
}

func TestTokensAreRandom(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token := access.NewToken()
		h, err := access.ParseHash(access.HashToken(token).String())
		if len(token) < 50 || seen[token] || err != nil || h != access.HashToken(token) {
			t.Fatalf("token %q, %v", token, err)
		}
		seen[token] = true
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(callersFile()), oneToken)
	f.Add([]byte("anonymous: {rate: 1e3, burst: 5}"), "")
	f.Add([]byte("a: &a [*a, *a]"), "x")
	f.Add([]byte("callers:\n- name: a\n  tokens:\n"), "\x00")
	f.Fuzz(func(t *testing.T, text []byte, token string) {
		l, err := access.Parse("f", text, access.EverybodyAnonymous)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		if caller, err := l.Identify(bearer(token), now); err == nil {
			if !strings.Contains(string(text), access.HashToken(token).String()[10:20]) {
				t.Errorf("%q is taken for %s", token, caller.Name)
			}
		}
	})
}

func BenchmarkIdentify(b *testing.B) {
	l := list(b, access.NobodyAnonymous, callersFile())
	c := bearer(otherToken)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Identify(c, now); err != nil {
			b.Fatal(err)
		}
	}
}
