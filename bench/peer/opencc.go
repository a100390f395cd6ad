package peer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/hanconv/hanconv/bench/corpus"
)

// openccPeer runs OpenCC's own command, which has no library mode: each
// measurement is a process on a big file, minus a process on an empty one.
func openccPeer() Peer {
	return Peer{
		Name: "opencc", Title: "OpenCC (C++ command)",
		Hint: "run: go run . -setup (unpacks Debian's packages here) or apt-get install opencc as root",
		start: func(e Env) (Session, error) {
			if findOpenCC(e.Cache).program == "" {
				return nil, ErrMissing
			}
			return &openccSession{env: e, install: findOpenCC(e.Cache)}, nil
		},
		once:    func(e Env, profile string) *exec.Cmd { return findOpenCC(e.Cache).command(e, profile) },
		version: func(e Env) string { return findOpenCC(e.Cache).version(e.Cache) },
	}
}

// install is where OpenCC's command and data are.
type install struct{ program, data, libraries string }

// findOpenCC prefers the system's, then the one that InstallOpenCC unpacked.
func findOpenCC(cache string) install {
	if program, err := exec.LookPath("opencc"); err == nil {
		return install{program, filepath.Join(filepath.Dir(filepath.Dir(program)), "share", "opencc"), ""}
	}
	usr := filepath.Join(cache, "opencc", "usr")
	if !exists(filepath.Join(usr, "bin", "opencc")) {
		return install{}
	}
	libraries, _ := filepath.Glob(filepath.Join(usr, "lib", "*-linux-*")) // the pattern is well formed
	return install{filepath.Join(usr, "bin", "opencc"), filepath.Join(usr, "share", "opencc"), strings.Join(libraries, ":")}
}

var versionNumber = regexp.MustCompile(`Version: ([0-9.]+)`)

// version is Debian's if that is where the command is from: the command of
// 1.1.6 says that it is 1.1.5. It is "" if nobody tells.
func (i install) version(cache string) string {
	if i.libraries != "" {
		return upstream(corpus.Version(cache, "opencc"))
	}
	if out, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", "opencc").Output(); err == nil {
		return upstream(string(out))
	}
	c := exec.Command(i.program, "--version")
	c.Env = i.environment()
	out, _ := c.CombinedOutput() // it ends with status 1 in some releases
	if found := versionNumber.FindSubmatch(out); found != nil {
		return string(found[1])
	}
	return ""
}

// upstream is what stands before Debian's additions in "1.1.6+ds1-1".
func upstream(version string) string {
	return version[:len(version)-len(strings.TrimLeft(version, "0123456789."))]
}

func (i install) environment() []string {
	if i.libraries == "" {
		return os.Environ()
	}
	return append(os.Environ(), "LD_LIBRARY_PATH="+i.libraries)
}

func (i install) command(e Env, profile string, args ...string) *exec.Cmd {
	c := e.command(i.program, append([]string{"-c", filepath.Join(i.data, profile+".json")}, args...)...)
	c.Env = i.environment()
	return c
}

// InstallOpenCC unpacks Debian's opencc into the cache, unless there is one.
func InstallOpenCC(cache string) error {
	if runtime.GOOS != "linux" || findOpenCC(cache).program != "" {
		return nil
	}
	staging := filepath.Join(cache, "opencc.part")
	for _, name := range []string{"libmarisa0", "libopencc1.1", "libopencc-data", "opencc"} {
		archive, err := corpus.Download(cache, name)
		if err != nil {
			return err
		}
		if out, err := exec.Command("dpkg-deb", "-x", archive, staging).CombinedOutput(); err != nil {
			return fmt.Errorf("unpacking %s: %w\n%s", archive, err, out)
		}
	}
	return os.Rename(staging, filepath.Join(cache, "opencc"))
}

type openccSession struct {
	env     Env
	install install
	profile string
	big     string // the file made last
	bigOf   string // what it was made of
}

func (s *openccSession) Profiles() (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(s.install.data, "*.json"))
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	return names, err
}

// Load remembers the profile; a command loads on each run.
func (s *openccSession) Load(profile string) (time.Duration, error) {
	s.profile = profile
	return 0, nil
}

func (s *openccSession) Time(profile, file string, repeat int) (time.Duration, error) {
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

func (s *openccSession) run(profile, in string) (time.Duration, error) {
	c := s.install.command(s.env, profile, "-i", in, "-o", os.DevNull)
	if out, err := c.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", c, err, out)
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), nil
}

// repeated returns a file with a text repeat times.
func (s *openccSession) repeated(file string, repeat int) (string, error) {
	of := fmt.Sprintf("%s×%d", file, repeat)
	if s.bigOf == of {
		return s.big, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	s.big, s.bigOf = filepath.Join(s.env.Cache, "opencc-input.txt"), of
	return s.big, os.WriteFile(s.big, bytes.Repeat(text, repeat), 0o644)
}

// Convert converts all texts in one process, a line each.
func (s *openccSession) Convert(profile string, texts []string) ([]string, error) {
	c := s.install.command(s.env, profile)
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
func (s *openccSession) Memory() (size int64, err error) {
	if s.profile == "" {
		return 0, nil
	}
	c := s.install.command(s.env, s.profile)
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

func (s *openccSession) Close() error {
	if s.big == "" {
		return nil
	}
	return os.Remove(s.big)
}
