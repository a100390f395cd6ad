package settings

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// largestFile is far more than all settings take, in bytes.
const largestFile = 1 << 20

// entry is a setting as a file has it.
type entry struct {
	name   string
	values []string
	isList bool
	line   int
}

// readFile reads the settings of a YAML file.
func readFile(path string) ([]entry, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > largestFile {
		return nil, fmt.Errorf("%s: %d bytes are too many for a configuration file", path, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, data)
}

// parse reads data, which stands in the file path.
func parse(path string, data []byte) ([]entry, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, fmt.Errorf("%s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(document.Content) == 0 {
		return nil, nil // an empty file
	}
	r := reader{path: path, seen: map[string]int{}}
	if err := r.group("", document.Content[0]); err != nil {
		return nil, err
	}
	return r.entries, nil
}

type reader struct {
	path    string
	entries []entry
	seen    map[string]int // the line of each name
}

// group reads a mapping whose names begin with prefix.
func (r *reader) group(prefix string, n *yaml.Node) error {
	if isNull(n) && prefix == "" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return r.refuse(n, "lines of the form NAME: VALUE are wanted")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return r.refuse(key, "a name is wanted")
		}
		if err := r.setting(prefix+key.Value, key, value); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) setting(name string, key, value *yaml.Node) error {
	if value.Kind == yaml.MappingNode {
		return r.group(name+"-", value)
	}
	if line, ok := r.seen[name]; ok {
		return r.refuse(key, fmt.Sprintf("%s is there already, in line %d", name, line))
	}
	r.seen[name] = key.Line
	e := entry{name: name, line: key.Line, isList: value.Kind == yaml.SequenceNode}
	values := []*yaml.Node{value}
	if e.isList {
		values = value.Content
	}
	for _, v := range values {
		if v.Kind != yaml.ScalarNode || isNull(v) {
			return r.refuse(v, name+": a value is wanted")
		}
		e.values = append(e.values, v.Value)
	}
	r.entries = append(r.entries, e)
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func (r *reader) refuse(n *yaml.Node, reason string) error {
	return &Error{Origin{"file", r.path, n.Line}, reason}
}

// errNoList tells that a setting takes one value only.
var errNoList = errors.New("one value is wanted, not a list")
