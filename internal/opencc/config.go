// Package opencc reads OpenCC's configuration files and text dictionaries.
package opencc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/tailscale/hujson"

	"github.com/hanconv/hanconv/dict"
)

const (
	maxConfig     = 1 << 20   // bytes of a configuration file
	maxDictionary = 128 << 20 // bytes of a dictionary file
	maxDepth      = 32        // groups inside groups
	maxNesting    = 128       // brackets inside brackets, of any kind
)

// Error says which file is broken, where and why.
type Error struct {
	File   string
	Line   int // counted from 1; 0 when the whole file is meant
	Reason string
	Err    error // the cause, such as fs.ErrNotExist; may be nil
}

func (e *Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", where, e.Reason, e.Err)
	}
	return where + ": " + e.Reason
}

func (e *Error) Unwrap() error { return e.Err }

// Load reads the configuration called name in fsys and the text dictionaries
// that it names, relative to the configuration's own folder. Dictionaries
// marked may_output_tofu join the conversion only if tofuRisk is true. Every
// error is an [*Error].
func Load(fsys fs.FS, name string, tofuRisk bool) (dict.Recipe, error) {
	data, err := readFile(fsys, name, maxConfig)
	if err != nil {
		return dict.Recipe{}, err
	}
	l := &loader{fsys: fsys, file: name, data: data, tofuRisk: tofuRisk, lexicons: map[string]*dict.Lexicon{}}
	if i := firstInvalid(data); i >= 0 {
		return dict.Recipe{}, l.failAt(i, "not valid UTF-8; save the file as UTF-8")
	}
	if i := tooDeep(data, maxNesting); i >= 0 {
		return dict.Recipe{}, l.failAt(i, "objects and arrays are nested deeper than %d levels", maxNesting)
	}
	root, err := hujson.Parse(data)
	if err != nil {
		return dict.Recipe{}, l.syntaxError(err)
	}
	return l.recipe(root)
}

// loader walks one configuration. Its methods fail with an *Error.
type loader struct {
	fsys     fs.FS
	file     string
	data     []byte
	tofuRisk bool
	lexicons map[string]*dict.Lexicon // read already, by path
}

func (l *loader) recipe(root hujson.Value) (dict.Recipe, error) {
	r := dict.Recipe{Name: strings.TrimSuffix(path.Base(l.file), ".json")}
	top, err := l.object(root, "the configuration", "name", "normalization", "segmentation", "conversion_chain")
	if err != nil {
		return r, err
	}
	if name, ok := top["name"]; ok {
		if _, err := l.text(name, "name"); err != nil {
			return r, err
		}
	}
	if v, ok := top["normalization"]; ok {
		if r.Normalization, err = l.chain(v, "normalization"); err != nil {
			return r, err
		}
	}
	if v, ok := top["segmentation"]; ok {
		if r.Segmentation, err = l.segmentation(v); err != nil {
			return r, err
		}
	}
	v, ok := top["conversion_chain"]
	if !ok {
		return r, l.fail(root, "conversion_chain is missing")
	}
	r.Chain, err = l.chain(v, "conversion_chain")
	return r, err
}

func (l *loader) chain(v hujson.Value, what string) ([]dict.Source, error) {
	list, ok := v.Value.(*hujson.Array)
	if !ok {
		return nil, l.fail(v, "%s must be an array of objects", what)
	}
	var stages []dict.Source
	for _, element := range list.Elements {
		stage, err := l.object(element, "a stage of "+what, "dict")
		if err != nil {
			return nil, err
		}
		d, ok := stage["dict"]
		if !ok {
			return nil, l.fail(element, "a stage of %s has no dict", what)
		}
		source, err := l.source(d, l.tofuRisk, 0)
		if err != nil {
			return nil, err
		}
		if source != nil {
			stages = append(stages, *source)
		}
	}
	return stages, nil
}

