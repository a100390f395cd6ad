package server

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	reflectpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectalphapb "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server/access"
	"github.com/hanconv/hanconv/server/admission"
)

// door lets calls in: those whose caller may make them, at the caller's rate, as long as there is room. It stands before
// all interceptors, and a call that it refuses is not read. Only the health service goes past it.
type door struct{ reception }

func newDoor(c config) *door {
	d := &door{}
	d.conns = newConnections(c.limits)
	d.gate = admission.New(c.admission)
	d.watched = watches()
	d.setup.Store(newSetup(Setup{Limits: c.limits, Access: c.access, Profiles: c.profiles}))
	return d
}

// watches says how the time of each method is watched.
func watches() map[string]watch {
	service := pb.ConversionService_ServiceDesc
	all := map[string]watch{
		healthpb.Health_Watch_FullMethodName:                                whileIdle,
		reflectpb.ServerReflection_ServerReflectionInfo_FullMethodName:      whileIdle,
		reflectalphapb.ServerReflection_ServerReflectionInfo_FullMethodName: whileIdle,
	}
	for _, s := range service.Streams {
		all["/"+service.ServiceName+"/"+s.StreamName] = whileIdle
	}
	for _, m := range service.Methods {
		all["/"+service.ServiceName+"/"+m.MethodName] = inAll
	}
	return all
}

// identify finds out who makes a call and whether that may be.
func (v *visit) identify(ctx context.Context, method string, now time.Time) error {
	list := v.setup.access
	if list == nil {
		return nil
	}
	from, local := addressOf(ctx)
	caller, err := list.Identify(credentialsOf(ctx, from, local), now)
	switch {
	case errors.Is(err, access.ErrDenied):
		return permissionDenied()
	case err != nil:
		return unauthenticated()
	}
	callOf(ctx).identify(caller.Name)
	if !caller.May(shortMethod(method)) {
		return permissionDenied()
	}
	if wait := caller.Take(from, now); wait > 0 {
		return rateExceeded(wait)
	}
	v.caller = caller
	return nil
}

// shortMethod is what access files call a method: the name, for the service's own.
func shortMethod(full string) string {
	switch full {
	case reflectpb.ServerReflection_ServerReflectionInfo_FullMethodName,
		reflectalphapb.ServerReflection_ServerReflectionInfo_FullMethodName:
		return access.Reflection
	}
	if name, ok := strings.CutPrefix(full, "/"+pb.ConversionService_ServiceDesc.ServiceName+"/"); ok {
		return name
	}
	return full
}

func credentialsOf(ctx context.Context, from netip.Addr, local bool) access.Credentials {
	c := access.Credentials{
		Authorization: metadata.ValueFromIncomingContext(ctx, "authorization"), Address: from, Local: local,
	}
	if p, ok := peer.FromContext(ctx); ok {
		if t, ok := p.AuthInfo.(credentials.TLSInfo); ok && len(t.State.VerifiedChains) > 0 {
			c.Certificates = t.State.VerifiedChains[0]
		}
	}
	return c
}

// addressOf tells where a call comes from, and whether that is this machine.
func addressOf(ctx context.Context) (from netip.Addr, local bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return netip.Addr{}, false
	}
	switch a := p.Addr.(type) {
	case *net.TCPAddr:
		from = a.AddrPort().Addr()
	case *net.UnixAddr:
		return netip.Addr{}, true
	default:
		port, err := netip.ParseAddrPort(p.Addr.String())
		if err != nil {
			return netip.Addr{}, false
		}
		from = port.Addr()
	}
	return from, from.Unmap().IsLoopback()
}

// identify is visit.identify, and slows connections down whose calls may not be made.
func (d *door) identify(ctx context.Context, v *visit, method string, now time.Time) error {
	err := v.identify(ctx, method, now)
	var r refusal
	if errors.As(err, &r) && r.code != codes.ResourceExhausted {
		d.conns.charge(ctx)
	}
	return err
}

// stream stands before all streams of all services.
func (d *door) stream(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if info.FullMethod == healthpb.Health_Watch_FullMethodName {
		return next(srv, s)
	}
	v, ctx := d.visitFor(s.Context())
	if err := d.identify(ctx, v, info.FullMethod, time.Now()); err != nil {
		return wire(err)
	}
	from, _ := addressOf(ctx)
	if err := d.gate.OpenStream(from); err != nil {
		return wire(overloaded(err))
	}
	defer d.gate.CloseStream()
	idle := newIdleStream(contextStream{s, ctx}, v, d.conns)
	return idle.end(next(srv, idle))
}

// openUnary is the door of a method that is no stream. The caller calls closeUnary if the error is nil.
func (d *door) openUnary(ctx context.Context, v *visit, method string) (err error) {
	now := time.Now()
	if err := d.identify(ctx, v, method, now); err != nil {
		return wire(err)
	}
	from, _ := addressOf(ctx)
	if v.call, err = d.gate.OpenCall(now, from); err != nil {
		return wire(overloaded(err))
	}
	v.watch(trailerOf{ctx})
	return nil
}

func (d *door) closeUnary(v *visit) { d.gate.CloseCall(v.call) }

// startUnary waits until the text that v has sent may be converted.
func (d *door) startUnary(v *visit, bytes int) error {
	return wire(overloaded(d.gate.Start(v, v.call, bytes)))
}
