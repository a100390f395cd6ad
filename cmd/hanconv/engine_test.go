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

func newEngine(t *testing.T, profile string, opts ...han.Option) *localEngine {
	t.Helper()
	c, err := han.New(profile, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return newLocalEngine(c)
}

func TestEngineGivesWhatOneCallGives(t *testing.T) {
	const line = "鼠标和软件，爱迪生发明了电灯；\xff"
	for kind, text := range map[string]string{
		"lines":         strings.Repeat(line+"\n", 100),
		"no lines":      strings.Repeat(line, 100),
		"a line at end": strings.Repeat(line, 100) + "\n" + strings.Repeat(line+"\n", 100),
		"many blocks":   strings.Repeat(line, 5000) + strings.Repeat(line+"\n", 40_000),
	} {
		checkEngine(t, kind, text)
		checkEngine(t, kind+" in context", text, han.WithContext())
	}
}

func checkEngine(t *testing.T, name, text string, opts ...han.Option) {
	t.Helper()
	e := newEngine(t, "s2twp", opts...)
	want := e.converter.Convert(text)
	sources := map[string]io.Reader{
		"whole":    strings.NewReader(text),
		"with end": iotest.DataErrReader(strings.NewReader(text)),
	}
	if len(text) < 1<<20 {
		sources["bytes"] = iotest.OneByteReader(strings.NewReader(text))
	}
	for way, src := range sources {
		var out bytes.Buffer
		if err := e.convert(context.Background(), &out, src); err != nil || out.String() != want {
			t.Errorf("%s, read as %s: %v, output differs: %v", name, way, err, out.String() != want)
		}
	}
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
	checkMemory(t, newEngine(t, "s2t"))
	checkMemory(t, newEngine(t, "s2t", han.WithContext()))
}

func checkMemory(t *testing.T, e *localEngine) {
	t.Helper()
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
