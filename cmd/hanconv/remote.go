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
}

func (r *remote) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.addr, "addr", "", "convert through the server at this `ADDRESS`: HOST:PORT or unix:PATH")
	f.BoolVar(&r.plaintext, "plaintext", false, "talk to a server on another machine without TLS")
	f.StringVar(&r.authority, "tls-ca", "", "talk TLS, with a server whose certificate this PEM `FILE` vouches for")
}

// check refuses what only a conversion in this process can do.
func (r *remote) check(s *selection) error {
	switch {
	case r.addr == "" && r.plaintext:
		return s.usage("--plaintext needs --addr")
	case r.addr == "" && r.authority != "":
		return s.usage("--tls-ca needs --addr")
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
	if r.authority != "" {
		roots, err := readAuthorities(r.authority)
		if err != nil {
			return nil, err
		}
		opts = append(opts, client.WithTLS(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}))
	}
	c, err := client.New(r.addr, opts...)
	if err != nil {
		return nil, fmt.Errorf("--addr: %w", err)
	}
	return c, nil
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
