package han

import (
	"io/fs"
	"strings"
	"sync"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/internal/opencc"
)

// Converter converts text as one [Profile] or configuration says. It is
// immutable and safe for concurrent use.
type Converter struct {
	profile Profile
	engine  *engine
	chain   *chain // nil: the dictionaries alone
}

// Option changes what [New], [NewForTags] and [LoadConfig] build.
type Option func(*options)

type options struct{ tofuRisk, context bool }

// WithTofuRisk includes the dictionaries whose results lie in Unicode blocks
// that many fonts lack, so that readers may see empty boxes ("tofu") in their
// place. OpenCC's library includes them by default, its command does not.
// Only profiles that convert to Simplified characters have such dictionaries.
func WithTofuRisk() Option { return func(o *options) { o.tofuRisk = true } }

// WithContext chooses between several candidates by the text around them, where
// OpenCC's dictionaries take the longest phrase: fewer wrong characters, and a
// regional word only where it means that. The result then differs from OpenCC's.
// [NewForTags] does so by default. Profiles that have nothing to choose (t2tw,
// t2jp and their like, s2hk-finance) convert by the dictionaries alone.
func WithContext() Option { return func(o *options) { o.context = true } }

// WithoutContext converts by the dictionaries alone, byte for byte as OpenCC
// does. [New] does so by default.
func WithoutContext() Option { return func(o *options) { o.context = false } }

