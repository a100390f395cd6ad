// Package atomicfile replaces a file in one step: readers see the old content
// or the whole of the new one, never a part.
//
// The content is written to a temporary file in the folder of the target,
// flushed to the disk and renamed over the target. Symbolic links are
// followed, so that a link stays a link. The mode and the owner of an existing
// target are kept; access control lists and extended attributes are not.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNotReplaceable tells that renaming a temporary file over the target would
// change more than its content: the target has several hard links, is no
// regular file, or belongs to somebody else.
var ErrNotReplaceable = errors.New("cannot be replaced in one step")

// maxLinks is how many symbolic links in a row are followed to a target that does not exist.
const maxLinks = 40

// File collects the content that is to replace a target. It is not safe for
// concurrent use. Either Commit or Abort ends it.
type File struct {
	temp   *os.File
	target string
	old    fs.FileInfo // nil when the target does not exist
	closed bool
}

// Create opens a temporary file beside the target of path. The error wraps
// ErrNotReplaceable where that is the reason.
func Create(path string) (*File, error) {
	old, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		old = nil
	} else if reason := obstacle(old); reason != "" {
		return nil, fmt.Errorf("%s: %s: %w", path, reason, ErrNotReplaceable)
	}
	target, err := resolve(path)
	if err != nil {
		return nil, err
	}
	return create(target, old)
}

// Write adds p to the content. Errors name the target.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.temp.Write(p)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = &fs.PathError{Op: failed.Op, Path: f.target, Err: failed.Err}
	}
	return n, err
}

// create makes the temporary file. Nobody else may read it while it replaces
// an existing file, whose mode it gets when it is complete; otherwise the mode
// is what the process gives to any file of its own.
func create(target string, old fs.FileInfo) (*File, error) {
	mode := fs.FileMode(0o666)
	if old != nil {
		mode = 0o600
	}
	name := filepath.Join(filepath.Dir(target), ".hanconv-"+rand.Text()+".tmp")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, err
	}
	return &File{temp: f, target: target, old: old}, nil
}

// Commit puts the content in the place of the target. When it fails the target
// is as it was and the temporary file is gone.
func (f *File) Commit() error {
	if err := f.finish(); err != nil {
		f.Abort()
		return err
	}
	syncFolder(filepath.Dir(f.target))
	return nil
}

func (f *File) finish() error {
	if f.old != nil {
		if err := keepOwner(f.temp, f.old); err != nil {
			return fmt.Errorf("%s: cannot keep the owner: %w", f.target, err)
		}
		if err := f.temp.Chmod(f.old.Mode()); err != nil {
			return fmt.Errorf("%s: cannot keep the mode: %w", f.target, err)
		}
	}
	if err := f.temp.Sync(); err != nil {
		return err
	}
	f.closed = true
	if err := f.temp.Close(); err != nil {
		return err
	}
	return os.Rename(f.temp.Name(), f.target)
}

// Abort removes the temporary file and leaves the target as it was. After
// Commit it does nothing.
func (f *File) Abort() {
	if !f.closed {
		f.closed = true
		_ = f.temp.Close()
	}
	_ = os.Remove(f.temp.Name()) // after a rename the random name exists no more
}

// resolve follows symbolic links, to a target that does not exist too.
func resolve(path string) (string, error) {
	for range maxLinks {
		actual, err := filepath.EvalSymlinks(path)
		if err == nil {
			return actual, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link: the target itself does not exist
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return "", fmt.Errorf("%s: too many symbolic links", path)
}

func obstacle(info fs.FileInfo) string {
	switch {
	case !info.Mode().IsRegular():
		return "is no regular file"
	case linkCount(info) > 1:
		return "has several hard links"
	case !mayKeepOwner(info):
		return "belongs to somebody else"
	}
	return ""
}

// syncFolder makes the rename last. File systems that cannot do it lose nothing but that.
func syncFolder(path string) {
	folder, err := os.Open(path)
	if err != nil {
		return
	}
	_ = folder.Sync()
	_ = folder.Close()
}
