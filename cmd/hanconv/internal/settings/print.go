package settings

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// hidden stands for values that are not shown.
const hidden = "(hidden)"

// Print writes the settings in force as a YAML file that says beside each where it comes from. Secrets are left out.
func (s *Settings) Print(w io.Writer) error {
	var err error
	s.flags.VisitAll(func(f *pflag.Flag) {
		if err == nil {
			err = s.printOne(w, f)
		}
	})
	return err
}

func (s *Settings) printOne(w io.Writer, f *pflag.Flag) error {
	value, err := printed(f)
	if err != nil {
		return err
	}
	origin := s.origins.Of(f.Name)
	from := origin.Source
	if origin.Place != "" {
		from += " " + origin.String()
	}
	_, err = fmt.Fprintf(w, "%-40s # %s\n", f.Name+": "+value, from)
	return err
}

// printed is the value of a flag in YAML.
func printed(f *pflag.Flag) (string, error) {
	list, isList := f.Value.(pflag.SliceValue)
	switch {
	case marked(f, secretMark) && f.Value.String() != f.DefValue:
		return yamlOf(hidden)
	case isList:
		n := yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, v := range list.GetSlice() {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: v})
		}
		return yamlOf(&n)
	case f.Value.Type() == "string":
		return yamlOf(f.Value.String())
	}
	return f.Value.String(), nil
}

func yamlOf(v any) (string, error) {
	text, err := yaml.Marshal(v)
	return strings.TrimSuffix(string(text), "\n"), err
}

// NeedRestart lists the settings that differ between s and other and that a running server cannot change.
func (s *Settings) NeedRestart(other *Settings) []string {
	var names []string
	s.flags.VisitAll(func(f *pflag.Flag) {
		if !marked(f, reloadableMark) && f.Value.String() != other.flags.Lookup(f.Name).Value.String() {
			names = append(names, f.Name)
		}
	})
	return names
}