func collect(opts []Option) options {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// New returns a converter for a built-in profile, such as "s2twp"; a trailing
// ".json", which OpenCC's users write, is ignored. The only error is an
// [*UnknownProfileError].
//
// Converters of the same profile share their tables, so New is cheap after
// the first time.
func New(profile string, opts ...Option) (*Converter, error) {
	p, err := LookupProfile(profile)
	if err != nil {
		return nil, err
	}
	o := collect(opts)
	c := &Converter{profile: p, engine: builtIn(p.Name, o.tofuRisk)}
	if o.context {
		c.chain = builtInChain(p.Name, o.tofuRisk)
	}
	return c, nil
}

// NewForTags returns a converter from one language tag to another, which
// chooses by context unless [WithoutContext] is given; see [LookupTags] for the
// tags and the errors.
func NewForTags(source, target string, opts ...Option) (*Converter, error) {
	p, err := LookupTags(source, target)
	if err != nil {
		return nil, err
	}
	return New(p.Name, append([]Option{WithContext()}, opts...)...)
}

var engines sync.Map // func() *engine by program name

// builtIn returns the engine of a built-in program, made when first asked for.
func builtIn(name string, tofuRisk bool) *engine {
	if tofuRisk && dict.BuiltIn().Has(name+"+tofu") {
		name += "+tofu"
	}
	build, _ := engines.LoadOrStore(name, sync.OnceValue(func() *engine {
		return newEngine(dict.BuiltIn().Program(name))
	}))
	return build.(func() *engine)()
}

var builtChains sync.Map // func() *chain by program name

// builtInChain returns the chain of a profile, made when first asked for, or nil.
func builtInChain(name string, tofuRisk bool) *chain {
	key := name
	if tofuRisk {
		key += "+tofu"
	}
	build, _ := builtChains.LoadOrStore(key, sync.OnceValue(func() *chain { return newChain(name, tofuRisk) }))
	return build.(func() *chain)()
}

// Context tells whether the converter chooses by context.
func (c *Converter) Context() bool { return c.chain != nil }

// ConfigError says which file of a configuration is broken, where and why.
// Its fields: File, Line (from 1; 0 when the whole file is meant), Reason and
// Err, the cause if there is one.
type ConfigError = opencc.Error

// LoadConfig builds a converter from an OpenCC configuration file (JSON with
// comments and trailing commas) called name in fsys, and from the text
// dictionaries it names, which are looked for beside it. Inline dictionaries,
// groups and match policies work as in OpenCC 1.4. OpenCC's binary
// dictionaries (types ocd and ocd2) and segmentation plugins are not
// supported. Every error is a [*ConfigError].
//
// Loading compiles the dictionaries: about 0.3 seconds for 50,000 phrases.
func LoadConfig(fsys fs.FS, name string, opts ...Option) (*Converter, error) {
	o := collect(opts)
	if o.context {
		return nil, &ConfigError{File: name, Reason: "context works with built-in profiles only"}
	}
	recipe, err := opencc.Load(fsys, name, o.tofuRisk)
	if err != nil {
		return nil, err
	}
	program, err := dict.Compile(recipe)
	if err != nil {
		return nil, &ConfigError{File: name, Reason: "cannot be compiled", Err: err}
	}
	profile := Profile{Name: recipe.Name, Description: "configuration " + name}
	return &Converter{profile: profile, engine: newEngine(program)}, nil
}

// Profile tells which conversion this is. For a loaded configuration only
// Name and Description are set.
func (c *Converter) Profile() Profile { return c.profile }

// Fingerprint identifies the entries of the dictionaries that this converter
// uses: 16 hexadecimal digits. Equal fingerprints convert alike.
func (c *Converter) Fingerprint() string { return c.engine.program.Fingerprint }

// Append converts src, appends the result to dst and returns the extended
// slice. Bytes that are not UTF-8 are kept exactly. If dst has room for the
// result, nothing is allocated. dst and src must not overlap.
func (c *Converter) Append(dst, src []byte) []byte {
	dst, _ = c.AppendCount(dst, src)
	return dst
}

// AppendCount is [Converter.Append] and counts the code points of src that were
// decided by context: those about which the model chose what the dictionaries
// alone would not, as [ReasonModel] and [ReasonName] say of a [Choice]. A
// character may count on its own and in a word.
func (c *Converter) AppendCount(dst, src []byte) (out []byte, byContext int) {
	if c.chain != nil {
		return c.chain.append(dst, src)
	}
	s := c.engine.streams.Get().(*Stream)
	dst, _ = s.advance(dst, src, true)
	c.engine.release(s)
	return dst, 0
}

// release takes back a stream that has ended its text.
func (e *engine) release(s *Stream) {
	s.layers.shrink(block)
	s.tail = s.tail[:0]
	if cap(s.tail) > 2*block {
		s.tail = nil
	}
	e.streams.Put(s)
}

// Convert converts s. Bytes that are not UTF-8 are kept exactly. A text that
// conversion does not change is returned as it is, without a copy.
func (c *Converter) Convert(s string) string {
	if c.chain != nil {
		return c.chain.convert(s)
	}
	if len(s) > block {
		return c.convertLong(s)
	}
	stream := c.engine.streams.Get().(*Stream)
	stream.tail = append(stream.tail[:0], s...)
	stream.out, _ = stream.advance(stream.out[:0], stream.tail, true)
	if string(stream.out) != s {
		s = string(stream.out)
	}
	c.engine.release(stream)
	return s
}

// convertLong converts block by block, so that all it allocates is the result.
func (c *Converter) convertLong(s string) string {
	stream := c.engine.streams.Get().(*Stream)
	var b strings.Builder
	same := 0 // bytes at the start of s that have stayed the same so far
	for i := 0; i < len(s); i += block {
		piece := s[i:min(i+block, len(s))]
		stream.tail = append(stream.tail, piece...)
		n := 0
		stream.out, n = stream.advance(stream.out[:0], stream.tail, i+block >= len(s))
		stream.tail = stream.tail[:copy(stream.tail, stream.tail[n:])]
		if end := same + len(stream.out); b.Len() == 0 && end <= len(s) && s[same:end] == string(stream.out) {
			same = end
			continue
		}
		if b.Len() == 0 {
			b.Grow(len(s) + len(s)/16)
			b.WriteString(s[:same])
		}
		b.Write(stream.out)
	}
	stream.Reset()
	c.engine.release(stream)
	if b.Len() == 0 {
		return s[:same]
	}
	return b.String()
}

// ConvertStrict is [Converter.Convert] for text that must be UTF-8: anything
// else is refused with an [*InvalidUTF8Error] and an empty result.
func (c *Converter) ConvertStrict(s string) (string, error) {
	if err := CheckUTF8(s); err != nil {
		return "", err
	}
	return c.Convert(s), nil
}

// NewStream returns a [Stream] at the start of a text.
func (c *Converter) NewStream() *Stream {
	if c.chain != nil {
		return &Stream{chain: c.chain.newStream()}
	}
	return newStream(c.engine)
}
