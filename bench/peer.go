package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	longbridge "github.com/longbridgeapp/opencc"

	"github.com/hanconv/hanconv/han"
)

// peer is a converter under measurement.
type peer interface {
	name() string
	// measure converts the text of a file once and returns the CPU time that
	// took. errNotOffered says that the peer does not know the profile.
	measure(profile string, t text) (time.Duration, error)
}

var errNotOffered = errors.New("not offered")

// text is what is converted: in memory for Go, in a file for others.
type text struct {
	name string
	data []byte
	file string
}

// cpu is the CPU time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // RUSAGE_SELF is always there
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// hanconv is this project, with the buffer reused.
type hanconv struct{ dst []byte }

func (*hanconv) name() string { return "hanconv" }

func (h *hanconv) measure(profile string, t text) (time.Duration, error) {
	c, err := han.New(profile)
	if err != nil {
		return 0, errNotOffered
	}
	h.dst = c.Append(h.dst[:0], t.data)
	start := cpu()
	for range hanconvRuns {
		h.dst = c.Append(h.dst[:0], t.data)
	}
	return (cpu() - start) / hanconvRuns, nil
}

// hanconvRuns makes a measurement long enough for the clock.
const hanconvRuns = 10

// longbridgeapp is the Go port that most people use.
type longbridgeapp struct{ converters map[string]*longbridge.OpenCC }

func (*longbridgeapp) name() string { return "longbridgeapp/opencc" }

func (l *longbridgeapp) measure(profile string, t text) (time.Duration, error) {
	c := l.converters[profile]
	if c == nil {
		var err error
		if c, err = longbridge.New(profile); err != nil {
			return 0, errNotOffered
		}
		l.converters[profile] = c
	}
	start := cpu()
	_, err := c.Convert(string(t.data))
	return cpu() - start, err
}

// openccJS runs in a node process of its own.
type openccJS struct {
	in  io.Writer
	out *bufio.Scanner
}

func newOpenccJS() (*openccJS, error) {
	if _, err := os.Stat("node_modules/opencc-js"); err != nil {
		return nil, fmt.Errorf("opencc-js is not installed: run npm ci in bench/")
	}
	node := exec.Command("node", "node.mjs")
	node.Stderr = os.Stderr
	in, err := node.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &openccJS{in, bufio.NewScanner(out)}, node.Start()
}

func (*openccJS) name() string { return "opencc-js" }

func (o *openccJS) measure(profile string, t text) (time.Duration, error) {
	if profile == "s2hk-finance" {
		return 0, errNotOffered
	}
	request := map[string]string{"profile": profile, "file": t.file}
	if err := json.NewEncoder(o.in).Encode(request); err != nil {
		return 0, err
	}
	if !o.out.Scan() {
		return 0, fmt.Errorf("opencc-js ended: %v", o.out.Err())
	}
	var reply struct {
		Micros int64
		Error  string
	}
	if err := json.Unmarshal(o.out.Bytes(), &reply); err != nil {
		return 0, err
	}
	if reply.Error != "" {
		return 0, errNotOffered
	}
	return time.Duration(reply.Micros) * time.Microsecond, nil
}
