package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// task is a number of texts, one after the other, for one target.
type task struct {
	sources []source
	target  target
}

// files says what is to be read and where it goes.
type files struct {
	usage     func(reason string) error
	inputs    []string // of -i and of the arguments; "-" is standard input
	output    string
	inPlace   bool
	recursive bool
	patterns  []string
}

// plan finds every text before the first one is converted, so that a name that is wrong changes nothing.
func (f *files) plan(con console) ([]task, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	sources, folders, err := f.collect()
	if err != nil {
		return nil, err
	}
	switch {
	case f.inPlace && f.output == "":
		return inPlace(sources)
	case folders || f.outputIsFolder():
		return f.mirror(sources)
	case f.inPlace && len(sources) != 1:
		return nil, f.usage("--in-place with -o takes one file")
	case f.inPlace && sources[0].isFile(f.output):
		return inPlace(sources)
	}
	return f.single(con, sources)
}

func (f *files) check() error {
	if len(f.inputs) == 0 {
		f.inputs = []string{"-"}
	}
	if f.output == "-" || f.output == "/dev/stdout" {
		f.output = "" // opening the device anew would write from the beginning of a file that is appended to
	}
	if len(f.patterns) == 0 {
		f.patterns = []string{"*.txt"}
	}
	for _, p := range f.patterns {
		if _, err := path.Match(p, ""); err != nil {
			return f.usage(fmt.Sprintf("--pattern %q cannot be understood: a [ needs its ]", p))
		}
	}
	stdin := 0
	for _, name := range f.inputs {
		if name == "-" {
			stdin++
		}
	}
	switch {
	case stdin > 1:
		return f.usage("standard input (-) can be read only once")
	case stdin > 0 && f.inPlace:
		return f.usage("--in-place needs the names of files: standard input cannot be replaced")
	}
	return nil
}

// collect looks at every input; folders tells whether one of them is a folder.
func (f *files) collect() (sources []source, folders bool, err error) {
	for _, name := range f.inputs {
		if name == "-" {
			sources = append(sources, source{})
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, false, err
		}
		if !info.IsDir() {
			sources = append(sources, source{path: name, rel: filepath.Base(name), info: info})
			continue
		}
		folders = true
		found, err := f.collectFolder(name)
		if err != nil {
			return nil, false, err
		}
		sources = append(sources, found...)
	}
	return sources, folders, nil
}

func (f *files) collectFolder(name string) ([]source, error) {
	switch {
	case !f.recursive:
		return nil, f.usage(fmt.Sprintf("%s is a folder; add -r to convert what is in it", name))
	case !f.inPlace && f.output == "":
		return nil, f.usage("a folder needs -o FOLDER, or --in-place to replace its files")
	}
	found, err := f.walk(name)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s: no file in it matches %s; choose others with --pattern", name, strings.Join(f.patterns, " or "))
	}
	return found, err
}

// walk lists the files of a folder that match, without those in hidden folders and in the output folder.
func (f *files) walk(root string) (found []source, err error) {
	output, _ := os.Stat(f.output) // an output that does not exist is in nobody's way
	err = filepath.WalkDir(root, func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipFolder(root, p, entry, output)
		}
		rel, err := filepath.Rel(root, p)
		if err != nil || !f.matches(rel) {
			return err
		}
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		if info.Mode().IsRegular() {
			found = append(found, source{path: p, rel: rel, info: info})
		}
		return nil
	})
	return found, err
}

func skipFolder(root, p string, entry fs.DirEntry, output fs.FileInfo) error {
	if p == root {
		return nil
	}
	if strings.HasPrefix(entry.Name(), ".") {
		return filepath.SkipDir
	}
	if info, err := entry.Info(); err == nil && output != nil && os.SameFile(info, output) {
		return filepath.SkipDir
	}
	return nil
}

// matches compares a pattern with a slash in it to the path below the folder, and any other to the name alone.
func (f *files) matches(rel string) bool {
	rel = filepath.ToSlash(rel)
	for _, p := range f.patterns {
		name := rel
		if !strings.Contains(p, "/") {
			name = path.Base(rel)
		}
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return false
}

func (f *files) outputIsFolder() bool {
	if f.output == "" {
		return false
	}
	if os.IsPathSeparator(f.output[len(f.output)-1]) {
		return true
	}
	info, err := os.Stat(f.output)
	return err == nil && info.IsDir()
}

// inPlace replaces every source; a file that is named twice is converted once.
func inPlace(sources []source) ([]task, error) {
	var tasks []task
	seen := make(map[string]bool)
	for _, s := range sources {
		actual, err := filepath.EvalSymlinks(s.path)
		if err != nil {
			return nil, err
		}
		if actual, err = filepath.Abs(actual); err != nil {
			return nil, err
		}
		if !seen[actual] {
			seen[actual] = true
			tasks = append(tasks, task{[]source{s}, target{path: s.path, inPlace: true}})
		}
	}
	return tasks, nil
}

// mirror writes every source below the output folder.
func (f *files) mirror(sources []source) ([]task, error) {
	if f.inPlace {
		return nil, f.usage("--in-place and -o FOLDER say different things; give one of them")
	}
	var tasks []task
	taken := make(map[string]string)
	for _, s := range sources {
		if s.path == "" {
			return nil, f.usage("standard input has no name for a file in -o FOLDER; name the file itself")
		}
		dst := filepath.Join(f.output, s.rel)
		if other, ok := taken[dst]; ok {
			return nil, fmt.Errorf("%s and %s would both become %s; convert them into different folders", other, s.path, dst)
		}
		taken[dst] = s.path
		if s.isFile(dst) {
			return nil, sameFile(s.path)
		}
		tasks = append(tasks, task{[]source{s}, target{path: dst, mkdir: true}})
	}
	return tasks, nil
}

// single joins all sources, as cat does.
func (f *files) single(con console, sources []source) ([]task, error) {
	for _, s := range sources {
		if s.isFile(f.output) || f.output == "" && s.isOpen(con.out) {
			return nil, sameFile(s.path)
		}
	}
	return []task{{sources, target{path: f.output}}}, nil
}

func sameFile(name string) error {
	return fmt.Errorf("%s is the input and the output; use --in-place to replace a file", name)
}

// isFile tells whether the source is the file at path.
func (s source) isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && s.isRegular() && os.SameFile(s.info, info)
}

// isOpen tells whether the source is the file that f writes to.
func (s source) isOpen(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && s.isRegular() && os.SameFile(s.info, info)
}

// totalBytes is the size of all sources together, or -1 when nobody knows.
func totalBytes(tasks []task) int64 {
	var total int64
	for _, t := range tasks {
		for _, s := range t.sources {
			if !s.isRegular() {
				return -1
			}
			total += s.info.Size()
		}
	}
	return total
}