func (l *loader) segmentation(v hujson.Value) (*dict.Source, error) {
	s, err := l.object(v, "segmentation", "type", "dict", "resources")
	if err != nil {
		return nil, err
	}
	kind, err := l.required(v, s, "type")
	if err != nil {
		return nil, err
	}
	if kind != "mmseg" {
		return nil, l.fail(s["type"], "segmentation type %q is a plugin of OpenCC's; only \"mmseg\" is supported", kind)
	}
	d, ok := s["dict"]
	if !ok {
		return nil, l.fail(v, "segmentation has no dict")
	}
	// OpenCC segments with tofu-risk dictionaries whatever the option says.
	source, err := l.source(d, true, 0)
	if err == nil && source == nil {
		err = l.fail(d, "the segmentation dictionary is an empty group")
	}
	return source, err
}

// source reads a dictionary tree; nil means that nothing of it takes part.
func (l *loader) source(v hujson.Value, tofuRisk bool, depth int) (*dict.Source, error) {
	if depth > maxDepth {
		return nil, l.fail(v, "groups are nested deeper than %d levels", maxDepth)
	}
	d, err := l.object(v, "a dict", "type", "file", "dicts", "match_policy", "entries", "may_output_tofu")
	if err != nil {
		return nil, err
	}
	kind, err := l.required(v, d, "type")
	if err != nil {
		return nil, err
	}
	if kind == "inline" {
		return l.inline(v, d)
	}
	if risky, err := l.flag(d, "may_output_tofu"); err != nil || risky && !tofuRisk {
		return nil, err
	}
	switch kind {
	case "text":
		return l.textFile(v, d)
	case "group":
		return l.group(v, d, tofuRisk, depth)
	case "ocd", "ocd2":
		return nil, l.fail(d["type"], "dictionary type %q is OpenCC's binary format, which is not read; "+
			"name the .txt file it was made from, with type \"text\"", kind)
	}
	return nil, l.fail(d["type"], "unknown dictionary type %q; known: text, inline, group", kind)
}

func (l *loader) group(v hujson.Value, d map[string]hujson.Value, tofuRisk bool, depth int) (*dict.Source, error) {
	group := &dict.Source{}
	if p, ok := d["match_policy"]; ok {
		policy, err := l.text(p, "match_policy")
		if err != nil {
			return nil, err
		}
		switch policy {
		case "short_circuit":
		case "union":
			group.Policy = dict.Union
		default:
			return nil, l.fail(p, "unknown match_policy %q; known: short_circuit, union", policy)
		}
	}
	list, ok := d["dicts"].Value.(*hujson.Array)
	if !ok {
		return nil, l.fail(v, "a group needs dicts, an array of dictionaries")
	}
	for _, element := range list.Elements {
		member, err := l.source(element, tofuRisk, depth+1)
		if err != nil {
			return nil, err
		}
		if member != nil {
			group.Group = append(group.Group, *member)
		}
	}
	if len(group.Group) == 0 {
		return nil, nil
	}
	return group, nil
}

// inline reads a dictionary that stands in the configuration itself. Its
// values are not split into candidates.
func (l *loader) inline(v hujson.Value, d map[string]hujson.Value) (*dict.Source, error) {
	if risky, ok := d["may_output_tofu"]; ok {
		return nil, l.fail(risky, "an inline dictionary takes no may_output_tofu")
	}
	object, ok := d["entries"].Value.(*hujson.Object)
	if !ok {
		return nil, l.fail(v, "an inline dictionary needs entries, an object of keys and values")
	}
	lexicon := &dict.Lexicon{Name: "inline"}
	seen := map[string]bool{}
	for _, m := range object.Members {
		key := m.Name.Value.(hujson.Literal).String()
		value, err := l.text(m.Value, fmt.Sprintf("the value of inline key %q", key))
		switch {
		case err != nil:
			return nil, err
		case key == "" || value == "":
			return nil, l.fail(m.Name, "an inline dictionary takes neither empty keys nor empty values")
		case seen[key]:
			return nil, l.fail(m.Name, "inline key %q stands twice; keep one of them", key)
		}
		seen[key] = true
		lexicon.Entries = append(lexicon.Entries, dict.Entry{Key: key, Values: []string{value}})
	}
	return &dict.Source{Lexicon: lexicon}, nil
}

