package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestCommitReplacesContentAndKeepsMode(t *testing.T) {
	path := existing(t, "old")
	must(t, os.Chmod(path, 0o640))
	replace(t, path, "new")
	wantContent(t, path, "new")
	wantMode(t, path, 0o640)
	wantAlone(t, path)
}

func TestCommitCreatesWithTheModeOfAnyNewFile(t *testing.T) {
	folder := t.TempDir()
	plain := filepath.Join(folder, "plain")
	must(t, os.WriteFile(plain, nil, 0o666))
	info, err := os.Stat(plain)
	must(t, err)
	path := filepath.Join(folder, "made")
	replace(t, path, "new")
	wantContent(t, path, "new")
	wantMode(t, path, info.Mode())
}

func TestAbortLeavesTheOldFile(t *testing.T) {
	path := existing(t, "old")
	f, err := Create(path)
	must(t, err)
	_, err = io.WriteString(f, "half")
	must(t, err)
	f.Abort()
	f.Abort()
	wantContent(t, path, "old")
	wantAlone(t, path)
}

func TestUnfinishedContentIsPrivate(t *testing.T) {
	path := existing(t, "secret")
	f, err := Create(path)
	must(t, err)
	defer f.Abort()
	wantMode(t, f.temp.Name(), 0o600)
}

// A file whose descriptor is closed behind its back stands for a disk that
// fails: the mode cannot be set, nothing can be flushed.
func TestFailedCommitLeavesTheOldFile(t *testing.T) {
	path := existing(t, "old")
	f, err := Create(path)
	must(t, err)
	must(t, f.temp.Close())
	if err := f.Commit(); err == nil {
		t.Error("Commit succeeded although the temporary file was closed")
	}
	wantContent(t, path, "old")
	wantAlone(t, path)
}

func TestFailedRenameRemovesTheTemporaryFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "target")
	f, err := Create(path)
	must(t, err)
	must(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o777))
	if err := f.Commit(); err == nil {
		t.Error("Commit replaced a folder")
	}
	wantAlone(t, path)
}

func TestSymbolicLinkStaysALink(t *testing.T) {
	path := existing(t, "old")
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(path, link))
	replace(t, link, "new")
	wantContent(t, path, "new")
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
}

func TestDanglingLinkCreatesItsTarget(t *testing.T) {
	folder := t.TempDir()
	must(t, os.Symlink("second", filepath.Join(folder, "first")))
	must(t, os.Symlink("target", filepath.Join(folder, "second")))
	replace(t, filepath.Join(folder, "first"), "new")
	wantContent(t, filepath.Join(folder, "target"), "new")
}

func TestCircleOfLinksIsRefused(t *testing.T) {
	folder := t.TempDir()
	must(t, os.Symlink("b", filepath.Join(folder, "a")))
	must(t, os.Symlink("a", filepath.Join(folder, "b")))
	if _, err := Create(filepath.Join(folder, "a")); err == nil {
		t.Error("a circle of links was followed")
	}
}

func TestHardLinksAndFoldersAreRefused(t *testing.T) {
	path := existing(t, "old")
	must(t, os.Link(path, path+"2"))
	for _, name := range []string{path, path + "2", filepath.Dir(path)} {
		if _, err := Create(name); !errors.Is(err, ErrNotReplaceable) {
			t.Errorf("Create(%s) = %v, want ErrNotReplaceable", name, err)
		}
	}
}

func TestErrorsOfWriteNameTheTarget(t *testing.T) {
	path := existing(t, "old")
	f, err := Create(path)
	must(t, err)
	defer f.Abort()
	must(t, f.temp.Close())
	_, err = io.WriteString(f, "x")
	var failed *fs.PathError
	if !errors.As(err, &failed) || failed.Path != path {
		t.Errorf("error %v does not name %s", err, path)
	}
}

func TestMissingFolder(t *testing.T) {
	_, err := Create(filepath.Join(t.TempDir(), "no", "file"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
}

func existing(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, []byte(content), 0o666))
	return path
}

func replace(t *testing.T, path, content string) {
	t.Helper()
	f, err := Create(path)
	must(t, err)
	_, err = io.WriteString(f, content)
	must(t, err)
	must(t, f.Commit())
	f.Abort()
}

func wantContent(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode() != want {
		t.Errorf("%s has mode %v, %v; want %v", path, info.Mode(), err, want)
	}
}

func wantAlone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
