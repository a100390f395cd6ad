// Package access knows who may call a server.
//
// A List has callers, each with a name, what it proves itself by and what it may ask for. It is made from a YAML file
// and does not change: a server that reads the file again puts a new List in place of the old one. Tokens are random
// and long, so that a plain SHA-256 of one in the file gives nothing away.
package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// ErrUnauthenticated tells that a call proves nobody. The reason is kept from the client.
var ErrUnauthenticated = errors.New("no valid credentials")

// ErrDenied tells that a call proves somebody who may not make it.
var ErrDenied = errors.New("not allowed")

// Credentials are what a call proves itself by.
type Credentials struct {
	// Authorization has the values of the metadata or header of that name.
	Authorization []string
	// Certificates are those of the connection, the client's own first, after they were verified.
	Certificates []*x509.Certificate
	// Address is the client's; it is not valid on a Unix socket.
	Address netip.Addr
	// Local tells that the client is on this machine.
	Local bool
}

// Policy says whose calls need no credentials.
type Policy int

// The policies.
const (
	NobodyAnonymous Policy = iota
	LocalAnonymous
	EverybodyAnonymous
)

// List has the callers of a server. It is immutable but for the rates, which its methods count, and safe for
// concurrent use.
type List struct {
	callers    []*Caller
	byToken    map[uint64]*Caller // by the first bytes of the token's hash
	byIdentity map[string]*Caller
	anonymous  *Caller
	policy     Policy
}

// Anonymous is a list without callers.
func Anonymous(p Policy) *List {
	return &List{policy: p, anonymous: &Caller{Name: anonymousName}}
}

const anonymousName = "anonymous"

// Identify finds who calls. Credentials that are wrong are never overlooked, even where a call without any is welcome.
// The error is ErrUnauthenticated or ErrDenied.
func (l *List) Identify(c Credentials, now time.Time) (*Caller, error) {
	switch {
	case len(c.Authorization) > 0:
		return l.identifyToken(c.Authorization)
	case len(c.Certificates) > 0:
		return l.identifyCertificate(c.Certificates[0], now)
	case l.policy == EverybodyAnonymous, l.policy == LocalAnonymous && c.Local:
		return l.anonymous, nil
	}
	return nil, ErrUnauthenticated
}

func (l *List) identifyToken(values []string) (*Caller, error) {
	token, ok := bearer(values)
	if !ok {
		return nil, ErrUnauthenticated
	}
	hash := sha256.Sum256([]byte(token))
	caller, ok := l.byToken[index(hash)]
	if !ok {
		caller = &Caller{tokens: []Hash{{}}} // as much work as for a token that is known
	}
	if caller.hasToken(hash) && ok {
		return caller, nil
	}
	return nil, ErrUnauthenticated
}

// index is what a caller is looked up by. The time that takes tells about the hash of what was sent, from which nothing
// follows for another token; the hashes are then compared in constant time.
func index(h Hash) uint64 { return binary.BigEndian.Uint64(h[:]) }

func bearer(values []string) (token string, ok bool) {
	if len(values) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// identifyCertificate finds the caller of a certificate, which the handshake has verified. A connection may outlive it.
func (l *List) identifyCertificate(c *x509.Certificate, now time.Time) (*Caller, error) {
	if now.After(c.NotAfter) {
		return nil, ErrUnauthenticated
	}
	for identity := range identities(c) {
		if caller, ok := l.byIdentity[identity]; ok {
			return caller, nil
		}
	}
	return nil, ErrDenied
}

// identities are the names in a certificate as the file writes them. The common name counts only where there are no
// others, as elsewhere in TLS.
func identities(c *x509.Certificate) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, uri := range c.URIs {
			if !yield("uri:" + uri.String()) {
				return
			}
		}
		for _, name := range c.DNSNames {
			if !yield("dns:" + strings.ToLower(name)) {
				return
			}
		}
		if len(c.URIs)+len(c.DNSNames) == 0 {
			yield("cn:" + c.Subject.CommonName)
		}
	}
}

// Callers are the callers with credentials, in the order of the file.
func (l *List) Callers() []*Caller { return slices.Clone(l.callers) }

// Caller is somebody who may call.
type Caller struct {
	// Name is what logs and metrics call it; it never holds anything secret.
	Name string
	// TextBytes, BatchBytes and StreamBytes bound what it may send, beside the server's own limits; 0 does not.
	TextBytes, BatchBytes int
	StreamBytes           int64

	methods []string // those it may call; all if empty
	tokens  []Hash
	rate    Rate
	meter   meter
}

// May tells whether the caller may call a method by its short name, such as "Convert".
func (c *Caller) May(method string) bool {
	return len(c.methods) == 0 || slices.Contains(c.methods, method)
}

// Take counts a call at the caller's rate. If it comes too early, the result is how long to wait, otherwise 0. The
// address matters for anonymous callers, of whom each address has a rate of its own.
func (c *Caller) Take(from netip.Addr, now time.Time) (wait time.Duration) {
	if c.meter == nil {
		return 0
	}
	return c.meter.take(from, now)
}

func (c *Caller) hasToken(h Hash) bool {
	found := 0
	for _, t := range c.tokens {
		found |= subtle.ConstantTimeCompare(t[:], h[:])
	}
	return found == 1
}

// Inherit continues the rates of another list, so that reading the file again is no way around them.
func (l *List) Inherit(from *List) {
	if from == nil {
		return
	}
	old := map[string]*Caller{anonymousName: from.anonymous}
	for _, c := range from.callers {
		old[c.Name] = c
	}
	for _, c := range append(l.Callers(), l.anonymous) {
		if o := old[c.Name]; o != nil && o.rate == c.rate && o.meter != nil {
			c.meter = o.meter
		}
	}
}
