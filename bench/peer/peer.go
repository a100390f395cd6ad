// Package peer runs the converters that are measured, each in a process of its
// own on one core.
package peer

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// ErrMissing says that a peer is not installed.
var ErrMissing = errors.New("not installed")

// Kind tells what a peer's figures mean.
type Kind int

// The kinds.
const (
	Library Kind = iota // a converter: speed, start-up, memory, correctness
	Variant             // another way to call a library: speed only
	Limit               // no converter: what bounds them all
)

// Peer is one column of the table.
type Peer struct {
	Name  string // for -peers
	Title string // for the table
	Kind  Kind
	Hint  string // how to install it
	Files bool   // it converts whole files; a short text has no speed of its own

	start   func(Env) (Session, error)
	once    func(Env, string) *exec.Cmd
	version func(Env) string // nil if Title says it
}

// Session is a running converter. It is not safe for concurrent use.
type Session interface {
	Profiles() ([]string, error)
	// Load loads a profile and returns the CPU time that took, 0 if unknown.
	Load(profile string) (time.Duration, error)
	// Time returns the CPU time of converting a file repeat times.
	Time(profile, file string, repeat int) (time.Duration, error)
	// Convert converts texts with the tofu-risk dictionaries, if there are any.
	Convert(profile string, texts []string) ([]string, error)
	// Memory returns the bytes resident now with what has been loaded, 0 if
	// unknown.
	Memory() (int64, error)
	Close() error
}

// Env says where peers run.
type Env struct {
	Dir     string // of the benchmark's module
	Project string // of hanconv's source
	Cache   string // for what is built and downloaded
	CPU     int    // the core that measured processes are pinned to, or -1
}

// Pin returns the environment with measured processes pinned to a core if the
// system can do that, else with CPU -1.
func (e Env) Pin(core int) Env {
	e.CPU = core
	if exec.Command("taskset", "-c", strconv.Itoa(core), "true").Run() != nil {
		e.CPU = -1
	}
	return e
}

// Start starts a session. An error that wraps ErrMissing comes with a hint.
func (p Peer) Start(env Env) (Session, error) { return p.start(env) }

// Once returns the command that converts one text from standard input to
// standard output and ends.
func (p Peer) Once(env Env, profile string) *exec.Cmd { return p.once(env, profile) }

// Heading is the title with the version that is installed.
func (p Peer) Heading(env Env) string {
	if p.version == nil {
		return p.Title
	}
	return p.Title + " " + p.version(env)
}

// command runs a program on the core for measured processes, with one thread
// for Go code.
func (e Env) command(name string, args ...string) *exec.Cmd {
	if e.CPU >= 0 {
		args = append([]string{"-c", strconv.Itoa(e.CPU), name}, args...)
		name = "taskset"
	}
	c := exec.Command(name, args...)
	c.Dir = e.Dir
	c.Env = append(os.Environ(), "GOMAXPROCS=1")
	return c
}

func (e Env) binary(name string) string { return filepath.Join(e.Cache, "bin", name) }

// All returns every peer there could be, hanconv first.
func All() []Peer {
	return []Peer{
		goPeer(Library, "hanconv", "hanconv", "hanconv", "append"),
		goPeer(Variant, "hanconv-string", "hanconv, new string", "hanconv", "string"),
		goPeer(Variant, "hanconv-stream", "hanconv, stream", "hanconv", "stream"),
		hanconvCommand(),
		goPeer(Library, "longbridge", "longbridgeapp/opencc 0.3.13", "longbridge"),
		nodePeer("opencc-js", "opencc-js 1.4.2"),
		nodePeer("simplecc-wasm", "simplecc-wasm 1.1.1"),
		openccPeer(),
		goPeer(Limit, "map", "1:1 table map", "limits", "map"),
		goPeer(Limit, "valid", "utf8.Valid", "limits", "valid"),
		goPeer(Limit, "copy", "copy", "limits", "copy"),
	}
}
