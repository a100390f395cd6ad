package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"
)

// environmentPrefix begins the name of every variable.
const environmentPrefix = "HANCONV_"

// configFlag names the configuration file; a file does not name another one.
const configFlag = "config"

// Source is what settings are read from.
type Source struct {
	// Flags are those of the command line, parsed; besides the settings there may be others.
	Flags *pflag.FlagSet
	// Environ is the environment in the form of os.Environ.
	Environ []string
}

// RegisterFile adds the flag for the configuration file.
func RegisterFile(f *pflag.FlagSet) {
	f.String(configFlag, "", "YAML `FILE` with settings named like the flags: max-text: 4MiB")
}

// Load reads all settings anew, from the file and the environment as they are now.
func Load(from Source) (*Settings, error) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SortFlags = false
	l := loader{settings: &Settings{origins: Origins{}, flags: flags}, flags: flags}
	l.settings.Register(flags)
	variables, err := l.environment(from.Environ)
	if err != nil {
		return nil, err
	}
	if err := l.file(from, variables); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if err := l.variable(name, variables[name]); err != nil {
			return nil, err
		}
	}
	if err := l.commandLine(from.Flags); err != nil {
		return nil, err
	}
	return l.settings, l.check()
}

type loader struct {
	settings *Settings
	flags    *pflag.FlagSet
}

func (l loader) check() error {
	for _, section := range l.settings.sections() {
		if err := section.check(l.settings.origins); err != nil {
			return err
		}
	}
	return nil
}

// fromKubernetes are the variables that a cluster with a service called hanconv sets in every pod.
var fromKubernetes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^HANCONV_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)
})

// environment finds the variables that are settings, by the names of their settings.
func (l loader) environment(environ []string) (map[string]string, error) {
	found := map[string]string{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		short, ok := strings.CutPrefix(name, environmentPrefix)
		if !ok || fromKubernetes().MatchString(name) {
			continue
		}
		setting := strings.ReplaceAll(strings.ToLower(short), "_", "-")
		if name != variableOf(setting) || setting != configFlag && l.flags.Lookup(setting) == nil {
			return nil, &Error{Origin{Source: "environment", Place: name}, l.unknown(setting)}
		}
		found[setting] = value
	}
	return found, nil
}

// variableOf is the variable of a setting.
func variableOf(name string) string {
	return environmentPrefix + strings.ReplaceAll(strings.ToUpper(name), "-", "_")
}

// file applies the configuration file, if there is one, and takes its name out of the variables.
func (l loader) file(from Source, variables map[string]string) error {
	path, origin := variables[configFlag], Origin{Source: "environment", Place: variableOf(configFlag)}
	delete(variables, configFlag)
	if f := from.Flags.Lookup(configFlag); f != nil && f.Changed {
		path, origin = f.Value.String(), Origin{Source: "flag", Place: "--" + configFlag}
	}
	if path == "" {
		return nil
	}
	entries, err := readFile(path)
	var missing *fs.PathError
	if errors.As(err, &missing) {
		return &Error{origin, err.Error()}
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := l.entry(path, e); err != nil {
			return err
		}
	}
	return nil
}

func (l loader) entry(path string, e entry) error {
	origin := Origin{"file", path, e.line}
	f := l.flags.Lookup(e.name)
	if f == nil {
		return &Error{origin, l.unknown(e.name)}
	}
	if err := set(f, e.values, e.isList); err != nil {
		return &Error{origin, fmt.Sprintf("%s: %v", e.name, shown(f, e.values, err))}
	}
	l.settings.origins[e.name] = origin
	return nil
}

func (l loader) variable(name, value string) error {
	f := l.flags.Lookup(name)
	origin := Origin{Source: "environment", Place: variableOf(name)}
	values := []string{value}
	if _, ok := f.Value.(pflag.SliceValue); ok {
		values = strings.Split(value, ",")
	}
	if err := set(f, values, len(values) > 1); err != nil {
		return &Error{origin, shown(f, values, err).Error()}
	}
	l.settings.origins[name] = origin
	return nil
}

// commandLine applies the flags that were given. They have their right form already.
func (l loader) commandLine(flags *pflag.FlagSet) (err error) {
	flags.Visit(func(given *pflag.Flag) {
		f := l.flags.Lookup(given.Name)
		if f == nil || err != nil {
			return
		}
		values := []string{given.Value.String()}
		list, isList := given.Value.(pflag.SliceValue)
		if isList {
			values = list.GetSlice()
		}
		if err = set(f, values, isList); err == nil {
			l.settings.origins[given.Name] = Origin{Source: "flag", Place: "--" + given.Name}
		}
	})
	return err
}

func set(f *pflag.Flag, values []string, isList bool) error {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.Replace(values)
	}
	if isList {
		return errNoList
	}
	return f.Value.Set(values[0])
}

// shown adds the value to what is wrong with it.
func shown(f *pflag.Flag, values []string, err error) error {
	reason := strings.TrimPrefix(err.Error(), "strconv.")
	switch f.Value.Type() {
	case "int", "uint32":
		reason = "a whole number is wanted"
	case "duration":
		reason = "a duration such as 500ms, 30s or 15m is wanted"
	case "bool":
		reason = "true or false is wanted"
	}
	if marked(f, secretMark) || errors.Is(err, errNoList) {
		return errors.New(reason)
	}
	return fmt.Errorf("%q: %s", strings.Join(values, ","), reason)
}

// unknown says that there is no such setting, and which there are.
func (l loader) unknown(name string) string {
	var known []string
	l.flags.VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	guess := "."
	if near := nearest(name, known); near != "" {
		guess = fmt.Sprintf("; did you mean %s?", near)
	}
	return fmt.Sprintf("there is no setting %q%s Known are %s", name, guess, strings.Join(known, ", "))
}

// nearest is the name that differs from s in the fewest places, if these are few.
func nearest(s string, names []string) string {
	best, found := 1+len(s)/3, ""
	for _, name := range names {
		if d := distance(s, name); d < best {
			best, found = d, name
		}
	}
	return found
}

// distance is Levenshtein's: how many bytes to put in, take out or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
