package peer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/hanconv/hanconv/han"
)

// hanconvCommand runs hanconv's own command on a big file, as openccPeer does
// with OpenCC's.
func hanconvCommand() Peer {
	return Peer{
		Name: "hanconv-command", Title: "hanconv, command on a file", Kind: Variant, Files: true, Hint: "go run . builds it",
		start: func(e Env) (Session, error) {
			return &commandSession{
				profiles: func() (names []string, err error) {
					for _, p := range han.Profiles() {
						names = append(names, p.Name)
					}
					return names, nil
				},
				command: func(profile string, args ...string) *exec.Cmd {
					return e.command(e.binary("hanconv-command"), append([]string{"convert", "-c", profile}, args...)...)
				},
				file: filepath.Join(e.Cache, "hanconv-input.txt"),
			}, nil
		},
	}
}

// commandSession measures a command that converts files: each measurement is
// a process on a big file, minus a process on an empty one.
type commandSession struct {
	profiles func() ([]string, error)
	command  func(profile string, args ...string) *exec.Cmd
	profile  string
	file     string // to write the big file to
	bigOf    string // what it was made of last
}

func (s *commandSession) Profiles() ([]string, error) { return s.profiles() }

// Load remembers the profile; a command loads on each run.
func (s *commandSession) Load(profile string) (time.Duration, error) {
	s.profile = profile
	return 0, nil
}

func (s *commandSession) Time(profile, file string, repeat int) (time.Duration, error) {
	empty, err := s.run(profile, os.DevNull)
	if err != nil {
		return 0, err
	}
	big, err := s.repeated(file, repeat)
	if err != nil {
		return 0, err
	}
	full, err := s.run(profile, big)
	return max(full-empty, 0), err
}

func (s *commandSession) run(profile, in string) (time.Duration, error) {
	c := s.command(profile, "-i", in, "-o", os.DevNull)
	if out, err := c.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", c, err, out)
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), nil
}

// repeated returns a file with a text repeat times.
func (s *commandSession) repeated(file string, repeat int) (string, error) {
	of := fmt.Sprintf("%s×%d", file, repeat)
	if s.bigOf == of {
		return s.file, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	s.bigOf = of
	return s.file, os.WriteFile(s.file, bytes.Repeat(text, repeat), 0o644)
}

// Convert converts all texts in one process, a line each.
func (s *commandSession) Convert(profile string, texts []string) ([]string, error) {
	c := s.command(profile)
	c.Stdin = strings.NewReader(strings.Join(texts, "\n") + "\n")
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c, err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(texts) {
		return nil, fmt.Errorf("%s: %d lines became %d", c, len(texts), len(lines))
	}
	return lines, nil
}

// Memory is that of a process that has loaded the profile and waits for text.
func (s *commandSession) Memory() (size int64, err error) {
	if s.profile == "" {
		return 0, nil
	}
	c := s.command(s.profile)
	in, err := c.StdinPipe()
	if err != nil {
		return 0, err
	}
	if err := c.Start(); err != nil {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, in.Close(), c.Wait())
	}()
	if _, err := io.WriteString(in, "发\n"); err != nil {
		return 0, err
	}
	return settled(c.Process.Pid)
}

// settled waits until a process stops growing and returns its memory.
func settled(pid int) (int64, error) {
	last, calm := int64(-1), 0
	for calm < 5 {
		time.Sleep(50 * time.Millisecond)
		size, err := resident(pid)
		if err != nil {
			return 0, err
		}
		if calm++; size != last {
			last, calm = size, 0
		}
	}
	return last, nil
}

func (s *commandSession) Close() error {
	if s.bigOf == "" {
		return nil
	}
	return os.Remove(s.file)
}
