package server

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// longestName is more than any profile or language tag has. Longer ones are unknown without a look: neither the search
// for a similar name nor the reply should grow with what a client sends.
const longestName = 64

// variety names one converter.
type variety struct {
	profile           string
	tofuRisk, context bool
}

// options are those of han.New.
func (v variety) options() []han.Option {
	var opts []han.Option
	if v.tofuRisk {
		opts = append(opts, han.WithTofuRisk())
	}
	if v.context {
		opts = append(opts, han.WithContext())
	}
	return opts
}

// varietiesOf lists the converters of a profile.
func varietiesOf(profile string) []variety {
	var all []variety
	for _, tofuRisk := range []bool{false, true} {
		for _, context := range []bool{false, true} {
			all = append(all, variety{profile, tofuRisk, context})
		}
	}
	return all
}

// catalog holds the converters. It is immutable and safe for concurrent use.
type catalog struct {
	profiles []han.Profile
	build    map[variety]func() (*han.Converter, error)
}

// builtIn builds each converter when it is first asked for.
var builtIn = sync.OnceValue(func() *catalog {
	c := &catalog{profiles: han.Profiles(), build: map[variety]func() (*han.Converter, error){}}
	for _, p := range c.profiles {
		for _, v := range varietiesOf(p.Name) {
			c.build[v] = sync.OnceValues(func() (*han.Converter, error) { return han.New(v.profile, v.options()...) })
		}
	}
	return c
})

// newCatalog adds the operator's own profiles to the built-in ones, which stay what they are. An own profile converts by
// its dictionaries in every context mode.
func newCatalog(own []Profile) *catalog {
	if len(own) == 0 {
		return builtIn()
	}
	c := &catalog{profiles: slices.Clone(builtIn().profiles), build: maps.Clone(builtIn().build)}
	for _, p := range own {
		if _, taken := c.build[variety{profile: p.Name}]; taken {
			continue
		}
		c.profiles = append(c.profiles, han.Profile{
			Name: p.Name, Description: p.Converter.Profile().Name, Phrases: true,
		})
		for _, v := range varietiesOf(p.Name) {
			c.build[v] = func() (*han.Converter, error) {
				if v.tofuRisk {
					return p.TofuRisk, nil
				}
				return p.Converter, nil
			}
		}
	}
	return c
}

// resolve finds the converter that o names, and its profile's name. Fields in a refusal are those of ConversionOptions.
func (c *catalog) resolve(o *pb.ConversionOptions) (string, *han.Converter, error) {
	if err := namesOneConversion(o); err != nil {
		return "", nil, err
	}
	context, err := wantsContext(o)
	if err != nil {
		return "", nil, err
	}
	name := o.GetProfile()
	if name == "" {
		p, err := lookupTags(o.GetSourceLanguage(), o.GetTargetLanguage())
		if err != nil {
			return "", nil, engineRefusal(err, o)
		}
		name = p.Name
	}
	name, converter, err := c.converter(variety{name, o.GetTofuRisk(), context})
	if err != nil {
		return "", nil, engineRefusal(err, o)
	}
	return name, converter, nil
}

// wantsContext tells whether candidates are to be chosen by context.
func wantsContext(o *pb.ConversionOptions) (bool, error) {
	switch mode := o.GetContext(); mode {
	case pb.ContextMode_CONTEXT_MODE_UNSPECIFIED:
		return o.GetProfile() == "", nil
	case pb.ContextMode_CONTEXT_MODE_ON:
		return true, nil
	case pb.ContextMode_CONTEXT_MODE_OFF:
		return false, nil
	default:
		return false, unknownEnumValue("context", int32(mode))
	}
}

func (c *catalog) converter(v variety) (string, *han.Converter, error) {
	if build, ok := c.build[v]; ok {
		converter, err := build()
		return v.profile, converter, err
	}
	if len(v.profile) > longestName {
		return "", nil, &han.UnknownProfileError{Name: shorten(v.profile), Known: c.names()}
	}
	alias, err := han.LookupProfile(v.profile)
	if err != nil {
		return "", nil, c.knowing(err)
	}
	v.profile = alias.Name
	build, ok := c.build[v]
	if !ok {
		return "", nil, fmt.Errorf("profile %q is not listed", v.profile)
	}
	converter, err := build()
	return v.profile, converter, err
}

// knowing adds the operator's own profiles to those that an error lists.
func (c *catalog) knowing(err error) error {
	var unknown *han.UnknownProfileError
	if errors.As(err, &unknown) {
		unknown.Known = c.names()
	}
	return err
}

func (c *catalog) names() []string {
	var names []string
	for _, p := range c.profiles {
		names = append(names, p.Name)
	}
	return names
}

func lookupTags(source, target string) (han.Profile, error) {
	return han.LookupTags(shorten(source), shorten(target))
}

// namesOneConversion makes sure that either a profile or both languages are given.
func namesOneConversion(o *pb.ConversionOptions) error {
	profile, source, target := o.GetProfile() != "", o.GetSourceLanguage() != "", o.GetTargetLanguage() != ""
	switch {
	case profile && (source || target):
		return ambiguous(source, target)
	case profile || source && target:
		return nil
	case source:
		return missing("source_language is given without target_language", "target_language")
	case target:
		return missing("target_language is given without source_language", "source_language")
	}
	return missing("name a profile, or a source and a target language", "profile")
}

func missing(message, field string) error {
	return refusal{
		code:    codes.InvalidArgument,
		reason:  pb.ErrorReason_ERROR_REASON_CONVERSION_MISSING,
		message: message,
		fields:  []string{field},
	}
}

func ambiguous(source, target bool) error {
	fields := []string{"profile"}
	if source {
		fields = append(fields, "source_language")
	}
	if target {
		fields = append(fields, "target_language")
	}
	return refusal{
		code:    codes.InvalidArgument,
		reason:  pb.ErrorReason_ERROR_REASON_CONVERSION_AMBIGUOUS,
		message: "a profile and languages are given; give one or the other",
		fields:  fields,
	}
}

// shorten cuts what is too long to be a name.
func shorten(s string) string {
	if len(s) <= longestName {
		return s
	}
	return strings.ToValidUTF8(s[:longestName], "") + "…"
}
