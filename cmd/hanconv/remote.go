package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/han"
)

// remote says which server converts, if any.
type remote struct {
	addr      string
	plaintext bool
	authority string // a file with the certificates of the authorities that are trusted
	cert, key string // files with the own certificate
	token     string // a file with the token
}

func (r *remote) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.addr, "addr", "", "convert through the server at this `ADDRESS`: HOST:PORT or unix:PATH")
	f.BoolVar(&r.plaintext, "plaintext", false, "talk to a server on another machine without TLS")
	f.StringVar(&r.authority, "tls-ca", "", "talk TLS, with a server whose certificate this PEM `FILE` vouches for")
	f.StringVar(&r.cert, "tls-cert", "", "PEM `FILE` with the certificate by which the server knows you")
	f.StringVar(&r.key, "tls-key", "", "PEM `FILE` with the key of that certificate")
	f.StringVar(&r.token, "token-file", "", "`FILE` with the token by which the server knows you")
}

// check refuses what only a conversion in this process can do.
func (r *remote) check(s *selection) error {
	switch {
	case r.addr == "" && r.plaintext:
		return s.usage("--plaintext needs --addr")
	case r.addr == "" && r.authority != "":
		return s.usage("--tls-ca needs --addr")
	case r.addr == "" && (r.cert != "" || r.key != "" || r.token != ""):
		return s.usage("--tls-cert, --tls-key and --token-file need --addr")
	case (r.cert == "") != (r.key == ""):
		return s.usage("--tls-cert and --tls-key go together")
	case r.addr == "":
		return nil
	case isPath(s.config) || len(s.folders) > 0:
		return s.usage("a server knows only its own profiles: a configuration file cannot go with --addr")
	}
	return nil
}

func (r *remote) dial() (*client.Client, error) {
	var opts []client.Option
	if r.plaintext {
		opts = append(opts, client.WithPlaintext())
	}
	secured, err := r.tls()
	if err != nil {
		return nil, err
	}
	if secured != nil {
		opts = append(opts, client.WithTLS(secured))
	}
	if r.token != "" {
		token, err := readToken(r.token)
		if err != nil {
			return nil, fmt.Errorf("--token-file: %w", err)
		}
		opts = append(opts, client.WithToken(token))
	}
	c, err := client.New(r.addr, opts...)
	if err != nil {
		return nil, fmt.Errorf("--addr: %w", err)
	}
	return c, nil
}

// tls is nil where the defaults do.
func (r *remote) tls() (*tls.Config, error) {
	if r.authority == "" && r.cert == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if r.authority != "" {
		roots, err := readAuthorities(r.authority)
		if err != nil {
			return nil, err
		}
		c.RootCAs = roots
	}
	if r.cert != "" {
		pair, err := tls.LoadX509KeyPair(r.cert, r.key)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// readToken reads the first line of a file.
func readToken(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	token, _, _ := strings.Cut(string(text), "\n")
	token = strings.TrimSpace(strings.TrimPrefix(token, "token:"))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("%s: a token in one line is wanted", file)
	}
	return token, nil
}

func readAuthorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate in it; a PEM file is wanted", file)
	}
	return roots, nil
}

// remoteEngine converts through a server.
type remoteEngine struct {
	client    *client.Client
	options   client.Options
	selection *selection
	addr      string
	buffer    []byte
}

func newRemoteEngine(r *remote, s *selection) (*remoteEngine, error) {
	c, err := r.dial()
	if err != nil {
		return nil, err
	}
	o := client.Options{Source: s.from, Target: s.to, TofuRisk: s.tofuRisk, Context: s.context.mode()}
	if s.from == "" {
		o.Profile = strings.TrimSuffix(s.profile(), ".json")
	}
	return &remoteEngine{c, o, s, r.addr, make([]byte, bufferBytes)}, nil
}

func (e *remoteEngine) convert(ctx context.Context, dst io.Writer, src io.Reader) error {
	r := e.client.NewReader(ctx, src, e.options)
	_, err := io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{r}, e.buffer)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	return e.explain(err)
}

func (e *remoteEngine) close() { _ = e.client.Close() }

// explain says what to do about the errors of a server.
func (e *remoteEngine) explain(err error) error {
	var failed *client.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Reason {
	case "UNKNOWN_PROFILE", "UNKNOWN_LANGUAGE", "NO_PROFILE_FOR_LANGUAGES":
		return e.selection.usage("server " + e.addr + ": " + e.message(failed))
	}
	if failed.Code == client.Unavailable {
		return fmt.Errorf("no server answers at %s: %s; start one with hanconv serve, or leave out --addr: %w",
			e.addr, failed.Message, errNoServer)
	}
	return fmt.Errorf("server %s: %w", e.addr, err)
}

func (e *remoteEngine) message(failed *client.Error) string {
	switch failed.Reason {
	case "UNKNOWN_PROFILE":
		return explainProfile(&han.UnknownProfileError{
			Name: failed.Metadata["profile"], Known: failed.Known(), Suggestion: failed.Suggestion(),
		})
	case "UNKNOWN_LANGUAGE":
		return (&han.UnknownTagError{Tag: failed.Metadata["language"], Known: failed.Known()}).Error()
	}
	return failed.Message
}

// errNoServer tells that further texts will fare no better.
var errNoServer = errors.New("nothing was converted")
