package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/han"
)

// defaultProfile is OpenCC's default, too.
const defaultProfile = "s2t"

// selection says which conversion the command line asks for.
type selection struct {
	command  string
	config   string // a profile's name or a configuration file; "" for none
	from, to string // language tags
	folders  []string
	tofuRisk bool
	context  contextFlag
}

// contextFlag is --context, --context=false or neither.
type contextFlag struct{ given, on bool }

// or is whether to choose by context, where the flag is not given what is usual.
func (c contextFlag) or(usual bool) bool {
	if c.given {
		return c.on
	}
	return usual
}

func (c contextFlag) mode() client.ContextMode {
	switch {
	case !c.given:
		return client.ContextDefault
	case c.on:
		return client.ContextOn
	}
	return client.ContextOff
}

func (s *selection) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&s.config, "config", "c", "",
		"`PROFILE`, with or without .json, or the path of an OpenCC configuration file (default "+defaultProfile+")")
	f.StringVar(&s.from, "from", "", "language `TAG` of the text, such as zh-CN; instead of -c, with --to")
	f.StringVar(&s.to, "to", "", "language `TAG` of the result, such as zh-TW")
	f.StringArrayVar(&s.folders, "path", nil, "`FOLDER` with configuration files and their dictionaries; repeatable")
	f.BoolVar(&s.tofuRisk, "tofu", false, "use the tofu-risk dictionaries too, whose output many fonts cannot show")
	f.BoolVar(&s.context.on, "context", false,
		"choose between candidates by the text around them; usual with --from and --to, --context=false turns it off")
	f.BoolVar(&s.tofuRisk, "include-tofu-risk-dictionaries", false, "OpenCC's name for --tofu")
	_ = cmd.RegisterFlagCompletionFunc("config", completeProfile)
	_ = cmd.RegisterFlagCompletionFunc("from", completeLanguage(func(p han.Profile) string { return p.Source }))
	_ = cmd.RegisterFlagCompletionFunc("to", completeLanguage(func(p han.Profile) string { return p.Target }))
}

// check refuses flags that contradict each other.
func (s *selection) check(cmd *cobra.Command) error {
	s.command = cmd.CommandPath()
	s.context.given = cmd.Flags().Changed("context")
	byTag := s.from != "" || s.to != ""
	switch {
	case cmd.Flags().Changed("config") && s.config == "":
		return s.usage("-c is empty: give the name of a profile")
	case byTag && s.config != "":
		return s.usage("-c and --from/--to both choose a conversion; give one of them")
	case byTag && s.to == "":
		return s.usage("--from needs --to: the language of the result")
	case byTag && s.from == "":
		return s.usage("--to needs --from: the language of the text")
	}
	return nil
}

func (s *selection) usage(reason string) error { return &usageError{s.command, reason} }

func (s *selection) profile() string { return cmp.Or(s.config, defaultProfile) }

// load makes the converter. The name of a built-in profile comes before a file of the same name; an argument with a
// path separator is always a file.
func (s *selection) load() (*han.Converter, error) {
	if s.from != "" {
		return s.loadByTags()
	}
	name := s.profile()
	if isPath(name) {
		return s.loadFile(name)
	}
	c, err := han.New(name, s.options()...)
	var unknown *han.UnknownProfileError
	if !errors.As(err, &unknown) {
		return c, err
	}
	if file, ok := s.findFile(name); ok {
		return s.loadFile(file)
	}
	return nil, s.usage(explainProfile(unknown))
}

func explainProfile(e *han.UnknownProfileError) string {
	near := ""
	if e.Suggestion != "" {
		near = fmt.Sprintf(" (did you mean %s?)", e.Suggestion)
	}
	return fmt.Sprintf("unknown profile %q%s; known are %s; a configuration file of your own is given by its path",
		e.Name, near, strings.Join(e.Known, ", "))
}

func (s *selection) loadByTags() (*han.Converter, error) {
	p, err := han.LookupTags(s.from, s.to)
	if err != nil {
		return nil, s.usage(err.Error())
	}
	return han.New(p.Name, s.options()...)
}

func (s *selection) options() []han.Option {
	var opts []han.Option
	if s.tofuRisk {
		opts = append(opts, han.WithTofuRisk())
	}
	if s.context.or(s.from != "") {
		opts = append(opts, han.WithContext())
	}
	return opts
}

// loadFile loads a configuration. Its dictionaries are looked for where OpenCC looks: beside it, in the working
// folder, in the folders of --path and in the one that OPENCC_DATA_DIR names.
func (s *selection) loadFile(file string) (*han.Converter, error) {
	if s.context.or(false) {
		return nil, s.usage("--context works with built-in profiles; leave it out for a configuration file")
	}
	if info, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	} else if info.IsDir() {
		return nil, fmt.Errorf("configuration file: %s is a folder", file)
	}
	folders := slices.Concat([]string{filepath.Dir(file), "."}, s.searched())
	c, err := han.LoadConfig(searchPath(folders), filepath.Base(file), s.options()...)
	if err != nil {
		return nil, fmt.Errorf("cannot load %s: %w", file, err)
	}
	return c, nil
}

func (s *selection) findFile(name string) (string, bool) {
	for _, folder := range append([]string{"."}, s.searched()...) {
		for _, file := range []string{name, name + ".json"} {
			path := filepath.Join(folder, file)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				return path, true
			}
		}
	}
	return "", false
}

func (s *selection) searched() []string {
	if data := os.Getenv("OPENCC_DATA_DIR"); data != "" {
		return append(slices.Clone(s.folders), data)
	}
	return s.folders
}

func isPath(name string) bool {
	return strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator)
}

// searchPath is a file system that looks for a file in several folders, the first one first. Unlike os.DirFS it takes
// absolute names and names with "..", which OpenCC's configurations may use for their dictionaries.
type searchPath []string

// Open opens the first file of that name.
func (s searchPath) Open(name string) (fs.File, error) {
	local := filepath.FromSlash(name)
	if filepath.IsAbs(local) {
		return os.Open(local)
	}
	for _, folder := range s {
		f, err := os.Open(filepath.Join(folder, local))
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
