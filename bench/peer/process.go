package peer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hanconv/hanconv/bench/worker"
)

// goPeer runs a worker written in Go, which Build has built. hanconv's start-up
// is measured by its own command if that was built.
func goPeer(kind Kind, name, title, binary string, args ...string) Peer {
	return Peer{
		Name: name, Title: title, Kind: kind, Hint: "go run . builds it",
		start: func(e Env) (Session, error) { return startProcess(e.command(e.binary(binary), args...)) },
		once: func(e Env, profile string) *exec.Cmd {
			if own := e.binary("hanconv-command"); binary == "hanconv" && exists(own) {
				return e.command(own, "convert", "-c", profile)
			}
			return e.command(e.binary(binary), append(args, "once", profile)...)
		},
	}
}

// nodePeer runs a package of package.json in node.
func nodePeer(name, title string) Peer {
	script := filepath.Join("workers", "node", "worker.mjs")
	return Peer{
		Name: name, Title: title, Hint: "install node, then run: npm ci",
		start: func(e Env) (Session, error) {
			if !exists(filepath.Join(e.Dir, "node_modules", name)) {
				return nil, ErrMissing
			}
			if _, err := exec.LookPath("node"); err != nil {
				return nil, ErrMissing
			}
			return startProcess(e.command("node", script, name))
		},
		once: func(e Env, profile string) *exec.Cmd { return e.command("node", script, name, "once", profile) },
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// Build builds the Go workers and hanconv's own command.
func Build(e Env) error {
	folder := filepath.Join(e.Cache, "bin")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	workers := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "./workers/...")
	workers.Dir = e.Dir
	if out, err := workers.CombinedOutput(); err != nil {
		return fmt.Errorf("building the workers: %w\n%s", err, out)
	}
	own := exec.Command("go", "build", "-o", filepath.Join(folder, "hanconv-command"), "./cmd/hanconv")
	own.Dir = e.Project
	if out, err := own.CombinedOutput(); err != nil {
		return fmt.Errorf("building hanconv: %w\n%s", err, out)
	}
	return nil
}

// process is a session with a worker.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	send   *json.Encoder
	answer *json.Decoder
	stderr *bytes.Buffer
}

func startProcess(cmd *exec.Cmd) (Session, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, in: in, send: json.NewEncoder(in), answer: json.NewDecoder(out), stderr: &bytes.Buffer{}}
	cmd.Stderr = p.stderr
	return p, cmd.Start()
}

func (p *process) ask(q worker.Request) (worker.Reply, error) {
	var reply worker.Reply
	err := p.send.Encode(q)
	if err == nil {
		err = p.answer.Decode(&reply)
	}
	if err != nil {
		return reply, fmt.Errorf("%s ended: %w\n%s", p.cmd, errors.Join(err, p.Close()), p.stderr)
	}
	if reply.Error != "" {
		return reply, fmt.Errorf("%s: %s", p.cmd, reply.Error)
	}
	return reply, nil
}

func (p *process) Profiles() ([]string, error) {
	reply, err := p.ask(worker.Request{Op: "profiles"})
	return reply.Profiles, err
}

func (p *process) Load(profile string) (time.Duration, error) {
	reply, err := p.ask(worker.Request{Op: "load", Profile: profile})
	return reply.CPU, err
}

func (p *process) Time(profile, file string, repeat int) (time.Duration, error) {
	reply, err := p.ask(worker.Request{Op: "time", Profile: profile, File: file, Repeat: repeat})
	return reply.CPU, err
}

func (p *process) Convert(profile string, texts []string) ([]string, error) {
	reply, err := p.ask(worker.Request{Op: "convert", Profile: profile, Texts: texts})
	return reply.Texts, err
}

func (p *process) Memory() (int64, error) { return resident(p.cmd.Process.Pid) }

func (p *process) Close() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
}