func (l *loader) textFile(v hujson.Value, d map[string]hujson.Value) (*dict.Source, error) {
	file, err := l.required(v, d, "file")
	if err != nil {
		return nil, err
	}
	full := path.Join(path.Dir(l.file), file)
	if !fs.ValidPath(full) || path.IsAbs(file) {
		return nil, l.fail(d["file"], "dictionary file %q lies outside the configuration's folder; put it inside", file)
	}
	if lexicon := l.lexicons[full]; lexicon != nil {
		return &dict.Source{Lexicon: lexicon}, nil
	}
	data, err := readFile(l.fsys, full, maxDictionary)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, l.fail(d["file"], "dictionary file %q does not exist", full)
	}
	if err != nil {
		return nil, err
	}
	lexicon, err := ParseText(full, data)
	if err != nil {
		return nil, err
	}
	l.lexicons[full] = lexicon
	return &dict.Source{Lexicon: lexicon}, nil
}

// object returns the members of v, all of which must be among known.
func (l *loader) object(v hujson.Value, what string, known ...string) (map[string]hujson.Value, error) {
	object, ok := v.Value.(*hujson.Object)
	if !ok {
		return nil, l.fail(v, "%s must be an object", what)
	}
	members := map[string]hujson.Value{}
next:
	for _, m := range object.Members {
		name := m.Name.Value.(hujson.Literal).String()
		if _, twice := members[name]; twice {
			return nil, l.fail(m.Name, "property %q stands twice; keep one of them", name)
		}
		for _, k := range known {
			if name == k {
				members[name] = m.Value
				continue next
			}
		}
		return nil, l.fail(m.Name, "%s has no property %q; known: %s", what, name, strings.Join(known, ", "))
	}
	return members, nil
}

func (l *loader) required(v hujson.Value, members map[string]hujson.Value, name string) (string, error) {
	m, ok := members[name]
	if !ok {
		return "", l.fail(v, "%s is missing", name)
	}
	s, err := l.text(m, name)
	if err == nil && s == "" {
		err = l.fail(m, "%s is empty", name)
	}
	return s, err
}

func (l *loader) text(v hujson.Value, what string) (string, error) {
	literal, ok := v.Value.(hujson.Literal)
	if !ok || literal.Kind() != '"' {
		return "", l.fail(v, "%s must be a string", what)
	}
	return literal.String(), nil
}

func (l *loader) flag(members map[string]hujson.Value, name string) (bool, error) {
	v, ok := members[name]
	if !ok {
		return false, nil
	}
	literal, ok := v.Value.(hujson.Literal)
	if !ok || literal.Kind() != 't' && literal.Kind() != 'f' {
		return false, l.fail(v, "%s must be true or false", name)
	}
	return literal.Bool(), nil
}

func (l *loader) fail(at hujson.Value, format string, args ...any) error {
	return l.failAt(at.StartOffset, format, args...)
}

func (l *loader) failAt(offset int, format string, args ...any) error {
	line := 1 + bytes.Count(l.data[:offset], []byte("\n"))
	return &Error{File: l.file, Line: line, Reason: fmt.Sprintf(format, args...)}
}

// syntaxError takes the line out of the parser's own message.
func (l *loader) syntaxError(err error) error {
	var line, column int
	message := strings.TrimPrefix(err.Error(), "hujson: ")
	if _, scanErr := fmt.Sscanf(message, "line %d, column %d:", &line, &column); scanErr == nil {
		_, message, _ = strings.Cut(message, ": ")
		message = fmt.Sprintf("%s (column %d)", message, column)
	}
	return &Error{File: l.file, Line: line, Reason: "not valid JSON: " + message}
}

// firstInvalid returns the offset of the first byte that is not UTF-8, or -1.
func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		c, size := dict.Decode(data[i:])
		if c == dict.Invalid {
			return i
		}
		i += size
	}
	return -1
}

func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err == nil && info.Size() > limit {
		return nil, &Error{File: name, Reason: fmt.Sprintf("the file has %d bytes; at most %d are read", info.Size(), limit)}
	}
	data, readErr := fs.ReadFile(fsys, name)
	if readErr != nil {
		return nil, &Error{File: name, Reason: "cannot be read", Err: readErr}
	}
	return data, nil
}
