package access

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hanconv/hanconv/internal/bytesize"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// largestFile has room for a hundred thousand callers, in bytes.
const largestFile = 32 << 20

// Reflection is what the file calls the methods of gRPC's reflection.
const Reflection = "Reflection"

// Read makes a list of the file at path. Errors name the line.
func Read(path string, p Policy) (*List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > largestFile {
		return nil, fmt.Errorf("%s: the file has more than %s", path, bytesize.Format(largestFile))
	}
	return Parse(path, data, p)
}

// Parse makes a list of data, the text of the file called name.
func Parse(name string, data []byte, p Policy) (*List, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	f := file{name: name, list: &List{
		policy: p, anonymous: &Caller{Name: anonymousName}, byToken: map[uint64]*Caller{}, byIdentity: map[string]*Caller{},
	}}
	if len(document.Content) > 0 {
		if err := f.read(document.Content[0]); err != nil {
			return nil, err
		}
	}
	return f.list, nil
}

// file is a file while it is read.
type file struct {
	name string
	list *List
}

// fields says what to do with the values of a mapping.
type fields map[string]func(*yaml.Node) error

func (f *file) refuse(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", f.name, n.Line, fmt.Sprintf(format, args...))
}

// mapping reads the values of n.
func (f *file) mapping(n *yaml.Node, known fields) error {
	if n.Kind != yaml.MappingNode {
		return f.refuse(n, "lines of the form NAME: VALUE are wanted, with %s", names(known))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			return f.refuse(key, "there is no %q here; known are %s", key.Value, names(known))
		case seen[key.Value]:
			return f.refuse(key, "%s is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := read(value); err != nil {
			return err
		}
	}
	return nil
}

func names(known fields) string { return strings.Join(slices.Sorted(maps.Keys(known)), ", ") }

func (f *file) read(n *yaml.Node) error {
	return f.mapping(n, fields{"anonymous": f.anonymous, "callers": f.callers})
}

// anonymous reads what callers without credentials may ask for.
func (f *file) anonymous(n *yaml.Node) error {
	if f.list.policy == NobodyAnonymous {
		return f.refuse(n, "this file says what anonymous callers may do, and the server lets none in: see --anonymous")
	}
	c := f.list.anonymous
	if err := f.mapping(n, f.grants(c)); err != nil {
		return err
	}
	if err := f.checkRate(n, c); err != nil {
		return err
	}
	if c.rate != (Rate{}) {
		c.meter = newAddressMeter(c.rate)
	}
	return nil
}

func (f *file) callers(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return f.refuse(n, "callers: a list is wanted: - name: …")
	}
	taken := map[string]bool{anonymousName: true}
	for _, item := range n.Content {
		c, err := f.caller(item)
		if err != nil {
			return err
		}
		if taken[c.Name] {
			return f.refuse(item, "the name %q is taken", c.Name)
		}
		taken[c.Name] = true
		f.list.callers = append(f.list.callers, c)
	}
	return nil
}

func (f *file) caller(n *yaml.Node) (*Caller, error) {
	c := &Caller{}
	known := f.grants(c)
	known["name"] = func(n *yaml.Node) error { return f.callerName(n, c) }
	known["tokens"] = func(n *yaml.Node) error { return f.each(n, func(n *yaml.Node) error { return f.token(n, c) }) }
	known["certificates"] = func(n *yaml.Node) error {
		return f.each(n, func(n *yaml.Node) error { return f.certificate(n, c) })
	}
	if err := f.mapping(n, known); err != nil {
		return nil, err
	}
	if c.Name == "" {
		return nil, f.refuse(n, "a caller has no name")
	}
	if len(c.tokens) == 0 && !f.hasCertificate(c) {
		return nil, f.refuse(n, "%s has neither tokens nor certificates", c.Name)
	}
	if err := f.checkRate(n, c); err != nil {
		return nil, err
	}
	if c.rate != (Rate{}) {
		c.meter = oneMeter{newLimiter(c.rate)}
	}
	return c, nil
}

func (f *file) hasCertificate(c *Caller) bool {
	for _, other := range f.list.byIdentity {
		if other == c {
			return true
		}
	}
	return false
}

const longestName = 64

func (f *file) callerName(n *yaml.Node, c *Caller) error {
	s, err := f.text(n)
	if err != nil {
		return err
	}
	for _, r := range s {
		if len(s) > longestName || !isNameCharacter(r) {
			return f.refuse(n, "a name of up to %d letters, digits, dots, hyphens and underscores is wanted", longestName)
		}
	}
	c.Name = s
	return nil
}

