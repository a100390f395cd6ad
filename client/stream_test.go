package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/server"
)

var s2twp = client.Options{Profile: "s2twp"}

func read(t *testing.T, c *client.Client, src io.Reader, o client.Options) (string, error) {
	t.Helper()
	r := c.NewReader(t.Context(), src, o)
	got, err := io.ReadAll(r)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return string(got), err
}

func TestReader(t *testing.T) {
	for name, target := range targets(t) {
		t.Run(name, func(t *testing.T) {
			c := connect(t, target)
			for _, text := range []string{"", "里", article(300), article(200 << 10)} {
				want := string(library(t, "s2twp").Append(nil, []byte(text)))
				for i, wrap := range []func(io.Reader) io.Reader{
					func(r io.Reader) io.Reader { return r }, iotest.HalfReader, iotest.DataErrReader,
				} {
					if got, err := read(t, c, wrap(strings.NewReader(text)), s2twp); err != nil || got != want {
						t.Errorf("wrapper %d: got %d bytes, %v; want %d", i, len(got), err, len(want))
					}
				}
			}
		})
	}
}

func TestReaderKeepsTheContract(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	text := article(300)
	want := library(t, "s2twp").Append(nil, []byte(text))
	r := c.NewReader(t.Context(), iotest.OneByteReader(strings.NewReader(text)), s2twp)
	if err := iotest.TestReader(r, want); err != nil {
		t.Error(err)
	}
	if n, err := r.Read(make([]byte, 9)); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d, %v", n, err)
	}
	if r.Info().Profile != "s2twp" || r.Info().Fingerprint == "" {
		t.Errorf("info %+v", r.Info())
	}
	_ = r.Close()
	if _, err := r.Read(make([]byte, 9)); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
}

func TestWriter(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for name, target := range targets(t) {
		t.Run(name, func(t *testing.T) {
			c := connect(t, target)
			for _, size := range []int{0, 300, 200 << 10} {
				text := article(size)
				var got bytes.Buffer
				w := c.NewWriter(t.Context(), &got, s2twp)
				for rest := text; rest != ""; {
					n := min(len(rest), r.IntN(1+size/3+9))
					if k, err := io.WriteString(w, rest[:n]); k != n || err != nil {
						t.Fatalf("wrote %d of %d: %v", k, n, err)
					}
					rest = rest[n:]
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if want := library(t, "s2twp").Append(nil, []byte(text)); !bytes.Equal(got.Bytes(), want) {
					t.Errorf("got %d bytes, want %d", got.Len(), len(want))
				}
				if w.Info().Profile != "s2twp" {
					t.Errorf("info %+v", w.Info())
				}
			}
		})
	}
}

func TestWriterSplitAtEveryByte(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	text := article(1)[:120]
	want := string(library(t, "s2twp").Append(nil, []byte(text)))
	for i := range len(text) + 1 {
		var got strings.Builder
		w := c.NewWriter(t.Context(), &got, s2twp)
		_, err1 := io.WriteString(w, text[:i])
		_, err2 := io.WriteString(w, text[i:])
		if err := errors.Join(err1, err2, w.Close()); err != nil || got.String() != want {
			t.Fatalf("split at %d: got %q, %v; want %q", i, got.String(), err, want)
		}
	}
}

// endless gives n bytes without holding them.
type endless struct {
	text string
	n    int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), e.n)], e.text)
	e.n -= n
	return n, nil
}

func TestStreamsAreBoundedInMemory(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := c.NewReader(t.Context(), &endless{strings.Repeat("a line of text\n", 2000), 96 << 20}, client.Options{Profile: "s2t"})
	n, err := io.Copy(io.Discard, r)
	if err != nil || n != 96<<20 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 48<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	_ = r.Close()
}

func TestStreamErrorsSurface(t *testing.T) {
	addr, _ := start(t, server.WithLimits(server.Limits{StreamBytes: 1000}))
	c := connect(t, addr)
	for name, test := range map[string]struct {
		text, reason string
		o            client.Options
	}{
		"profile":   {"x", "UNKNOWN_PROFILE", client.Options{Profile: "nope"}},
		"no text":   {"", "UNKNOWN_PROFILE", client.Options{Profile: "nope"}},
		"UTF-8":     {"x\xff", "INVALID_UTF8", client.Options{Profile: "s2t", Strict: true}},
		"truncated": {"x\xe9\x87", "INVALID_UTF8", client.Options{Profile: "s2t", Strict: true}},
		"limit":     {article(9000), "TOO_MANY_BYTES", client.Options{Profile: "s2t"}},
		"alignment": {"x", "", client.Options{Profile: "s2t", Alignment: client.Bytes}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, c, strings.NewReader(test.text), test.o)
			if e := asError(t, err); e.Reason != test.reason {
				t.Errorf("reader: %+v", e)
			}
			w := c.NewWriter(t.Context(), io.Discard, test.o)
			_, _ = io.WriteString(w, test.text)
			if e := asError(t, w.Close()); e.Reason != test.reason {
				t.Errorf("writer: %+v", e)
			}
			if again := asError(t, w.Close()); again.Reason != test.reason {
				t.Errorf("closed again: %+v", again)
			}
		})
	}
}

var errBroken = errors.New("broken")

func TestASourceThatBreaks(t *testing.T) {
	addr, _ := start(t)
	text := article(100)
	src := io.MultiReader(strings.NewReader(text), iotest.ErrReader(errBroken))
	got, err := read(t, connect(t, addr), src, s2twp)
	if want := string(library(t, "s2twp").Append(nil, []byte(text))); err != errBroken || got != want {
		t.Errorf("got %q, %v", got, err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestASourceWithoutProgress(t *testing.T) {
	addr, _ := start(t)
	if _, err := read(t, connect(t, addr), stuck{}, s2twp); err != io.ErrNoProgress {
		t.Errorf("got %v", err)
	}
}

// full is a disk without room.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	f.room -= n
	if n < len(p) {
		return n, errBroken
	}
	return n, nil
}

func TestADestinationThatBreaks(t *testing.T) {
	addr, _ := start(t)
	w := connect(t, addr).NewWriter(t.Context(), &full{1000}, s2twp)
	_, err := io.Copy(w, strings.NewReader(article(1<<20)))
	if err != nil && err != errBroken {
		t.Errorf("copy: %v", err)
	}
	if err := w.Close(); err != errBroken {
		t.Errorf("close: %v", err)
	}
	if _, err := w.Write([]byte("x")); err == nil {
		t.Error("a closed writer takes text")
	}
}

func TestStreamsCanBeGivenUp(t *testing.T) {
	addr, _ := start(t)
	c := connect(t, addr)
	r := c.NewReader(t.Context(), &endless{article(1 << 10), 1 << 40}, s2twp)
	if _, err := io.CopyN(io.Discard, r, 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("a closed reader gives %v", err)
	}
	never := c.NewReader(t.Context(), strings.NewReader("x"), s2twp)
	if err := never.Close(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := c.NewWriter(ctx, io.Discard, s2twp)
	_, _ = io.WriteString(w, "里面")
	cancel()
	if err := w.Close(); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled writer closes with %v", err)
	}
}

func TestAServerThatStopsMidway(t *testing.T) {
	addr, s := start(t)
	w := connect(t, addr).NewWriter(t.Context(), io.Discard, s2twp)
	if _, err := io.WriteString(w, article(1<<20)); err != nil {
		t.Fatal(err)
	}
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(now); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	if e := asError(t, w.Close()); e.Code != client.Unavailable {
		t.Errorf("got %+v", e)
	}
}
