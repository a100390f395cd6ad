package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/settings"
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/bytesize"
	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/access"
	"github.com/hanconv/hanconv/server/certificates"
)

// prepareSetup reads all files that the settings name, but for certificates, and changes nothing.
func prepareSetup(s *settings.Settings) (server.Setup, error) {
	list, err := callers(s.Access)
	if err != nil {
		return server.Setup{}, fmt.Errorf("--access-file: %w", err)
	}
	profiles, err := loadProfiles(s.Service.Profiles)
	if err != nil {
		return server.Setup{}, fmt.Errorf("--profiles: %w", err)
	}
	return server.Setup{Limits: s.Limits.Limits, Access: list, Profiles: profiles}, nil
}

func callers(a settings.Access) (*access.List, error) {
	policy := anonymousPolicy(a)
	if a.File == "" {
		return access.Anonymous(policy), nil
	}
	return access.Read(a.File, policy)
}

func anonymousPolicy(a settings.Access) access.Policy {
	switch a.Anonymous {
	case settings.AnonymousAll:
		return access.EverybodyAnonymous
	case settings.AnonymousLocal:
		return access.LocalAnonymous
	case settings.AnonymousNone:
		return access.NobodyAnonymous
	}
	if a.File == "" {
		return access.LocalAnonymous
	}
	return access.NobodyAnonymous
}

var profileName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
})

const configurationSuffix = ".json"

// loadProfiles loads every configuration of a folder.
func loadProfiles(folder string) ([]server.Profile, error) {
	if folder == "" {
		return nil, nil
	}
	root, err := os.OpenRoot(folder) // what a configuration names stays inside the folder
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	names, err := fs.Glob(root.FS(), "*"+configurationSuffix)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no configuration (NAME.json) in it", folder)
	}
	slices.Sort(names)
	var profiles []server.Profile
	for _, name := range names {
		p, err := loadProfile(boundedFS{root.FS()}, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Clean(folder), err)
		}
		profiles = append(profiles, p)
	}
	return profiles, nil
}

// largestDictionary is ten times what OpenCC's largest takes, in bytes.
const largestDictionary = 32 << 20

// boundedFS refuses files that are too large to be what they should be.
type boundedFS struct{ fs.FS }

// Open implements fs.FS.
func (b boundedFS) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() > largestDictionary {
		err = fmt.Errorf("%s has %d bytes; a dictionary may have %s", name, info.Size(), bytesize.Format(largestDictionary))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func loadProfile(folder fs.FS, file string) (p server.Profile, err error) {
	p.Name = strings.TrimSuffix(file, configurationSuffix)
	if !profileName().MatchString(p.Name) {
		return p, fmt.Errorf("%s: a profile's name has up to 64 letters, digits, dots, hyphens and underscores", file)
	}
	if _, err := han.LookupProfile(p.Name); err == nil {
		return p, fmt.Errorf("%s: there is a built-in profile %s; choose another name", file, p.Name)
	}
	if p.Converter, err = han.LoadConfig(folder, file); err != nil {
		return p, err
	}
	p.TofuRisk, err = han.LoadConfig(folder, file, han.WithTofuRisk())
	return p, err
}

func certificateFiles(t settings.TLS) certificates.Files {
	return certificates.Files{
		Cert: t.Cert, Key: t.Key, ClientCA: t.ClientCA, ClientOptional: t.ClientAuth == settings.ClientAuthOptional,
	}
}

var errSwitchTLS = errors.New("tls-cert: switching TLS on or off needs a restart")

// reload reads everything again and puts it in place in one step, or leaves all as it is.
func (d *daemon) reload() error {
	s, err := settings.Load(d.source)
	if err != nil {
		return err
	}
	if (s.TLS.Cert == "") != (d.keeper == nil) {
		return errSwitchTLS
	}
	if err := checkExposure(s, d.exposed()); err != nil {
		return err
	}
	setup, err := prepareSetup(s)
	if err != nil {
		return err
	}
	replaceCertificates := func() {}
	if d.keeper != nil {
		if replaceCertificates, err = d.keeper.Prepare(certificateFiles(s.TLS)); err != nil {
			return err
		}
	}
	replaceCertificates()
	d.server.Apply(setup)
	if names := d.started.NeedRestart(s); len(names) > 0 {
		d.con.note("hanconv: changes of %s need a restart", strings.Join(names, ", "))
	}
	d.settings = s
	return nil
}
