package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/atomicfile"
)

// sink takes a converted text. Nothing of it shows in a file before Commit; Abort after Commit does nothing.
type sink interface {
	io.Writer
	Commit() error
	Abort()
}

// target is where a converted text goes.
type target struct {
	path    string // "" for standard output
	inPlace bool   // path is the source, too
	mkdir   bool   // the folder of path is made where it does not exist
}

// open readies the target. With whole set nothing is written before Commit even where a target is no file that could
// be replaced.
func (t target) open(con console, whole bool) (sink, error) {
	switch {
	case t.path == "" && whole:
		return newSpool(func() (io.WriteCloser, error) { return openWriter{con.stdout()}, nil }), nil
	case t.path == "":
		return openWriter{con.stdout()}, nil
	case t.mkdir:
		if err := os.MkdirAll(filepath.Dir(t.path), 0o777); err != nil {
			return nil, err
		}
	}
	f, err := atomicfile.Create(t.path)
	switch {
	case err == nil:
		return f, nil
	case t.inPlace && errors.Is(err, atomicfile.ErrNotReplaceable):
		return nil, fmt.Errorf("%w; write to another file with -o", err)
	case t.inPlace || !overwritable(t.path, err):
		return nil, err
	}
	return t.overwrite(whole)
}

// overwritable tells whether a file that cannot be replaced can be written to as it stands: devices, pipes, files with
// several hard links, files in folders that take no new files.
func overwritable(path string, err error) bool {
	if !errors.Is(err, atomicfile.ErrNotReplaceable) && !errors.Is(err, fs.ErrPermission) {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func (t target) overwrite(whole bool) (sink, error) {
	info, err := os.Stat(t.path)
	if err != nil {
		return nil, err
	}
	open := func() (io.WriteCloser, error) {
		f, err := os.OpenFile(t.path, os.O_WRONLY|os.O_TRUNC, 0)
		return pipeFile{f}, err
	}
	if whole || info.Mode().IsRegular() {
		return newSpool(open), nil
	}
	w, err := open()
	if err != nil {
		return nil, err
	}
	return openWriter{w}, nil
}

// pipeFile is a file that may be a pipe.
type pipeFile struct{ *os.File }

func (f pipeFile) Write(p []byte) (int, error) { return pipeWriter{f.File}.Write(p) }

// openWriter is a sink whose text shows as it is written.
type openWriter struct{ io.Writer }

func (w openWriter) Commit() error { return w.Close() }

func (w openWriter) Abort() { _ = w.Close() }

// Close closes what can be closed; standard output stays open.
func (w openWriter) Close() error {
	if c, ok := w.Writer.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// spoolMemory is how much of a text a spool keeps in memory; the rest goes to a temporary file.
const spoolMemory = 4 << 20

// spool holds a text back until it is complete.
type spool struct {
	head bytes.Buffer
	rest *os.File // nil while memory suffices
	open func() (io.WriteCloser, error)
}

func newSpool(open func() (io.WriteCloser, error)) *spool { return &spool{open: open} }

func (s *spool) Write(p []byte) (int, error) {
	if s.rest == nil && s.head.Len()+len(p) <= spoolMemory {
		return s.head.Write(p)
	}
	if s.rest == nil {
		f, err := os.CreateTemp("", "hanconv-*.tmp")
		if err != nil {
			return 0, err
		}
		_ = os.Remove(f.Name()) // where an open file can be removed it never outlives the process
		s.rest = f
	}
	return s.rest.Write(p)
}

// Commit writes the text to where it belongs.
func (s *spool) Commit() error {
	defer s.Abort()
	dst, err := s.open()
	if err != nil {
		return err
	}
	err = s.copyTo(dst)
	if closeErr := dst.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (s *spool) copyTo(dst io.Writer) error {
	if _, err := s.head.WriteTo(dst); err != nil || s.rest == nil {
		return err
	}
	if _, err := s.rest.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(dst, s.rest)
	return err
}

// Abort drops the text.
func (s *spool) Abort() {
	s.head.Reset()
	if s.rest == nil {
		return
	}
	_ = s.rest.Close()
	_ = os.Remove(s.rest.Name()) // for systems that keep open files
	s.rest = nil
}
