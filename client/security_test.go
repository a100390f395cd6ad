package client_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/server"
)

// authority signs certificates for 127.0.0.1.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{pool: x509.NewCertPool()}
	a.cert = &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	pair := a.issue(t, a.cert)
	a.cert, a.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	a.pool.AddCert(a.cert)
	return a
}

func (a *authority) issue(t *testing.T, template *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.Subject = pkix.Name{CommonName: "hanconv test"}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) leaf(t *testing.T) tls.Certificate {
	t.Helper()
	return a.issue(t, &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
}

func TestTLS(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	addr, _ := start(t, server.WithTLS(&tls.Config{
		Certificates: []tls.Certificate{a.leaf(t)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool,
	}))
	other, _ := start(t, server.WithTLS(&tls.Config{Certificates: []tls.Certificate{a.leaf(t)}}))
	mine, foreign := []tls.Certificate{a.leaf(t)}, []tls.Certificate{stranger.leaf(t)}
	for name, test := range map[string]struct {
		target string
		opts   []client.Option
		works  bool
	}{
		"mutual":              {addr, []client.Option{client.WithTLS(&tls.Config{RootCAs: a.pool, Certificates: mine})}, true},
		"no certificate":      {addr, []client.Option{client.WithTLS(&tls.Config{RootCAs: a.pool})}, false},
		"foreign certificate": {addr, []client.Option{client.WithTLS(&tls.Config{RootCAs: a.pool, Certificates: foreign})}, false},
		"foreign authority":   {other, []client.Option{client.WithTLS(&tls.Config{RootCAs: stranger.pool})}, false},
		"one-sided":           {other, []client.Option{client.WithTLS(&tls.Config{RootCAs: a.pool})}, true},
		"list":                {other + "," + other, []client.Option{client.WithTLS(&tls.Config{RootCAs: a.pool})}, true},
		"plain text":          {other, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := connect(t, test.target, test.opts...).ListProfiles(t.Context())
			if (err == nil) != test.works {
				t.Errorf("got %v", err)
			}
			if !test.works && asError(t, err).Code != client.Unavailable {
				t.Errorf("got %v", err)
			}
		})
	}
}
