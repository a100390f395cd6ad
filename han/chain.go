package han

import (
	"sync"

	"github.com/hanconv/hanconv/model"
)

// chain converts with context: programs with decisions between them.
//
//	s2twp    text ─▶ s2t + characters ─▶ words ─▶ t2tw ─▶ result
//	tw2sp    text ─▶ words ─▶ tw2s + characters ─▶ result
//
// Every link turns a stream of text into another and looks at no more than a
// bounded stretch on either side of what it decides, so the chain streams as
// exactly as a program does: any split gives the same bytes.
type chain struct {
	links   []link
	streams sync.Pool // of *chainStream
}

// link is a step of a chain.
type link interface {
	// begin returns the link's state at the start of a text.
	begin() linkStream
	// trace converts a whole text and notes the steps and the decisions. Source
	// is what the chain was given.
	trace(text, source []byte) (out []byte, steps []piece, choices []choice)
}

// linkStream is what a link keeps of a text.
type linkStream interface {
	// write takes the next piece of text and appends to dst what is decided by
	// now; with end everything, and it is ready for another text.
	write(dst, text []byte, end bool) []byte
	// byContext counts the code points of all texts so far about which the
	// model chose what the dictionaries alone would not.
	byContext() int
}

// newChain builds the chain of a profile, or returns nil for a profile that
// has nothing to decide.
func newChain(profile string, tofuRisk bool) *chain {
	recipe, ok := chains[profile]
	if !ok {
		return nil
	}
	c := &chain{}
	for _, r := range recipe {
		c.links = append(c.links, r.link(tofuRisk))
	}
	c.streams.New = func() any { return c.newStream() }
	return c
}

// linkRecipe names a program, a stage of the model, or both.
type linkRecipe struct{ program, stage, region string }

var chains = map[string][]linkRecipe{
	"s2t":   {{"s2t", "s2t", "tw"}},
	"s2tw":  {{"s2t", "s2t", "tw"}, {program: "t2tw"}},
	"s2hk":  {{"s2t", "s2t", "hk"}, {program: "t2hk"}},
	"s2twp": {{"s2t", "s2t", "tw"}, {"", "twp", "tw"}, {program: "t2tw"}},
	"s2hkp": {{"s2t", "s2t", "hk"}, {"", "hkp", "hk"}, {program: "t2hk"}},
	"t2s":   {{"t2s", "t2s", "cn"}},
	"tw2s":  {{"tw2s", "t2s", "cn"}},
	"hk2s":  {{"hk2s", "t2s", "cn"}},
	"tw2sp": {{"", "tw2sp", "cn"}, {"tw2s", "t2s", "cn"}},
	"hk2sp": {{"", "hk2sp", "cn"}, {"hk2s", "t2s", "cn"}},
}

// ChoosesByContext tells whether [WithContext] makes a difference to the
// profile's conversions. It builds nothing.
func (p Profile) ChoosesByContext() bool { return chains[p.Name] != nil }

func (r linkRecipe) link(tofuRisk bool) link {
	if r.stage == "" {
		return exactLink{builtIn(r.program, tofuRisk)}
	}
	d := model.BuiltIn().Decider(r.stage, r.region)
	if r.program == "" {
		l := newWordLink(d)
		if r.region != "cn" {
			l.scripts = scripts()
		}
		return l
	}
	l := newCharacterLink(builtIn(r.program, tofuRisk), d)
	switch {
	case r.stage == "s2t":
		l.phrases = model.BuiltInPhrases()
		l.scripts = scripts()
	case r.program != "t2s":
		// Taiwan writes 著 for 着, too, which tw2s knows; Hong Kong tells them
		// apart. T2s, whose standard does, gets many texts that do not.
		l.stops.remove('著')
	}
	l.special = l.stops
	if l.scripts != nil {
		l.special.addAll(&l.scripts.traditional)
	}
	return l
}

// chainStream is a chain at work on one text.
type chainStream struct {
	links          []linkStream
	buffers        [2][]byte
	source, target []byte // buffers for chain.convert
}

func (c *chain) newStream() *chainStream {
	s := &chainStream{}
	for _, l := range c.links {
		s.links = append(s.links, l.begin())
	}
	for i, l := range s.links {
		if words, ok := l.(*wordStream); ok && words.link.scripts != nil {
			s.links[i-1].(*characterStream).next = words
		}
	}
	return s
}

// write takes the next piece, in blocks, so that what lies between two links
// stays small.
func (s *chainStream) write(dst, text []byte, end bool) []byte {
	for {
		n := min(len(text), block)
		last := end && n == len(text)
		dst = s.writeBlock(dst, text[:n], last)
		if text = text[n:]; len(text) == 0 {
			return dst
		}
	}
}

func (s *chainStream) writeBlock(dst, text []byte, end bool) []byte {
	last := len(s.links) - 1
	for i, l := range s.links[:last] {
		s.buffers[i&1] = l.write(s.buffers[i&1][:0], text, end)
		text = s.buffers[i&1]
	}
	return s.links[last].write(dst, text, end)
}

// append converts a whole text and counts what the model decided.
func (c *chain) append(dst, text []byte) (out []byte, byContext int) {
	s := c.streams.Get().(*chainStream)
	before := s.byContext()
	dst = s.write(reserve(dst, len(text)), text, true)
	byContext = s.byContext() - before
	c.streams.Put(s)
	return dst, byContext
}

func (s *chainStream) byContext() (n int) {
	for _, l := range s.links {
		n += l.byContext()
	}
	return n
}

// convert is [Converter.Convert].
func (c *chain) convert(s string) string {
	stream := c.streams.Get().(*chainStream)
	stream.source = append(stream.source[:0], s...)
	stream.target = stream.write(stream.target[:0], stream.source, true)
	if string(stream.target) != s {
		s = string(stream.target)
	}
	if cap(stream.source) > 2*block {
		stream.source, stream.target = nil, nil
	}
	c.streams.Put(stream)
	return s
}

// reset forgets what was not written.
func (s *chainStream) reset() {
	s.target = s.write(s.target[:0], nil, true)
}

// exactLink is a program on its own.
type exactLink struct{ engine *engine }

type exactStream struct{ stream *Stream }

func (l exactLink) begin() linkStream { return exactStream{newStream(l.engine)} }

func (s exactStream) write(dst, text []byte, end bool) []byte {
	dst = s.stream.Append(dst, text)
	if end {
		dst = s.stream.Flush(dst)
	}
	return dst
}

func (exactStream) byContext() int { return 0 }

func (l exactLink) trace(text, _ []byte) (out []byte, steps []piece, choices []choice) {
	out, steps = trace(l.engine.program, text)
	return out, steps, nil
}

// ModelVersion names the version of the context model.
func ModelVersion() string { return model.BuiltIn().Version() }

// ModelFingerprint identifies the context model's weights: 16 hexadecimal
// digits. Together with [Converter.Fingerprint] it says what converts a text
// with context.
func ModelFingerprint() string { return model.BuiltIn().Fingerprint() }
