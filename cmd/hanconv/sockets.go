package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/settings"
	"github.com/hanconv/hanconv/server"
)

// sockets opens listeners, and hands out those that systemd has opened for this process: "systemd" names all that are
// left, "systemd:NAME" those with that FileDescriptorName.
type sockets struct {
	activated map[string][]net.Listener
	opened    []net.Listener
}

func newSockets() (*sockets, error) {
	activated, err := activation.ListenersWithNames()
	if err != nil {
		return nil, fmt.Errorf("sockets from systemd: %w", err)
	}
	return &sockets{activated: activated}, nil
}

// listen opens every address of a setting, or none.
func (s *sockets) listen(addresses []string) ([]net.Listener, error) {
	var all []net.Listener
	for _, a := range addresses {
		found, err := s.open(a)
		if err != nil {
			s.close()
			return nil, err
		}
		all = append(all, found...)
	}
	s.opened = append(s.opened, all...)
	return all, nil
}

// close closes what was opened, if the server does not come to start.
func (s *sockets) close() {
	for _, l := range s.opened {
		_ = l.Close()
	}
}

const systemdAddress = "systemd"

func (s *sockets) open(address string) ([]net.Listener, error) {
	name, named := strings.CutPrefix(address, systemdAddress+":")
	if address == systemdAddress || named {
		return s.take(address, name, named)
	}
	l, err := server.Listen(address)
	if err != nil {
		return nil, explainListen(address, err)
	}
	s.opened = append(s.opened, l)
	return []net.Listener{l}, nil
}

func (s *sockets) take(address, name string, named bool) ([]net.Listener, error) {
	var found []net.Listener
	for n, listeners := range s.activated {
		if !named || n == name {
			found = append(found, listeners...)
			delete(s.activated, n)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("cannot listen on %q: systemd has passed no such socket to this process", address)
	}
	return found, nil
}

func explainListen(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is taken by another program; choose another address with --listen: %w", address, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s is not allowed to you; choose another address with --listen: %w", address, err)
	}
	return fmt.Errorf("cannot listen on %q (HOST:PORT or unix:PATH is wanted): %w", address, err)
}

// address is what clients give to --addr.
func address(l net.Listener) string {
	if l.Addr().Network() == "unix" {
		return "unix:" + l.Addr().String()
	}
	return l.Addr().String()
}

// isLocal tells that only this machine reaches a listener.
func isLocal(l net.Listener) bool {
	if l.Addr().Network() == "unix" {
		return true
	}
	a, err := netip.ParseAddrPort(l.Addr().String())
	return err == nil && a.Addr().Unmap().IsLoopback()
}

// checkExposure refuses what leaves a server open to other machines without being asked for.
func checkExposure(s *settings.Settings, listeners []net.Listener) error {
	for _, l := range listeners {
		switch {
		case isLocal(l):
		case s.TLS.Cert == "" && !s.Listen.Plaintext:
			return fmt.Errorf("%s can be reached from other machines, and texts and tokens would travel in plain text: "+
				"set --tls-cert and --tls-key, or --insecure-plaintext where the network is trusted", address(l))
		case s.Access.File == "" && s.Access.Anonymous != settings.AnonymousAll:
			return fmt.Errorf("%s can be reached from other machines, and nobody there may call: "+
				"set --access-file, or --anonymous all to let everybody call", address(l))
		}
	}
	return nil
}
