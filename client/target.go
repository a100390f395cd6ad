package client

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"google.golang.org/grpc/resolver"
)

// staticScheme is the scheme of targets that list their addresses.
const staticScheme = "hanconv-static"

// grpcTarget is target as gRPC wants it.
func grpcTarget(target string) string {
	if strings.Contains(target, ",") {
		return staticScheme + ":///" + target
	}
	return target
}

// isLocal tells whether everything sent to target stays on this machine.
func isLocal(target string) bool {
	if strings.HasPrefix(target, "unix:") || strings.HasPrefix(target, "unix-abstract:") {
		return true
	}
	for _, prefix := range []string{"dns:///", "passthrough:///"} {
		target = strings.TrimPrefix(target, prefix)
	}
	for _, address := range strings.Split(target, ",") {
		if !isLoopback(strings.TrimSpace(address)) {
			return false
		}
	}
	return true
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// addressList is a resolver, and the builder of it, for addresses that are known from the start.
type addressList []resolver.Address

// staticAddresses takes apart a target of several addresses; for any other target it gives nil.
func staticAddresses(target string) (resolver.Builder, error) {
	if !strings.Contains(target, ",") {
		return nil, nil
	}
	var list addressList
	for _, address := range strings.Split(target, ",") {
		address = strings.TrimSpace(address)
		host, port, err := net.SplitHostPort(address)
		if err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("target %q: %q is not HOST:PORT", target, address)
		}
		list = append(list, resolver.Address{Addr: address, ServerName: host})
	}
	return list, nil
}

// Build implements resolver.Builder.
func (l addressList) Build(_ resolver.Target, cc resolver.ClientConn, _ resolver.BuildOptions) (resolver.Resolver, error) {
	return l, cc.UpdateState(resolver.State{Addresses: l})
}

// Scheme implements resolver.Builder.
func (l addressList) Scheme() string { return staticScheme }

// ResolveNow implements resolver.Resolver; the addresses never change.
func (l addressList) ResolveNow(resolver.ResolveNowOptions) {}

// Close implements resolver.Resolver.
func (l addressList) Close() {}
