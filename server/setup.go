package server

import (
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/server/access"
)

// Setup is what a running server can be given anew. Each call is answered by one Setup from its first byte to its last.
type Setup struct {
	// Limits are the limits; those of connections stay what they were when the server was built.
	Limits Limits
	// Access says who may call; nil lets everybody.
	Access *access.List
	// Profiles are offered beside the built-in ones.
	Profiles []Profile
}

// Profile is a conversion of the operator's own.
type Profile struct {
	// Name is what clients ask for. It must not be that of a built-in profile.
	Name string
	// Converter converts, and TofuRisk does where clients accept characters that many fonts lack.
	Converter, TofuRisk *han.Converter
}

// WithAccess says who may call; without it, everybody may.
func WithAccess(l *access.List) Option {
	return func(c *config) { c.access = l }
}

// WithProfiles offers conversions beside the built-in ones.
func WithProfiles(p ...Profile) Option {
	return func(c *config) { c.profiles = append(c.profiles, p...) }
}

// Apply replaces the setup in one step. Running calls go on with the one that they began with.
func (s *Server) Apply(setup Setup) {
	setup.Limits = setup.Limits.orDefault()
	if setup.Access != nil {
		setup.Access.Inherit(s.door.setup.Load().access)
	}
	s.door.setup.Store(newSetup(setup))
}

// setup is a Setup made ready.
type setup struct {
	limits  Limits
	access  *access.List
	catalog *catalog
}

func newSetup(s Setup) *setup {
	return &setup{limits: s.Limits, access: s.Access, catalog: newCatalog(s.Profiles)}
}
