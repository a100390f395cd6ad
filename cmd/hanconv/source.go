package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"runtime"
)

// source is a text to convert.
type source struct {
	path string // "" for standard input
	rel  string // where it goes below an output folder
	info fs.FileInfo
}

// name is for messages.
func (s source) name() string {
	if s.path == "" {
		return "standard input"
	}
	return s.path
}

func (s source) isRegular() bool { return s.info != nil && s.info.Mode().IsRegular() }

func (s source) open(ctx context.Context, con console) (io.ReadCloser, error) {
	if s.isRegular() {
		return os.Open(s.path)
	}
	if s.path == "" {
		hint(con)
		return interruptibleReader(ctx, func() (io.ReadCloser, error) { return io.NopCloser(con.in), nil }), nil
	}
	return interruptibleReader(ctx, func() (io.ReadCloser, error) { return os.Open(s.path) }), nil
}

func hint(con console) {
	if !isTerminal(con.in) {
		return
	}
	key := "Ctrl+D"
	if runtime.GOOS == "windows" {
		key = "Ctrl+Z and Enter"
	}
	con.note("Reading from standard input; %s ends it.", key)
}

// interruptibleReader reads what open opens until that or ctx ends. Opening a pipe waits for the one who writes to it, as
// reading does; after ctx has ended either may still be waiting.
func interruptibleReader(ctx context.Context, open func() (io.ReadCloser, error)) io.ReadCloser {
	pr, pw := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = pw.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer stop()
		_ = pw.CloseWithError(copyOpened(pw, open))
	}()
	return pr
}

func copyOpened(dst io.Writer, open func() (io.ReadCloser, error)) error {
	src, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	// The plain types keep io.CopyBuffer from bypassing the buffer.
	_, err = io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{src}, make([]byte, bufferBytes))
	return err
}
