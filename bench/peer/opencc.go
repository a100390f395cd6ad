package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/hanconv/hanconv/bench/corpus"
)

// openccPeer runs OpenCC's own command, which has no library mode.
func openccPeer() Peer {
	return Peer{
		Name: "opencc", Title: "OpenCC (C++ command)", Files: true,
		Hint: "run: go run . -setup (unpacks Debian's packages here) or apt-get install opencc as root",
		start: func(e Env) (Session, error) {
			if findOpenCC(e.Cache).program == "" {
				return nil, ErrMissing
			}
			i := findOpenCC(e.Cache)
			return &commandSession{
				profiles: i.profiles,
				command:  func(profile string, args ...string) *exec.Cmd { return i.command(e, profile, args...) },
				file:     filepath.Join(e.Cache, "opencc-input.txt"),
			}, nil
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

func (i install) profiles() (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(i.data, "*.json"))
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	return names, err
}
