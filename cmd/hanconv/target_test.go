package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type kept struct{ bytes.Buffer }

func (*kept) Close() error { return nil }

func TestSpoolWritesNothingBeforeCommit(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	for _, size := range []int{0, 10, spoolMemory, spoolMemory + 1, 3*spoolMemory + 5} {
		var out kept
		s := newSpool(func() (io.WriteCloser, error) { return &out, nil })
		want := strings.Repeat("汉", size/3)
		for rest := want; rest != ""; {
			n := min(len(rest), 1<<20-1)
			if _, err := io.WriteString(s, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if out.Len() != 0 {
			t.Errorf("%d bytes: written before Commit", size)
		}
		if err := s.Commit(); err != nil || out.String() != want {
			t.Errorf("%d bytes: Commit wrote %d of %d bytes, %v", size, out.Len(), len(want), err)
		}
		s.Abort()
		if left, _ := os.ReadDir(folder); len(left) != 0 {
			t.Errorf("%d bytes: left behind %v", size, left)
		}
	}
}

func TestSpoolDropsTheTextOnAbort(t *testing.T) {
	opened := false
	s := newSpool(func() (io.WriteCloser, error) { opened = true; return nil, nil })
	if _, err := s.Write(make([]byte, spoolMemory+1)); err != nil {
		t.Fatal(err)
	}
	s.Abort()
	if opened || s.rest != nil || s.head.Len() != 0 {
		t.Error("something of the text is left")
	}
}

func TestSpoolReportsWhereItCannotWrite(t *testing.T) {
	s := newSpool(func() (io.WriteCloser, error) { return nil, os.ErrPermission })
	if err := s.Commit(); !errors.Is(err, os.ErrPermission) {
		t.Errorf("error %v", err)
	}
}

func TestSearchPathTakesTheFirstFile(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	write := func(folder, name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(first, "both", "1")
	write(second, "both", "2")
	write(second, "one", "2")
	s := searchPath{first, second}
	for name, want := range map[string]string{
		"both": "1", "one": "2", "../" + filepath.Base(second) + "/one": "2", filepath.Join(second, "both"): "2",
	} {
		f, err := s.Open(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, _ := io.ReadAll(f)
		_ = f.Close()
		if string(got) != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	if _, err := s.Open("none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
}
