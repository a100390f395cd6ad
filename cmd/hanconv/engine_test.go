package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hanconv/hanconv/han"
)

func newEngine(t *testing.T, profile string) *localEngine {
	t.Helper()
	c, err := han.New(profile)
	if err != nil {
		t.Fatal(err)
	}
	return newLocalEngine(c)
}

func TestEngineGivesWhatOneCallGives(t *testing.T) {
	text := strings.Repeat("鼠标和软件，头发发现；\xff\n", 100)
	want := convertWhole(t, "s2twp", text)
	for name, src := range map[string]io.Reader{
		"whole":    strings.NewReader(text),
		"bytes":    iotest.OneByteReader(strings.NewReader(text)),
		"with end": iotest.DataErrReader(strings.NewReader(text)),
	} {
		var out bytes.Buffer
		if err := newEngine(t, "s2twp").convert(context.Background(), &out, src); err != nil || out.String() != want {
			t.Errorf("read as %s: %v, output differs: %v", name, err, out.String() != want)
		}
	}
}

func convertWhole(t *testing.T, profile, text string) string {
	t.Helper()
	c, err := han.New(profile)
	if err != nil {
		t.Fatal(err)
	}
	return c.Convert(text)
}

func TestEngineStartsAnewAfterAFailure(t *testing.T) {
	e := newEngine(t, "s2t")
	broken := io.MultiReader(strings.NewReader("皇"), iotest.ErrReader(os.ErrClosed))
	if err := e.convert(context.Background(), io.Discard, broken); !errors.Is(err, os.ErrClosed) {
		t.Fatalf("error %v", err)
	}
	var out bytes.Buffer
	if err := e.convert(context.Background(), &out, strings.NewReader("后面")); err != nil || out.String() != "後面" {
		t.Errorf("the next text became %q, %v", out.String(), err)
	}
}

func TestEngineEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	endless := io.MultiReader(strings.NewReader("汉"), &repeatReader{})
	if err := newEngine(t, "s2t").convert(ctx, io.Discard, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestEngineReportsAFullDisk(t *testing.T) {
	err := newEngine(t, "s2t").convert(context.Background(), failingWriter{}, strings.NewReader("汉字\n"))
	if !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("error %v", err)
	}
}

// A text of 8 MiB without a line end must not be kept in memory.
func TestEngineMemoryIsBounded(t *testing.T) {
	e := newEngine(t, "s2t")
	src := io.LimitReader(&repeatReader{}, 8<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := e.convert(context.Background(), io.Discard, src); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("converting 8 MiB allocated %d KiB", grown>>10)
	}
}

func TestInterruptibleReaderEndsWithItsContext(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	in := interruptibleReader(ctx, func() (io.ReadCloser, error) { return r, nil })
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := in.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestInterruptibleReaderReportsWhatCannotBeOpened(t *testing.T) {
	in := interruptibleReader(context.Background(), func() (io.ReadCloser, error) { return os.Open("no such file") })
	if _, err := io.ReadAll(in); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// repeatReader is a text without end and without line ends.
type repeatReader struct{ at int }

func (r *repeatReader) Read(p []byte) (int, error) {
	const text = "鼠标和软件的头发"
	for i := range p {
		p[i] = text[(r.at+i)%len(text)]
	}
	r.at = (r.at + len(p)) % len(text)
	return len(p), nil
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
