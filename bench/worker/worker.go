// Package worker is the measured side of a benchmark: a process that holds one
// converter, obeys requests on standard input and answers on standard output,
// one line of JSON each. workers/node/worker.mjs speaks the same protocol.
package worker

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// Request asks a worker to do one thing:
//
//	profiles  list the profiles
//	load      load Profile; answers the CPU time of it
//	time      convert File Repeat times; answers the CPU time of it
//	convert   convert Texts with the tofu-risk dictionaries; answers the results
type Request struct {
	Op      string   `json:"op"`
	Profile string   `json:"profile,omitempty"`
	File    string   `json:"file,omitempty"`
	Repeat  int      `json:"repeat,omitempty"`
	Texts   []string `json:"texts,omitempty"`
}

// Reply answers a request. Error is "" if it worked.
type Reply struct {
	Error    string        `json:"error,omitempty"`
	CPU      time.Duration `json:"cpu,omitempty"` // user and system, all threads
	Profiles []string      `json:"profiles,omitempty"`
	Texts    []string      `json:"texts,omitempty"`
}

// Text is an input in both forms, so that no converter pays for the other.
type Text struct {
	Bytes  []byte
	String string
}

// Converter is one loaded profile.
type Converter struct {
	Discard func(Text)                   // one conversion, for its time alone
	Convert func(string) (string, error) // one conversion, for its result
}

// Library is what a Go worker measures.
type Library interface {
	Profiles() []string
	// Load loads a profile. tofu asks for the dictionaries whose results many
	// fonts lack, as OpenCC's own cases do; libraries without them ignore it.
	Load(profile string, tofu bool) (Converter, error)
}

// Run is the main function of a Go worker. "once PROFILE" as the last
// arguments converts standard input to standard output instead of serving.
func Run(lib Library, args []string) error {
	runtime.LockOSThread()
	if len(args) >= 2 && args[len(args)-2] == "once" {
		return once(lib, args[len(args)-1], os.Stdin, os.Stdout)
	}
	return Serve(lib, os.Stdin, os.Stdout)
}

func once(lib Library, profile string, in io.Reader, out io.Writer) error {
	c, err := lib.Load(profile, false)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	result, err := c.Convert(string(text))
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, result)
	return err
}

// Serve answers requests until in ends.
func Serve(lib Library, in io.Reader, out io.Writer) error {
	s := &server{lib, map[string]Converter{}, map[string]Text{}}
	requests, replies := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q Request
		switch err := requests.Decode(&q); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return fmt.Errorf("reading a request: %w", err)
		}
		reply, err := s.answer(q)
		if err != nil {
			reply.Error = err.Error()
		}
		if err := replies.Encode(reply); err != nil {
			return fmt.Errorf("writing a reply: %w", err)
		}
	}
}

type server struct {
	lib    Library
	loaded map[string]Converter
	texts  map[string]Text
}

func (s *server) answer(q Request) (Reply, error) {
	switch q.Op {
	case "profiles":
		return Reply{Profiles: s.lib.Profiles()}, nil
	case "load":
		return s.load(q.Profile)
	case "time":
		return s.time(q)
	case "convert":
		return s.convert(q)
	}
	return Reply{}, fmt.Errorf("unknown request %q", q.Op)
}

func (s *server) load(profile string) (Reply, error) {
	if !slices.Contains(s.lib.Profiles(), profile) {
		return Reply{}, fmt.Errorf("no profile %s here", profile)
	}
	start := cpuTime()
	c, err := s.lib.Load(profile, false)
	if err != nil {
		return Reply{}, fmt.Errorf("loading %s: %w", profile, err)
	}
	s.loaded[profile] = c
	return Reply{CPU: cpuTime() - start}, nil
}

func (s *server) time(q Request) (Reply, error) {
	c, ok := s.loaded[q.Profile]
	if !ok {
		return Reply{}, fmt.Errorf("profile %s is not loaded", q.Profile)
	}
	text, err := s.text(q.File)
	if err != nil {
		return Reply{}, err
	}
	start := cpuTime()
	for range q.Repeat {
		c.Discard(text)
	}
	return Reply{CPU: cpuTime() - start}, nil
}

func (s *server) text(file string) (Text, error) {
	if t, ok := s.texts[file]; ok {
		return t, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return Text{}, err
	}
	t := Text{data, string(data)}
	s.texts[file] = t
	return t, nil
}

func (s *server) convert(q Request) (Reply, error) {
	c, err := s.lib.Load(q.Profile, true)
	if err != nil {
		return Reply{}, fmt.Errorf("loading %s: %w", q.Profile, err)
	}
	var reply Reply
	for _, text := range q.Texts {
		result, err := c.Convert(text)
		if err != nil {
			return Reply{}, fmt.Errorf("converting %q by %s: %w", text, q.Profile, err)
		}
		reply.Texts = append(reply.Texts, result)
	}
	return reply, nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are constant
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