func isNameCharacter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@", r)
}

func (f *file) token(n *yaml.Node, c *Caller) error {
	s, err := f.text(n)
	if err != nil {
		return err
	}
	h, err := ParseHash(s)
	if err != nil {
		return f.refuse(n, "tokens: %v", err)
	}
	if other, ok := f.list.byToken[index(h)]; ok {
		return f.refuse(n, "this token is there already%s", ofCaller(other))
	}
	c.tokens = append(c.tokens, h)
	f.list.byToken[index(h)] = c
	return nil
}

func (f *file) certificate(n *yaml.Node, c *Caller) error {
	s, err := f.text(n)
	if err != nil {
		return err
	}
	kind, name, _ := strings.Cut(s, ":")
	if !slices.Contains([]string{"uri", "dns", "cn"}, kind) || name == "" {
		return f.refuse(n, "%q: uri:NAME, dns:NAME or cn:NAME is wanted, a name in the certificate", s)
	}
	if kind == "dns" {
		s = strings.ToLower(s)
	}
	if other, ok := f.list.byIdentity[s]; ok {
		return f.refuse(n, "%s is there already%s", s, ofCaller(other))
	}
	f.list.byIdentity[s] = c
	return nil
}

func ofCaller(c *Caller) string {
	if c.Name == "" {
		return ""
	}
	return ", for " + c.Name
}

// grants are the fields that say what somebody may ask for.
func (f *file) grants(c *Caller) fields {
	return fields{
		"rate":       func(n *yaml.Node) error { return f.rate(n, &c.rate.PerSecond) },
		"burst":      func(n *yaml.Node) error { return f.burst(n, &c.rate.Burst) },
		"max-text":   func(n *yaml.Node) error { return size(f, n, &c.TextBytes) },
		"max-batch":  func(n *yaml.Node) error { return size(f, n, &c.BatchBytes) },
		"max-stream": func(n *yaml.Node) error { return size(f, n, &c.StreamBytes) },
		"methods":    func(n *yaml.Node) error { return f.each(n, func(n *yaml.Node) error { return f.method(n, c) }) },
	}
}

func (f *file) each(n *yaml.Node, read func(*yaml.Node) error) error {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return f.refuse(n, "a list is wanted: [one, another]")
	}
	for _, item := range n.Content {
		if err := read(item); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) text(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		return "", f.refuse(n, "a value is wanted")
	}
	return n.Value, nil
}

// mostPerSecond is more than a server can do, so that a slip of the keyboard shows.
const mostPerSecond = 1e7

func (f *file) rate(n *yaml.Node, r *float64) error {
	v, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(v > 0 && v <= mostPerSecond) {
		return f.refuse(n, "rate: a number of calls per second is wanted, more than 0")
	}
	*r = v
	return nil
}

func (f *file) burst(n *yaml.Node, b *int) error {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < 1 || v > mostPerSecond {
		return f.refuse(n, "burst: a number of calls is wanted, 1 or more")
	}
	*b = v
	return nil
}

// checkRate sets the burst, a second's worth unless it is given.
func (f *file) checkRate(n *yaml.Node, c *Caller) error {
	switch {
	case c.rate.PerSecond == 0 && c.rate.Burst > 0:
		return f.refuse(n, "there is a burst and no rate")
	case c.rate.PerSecond > 0 && c.rate.Burst == 0:
		c.rate.Burst = max(1, int(c.rate.PerSecond))
	}
	return nil
}

var errTooLarge = errors.New("this is more than the machine can address")

func size[T int | int64](f *file, n *yaml.Node, to *T) error {
	v, err := bytesize.Parse(n.Value)
	if err == nil && int64(T(v)) != v {
		err = errTooLarge
	}
	if n.Kind != yaml.ScalarNode || err != nil {
		return f.refuse(n, "%v", err)
	}
	*to = T(v)
	return nil
}

func (f *file) method(n *yaml.Node, c *Caller) error {
	s, err := f.text(n)
	if err != nil {
		return err
	}
	if !slices.Contains(methods(), s) {
		return f.refuse(n, "there is no method %q; known are %s", s, strings.Join(methods(), ", "))
	}
	c.methods = append(c.methods, s)
	return nil
}

// methods are the names that a file can have.
func methods() []string {
	var all []string
	for _, m := range pb.ConversionService_ServiceDesc.Methods {
		all = append(all, m.MethodName)
	}
	for _, s := range pb.ConversionService_ServiceDesc.Streams {
		all = append(all, s.StreamName)
	}
	return append(all, Reflection)
}
