package measure

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hanconv/hanconv/bench/service/load"
)

// server is a running server process with a load process of its own.
type server struct {
	cmd      *exec.Cmd
	load     *exec.Cmd
	in       io.WriteCloser
	send     *json.Encoder
	answer   *json.Decoder
	stopping atomic.Bool
}

// start starts command, which prints its address, and self's load process.
func start(ctx context.Context, self string, command ...string) (_ *server, err error) {
	s := &server{cmd: exec.CommandContext(ctx, command[0], command[1:]...)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	s.cmd.Env = append(os.Environ(), "HANCONV_LOG_CALLS=failed") // the echo logs nothing, either
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return s, err
	}
	if err := s.cmd.Start(); err != nil {
		return s, err
	}
	address, err := s.listening(stderr)
	if err != nil {
		return s, fmt.Errorf("%s: %w", s.cmd, err)
	}
	return s, s.connect(ctx, self, address)
}

var addressLine = regexp.MustCompile(`listening on (\S+)`)

// listening waits for the line that tells the address. What else the server
// has to say goes on to standard error, until it is told to stop.
func (s *server) listening(stderr io.Reader) (address string, err error) {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if found := addressLine.FindStringSubmatch(lines.Text()); found != nil {
			go func() {
				for lines.Scan() {
					s.complain(lines.Text())
				}
			}()
			return found[1], nil
		}
		s.complain(lines.Text())
	}
	return "", errors.Join(errors.New("it ended before it listened"), lines.Err())
}

func (s *server) complain(line string) {
	if !s.stopping.Load() {
		fmt.Fprintln(os.Stderr, line)
	}
}

func (s *server) connect(ctx context.Context, self, address string) (err error) {
	s.load = exec.CommandContext(ctx, self, "load", address)
	s.load.Stderr = os.Stderr
	if s.in, err = s.load.StdinPipe(); err != nil {
		return err
	}
	out, err := s.load.StdoutPipe()
	if err != nil {
		return err
	}
	s.send, s.answer = json.NewEncoder(s.in), json.NewDecoder(out)
	return s.load.Start()
}

func (s *server) ask(q load.Request) (load.Reply, error) {
	var reply load.Reply
	if err := s.send.Encode(q); err != nil {
		return reply, fmt.Errorf("%s: %w", s.load, err)
	}
	if err := s.answer.Decode(&reply); err != nil {
		return reply, fmt.Errorf("%s: %w", s.load, err)
	}
	if reply.Error != "" {
		return reply, fmt.Errorf("%s: %s: %s", s.cmd, q.Kind, reply.Error)
	}
	return reply, nil
}

// stop ends both processes and waits for them.
func (s *server) stop() error {
	s.stopping.Store(true)
	var errs []error
	if s.load != nil && s.load.Process != nil {
		errs = append(errs, s.in.Close(), s.load.Wait())
	}
	if s.cmd.Process != nil {
		errs = append(errs, s.cmd.Process.Signal(syscall.SIGTERM), s.cmd.Wait())
	}
	return errors.Join(errs...)
}

// spent is the CPU time that both processes have used, user and system.
func (s *server) spent() (server, load time.Duration, err error) {
	server, err1 := processTime(s.cmd.Process.Pid)
	load, err2 := processTime(s.load.Process.Pid)
	return server, load, errors.Join(err1, err2)
}
