// Package certificates keeps what TLS needs in step with the files that it comes from.
package certificates

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// Files names the PEM files.
type Files struct {
	// Cert and Key are the server's certificate, with those between it and the authority, and its key.
	Cert, Key string
	// ClientCA has the authorities that vouch for clients; none are asked for certificates if it is empty.
	ClientCA string
	// ClientOptional takes clients without a certificate, too; a certificate that is sent must be valid.
	ClientOptional bool
}

// Keeper has the TLS configuration for new connections. Connections that are open keep the one that they began with. It
// is safe for concurrent use.
type Keeper struct{ current atomic.Pointer[loaded] }

// loaded is what was in the files.
type loaded struct {
	files  Files
	digest [sha256.Size]byte
	config *tls.Config
	leaf   *x509.Certificate
}

// Load reads the files.
func Load(f Files) (*Keeper, error) {
	l, err := load(f)
	if err != nil {
		return nil, err
	}
	k := &Keeper{}
	k.current.Store(l)
	return k, nil
}

// Config is the configuration of a server that asks k at each handshake.
func (k *Keeper) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return k.current.Load().config, nil
		},
	}
}

// Expires is when the certificate that is in use ends.
func (k *Keeper) Expires() time.Time { return k.current.Load().leaf.NotAfter }

// Prepare reads f and returns what puts it in place of what is in use. If anything is wrong with it, the error tells and
// all stays as it is.
func (k *Keeper) Prepare(f Files) (replace func(), err error) {
	l, err := load(f)
	if err != nil {
		return nil, err
	}
	return func() { k.current.Store(l) }, nil
}

// Watch looks at the files every so often and takes over what has changed, until ctx ends. It calls changed after each
// change, and failed once for each content that cannot be used: files that are replaced one after the other do not fit
// together in between.
func (k *Keeper) Watch(ctx context.Context, every time.Duration, changed func(), failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var complained [sha256.Size]byte
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		old := k.current.Load()
		digest, _ := old.files.digest()
		if digest == old.digest || digest == complained {
			continue
		}
		l, err := load(old.files)
		if err != nil {
			complained = digest
			failed(err)
			continue
		}
		if k.current.CompareAndSwap(old, l) { // or somebody has named other files meanwhile
			changed()
		}
	}
}

func (f Files) names() []string {
	names := []string{f.Cert, f.Key}
	if f.ClientCA != "" {
		names = append(names, f.ClientCA)
	}
	return names
}

// digest is of all that is in the files.
func (f Files) digest() (sum [sha256.Size]byte, err error) {
	contents, err := f.read()
	return sha256.Sum256(bytes.Join(contents, []byte{0})), err
}

// read reads the files; one that cannot be read is empty.
func (f Files) read() (contents [][]byte, err error) {
	for _, name := range f.names() {
		content, readErr := os.ReadFile(name)
		contents, err = append(contents, content), errors.Join(err, readErr)
	}
	return contents, err
}

func load(f Files) (*loaded, error) {
	contents, err := f.read()
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(contents[0], contents[1])
	if err != nil {
		return nil, fmt.Errorf("%s and %s: %w", f.Cert, f.Key, err)
	}
	if now := time.Now(); now.After(pair.Leaf.NotAfter) {
		return nil, fmt.Errorf("%s: the certificate has expired at %s", f.Cert, pair.Leaf.NotAfter.Format(time.RFC3339))
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}
	if f.ClientCA != "" {
		if err := askClients(config, f, contents[2]); err != nil {
			return nil, err
		}
	}
	return &loaded{f, sha256.Sum256(bytes.Join(contents, []byte{0})), config, pair.Leaf}, nil
}

func askClients(config *tls.Config, f Files, authorities []byte) error {
	config.SessionTicketsDisabled = true // a ticket outlives what its certificate was checked against
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(authorities) {
		return fmt.Errorf("%s: no certificate in it; a PEM file is wanted", f.ClientCA)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if f.ClientOptional {
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return nil
}
