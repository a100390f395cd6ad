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
	profile  string
	tofuRisk bool
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
		c.build[variety{p.Name, false}] = sync.OnceValues(func() (*han.Converter, error) { return han.New(p.Name) })
		c.build[variety{p.Name, true}] = sync.OnceValues(func() (*han.Converter, error) {
			return han.New(p.Name, han.WithTofuRisk())
		})
	}
	return c
})

// newCatalog adds the operator's own profiles to the built-in ones, which stay what they are.
func newCatalog(own []Profile) *catalog {
	if len(own) == 0 {
		return builtIn()
	}
	c := &catalog{profiles: slices.Clone(builtIn().profiles), build: maps.Clone(builtIn().build)}
	for _, p := range own {
		if _, taken := c.build[variety{p.Name, false}]; taken {
			continue
		}
		c.profiles = append(c.profiles, han.Profile{
			Name: p.Name, Description: p.Converter.Profile().Name, Phrases: true,
		})
		c.build[variety{p.Name, false}] = func() (*han.Converter, error) { return p.Converter, nil }
		c.build[variety{p.Name, true}] = func() (*han.Converter, error) { return p.TofuRisk, nil }
	}
	return c
}

// resolve finds the converter that o names, and its profile's name. Fields in a refusal are those of ConversionOptions.
func (c *catalog) resolve(o *pb.ConversionOptions) (string, *han.Converter, error) {
	if err := namesOneConversion(o); err != nil {
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
	name, converter, err := c.converter(name, o.GetTofuRisk())
	if err != nil {
		return "", nil, engineRefusal(err, o)
	}
	return name, converter, nil
}

func (c *catalog) converter(name string, tofuRisk bool) (string, *han.Converter, error) {
	if build, ok := c.build[variety{name, tofuRisk}]; ok {
		converter, err := build()
		return name, converter, err
	}
	if len(name) > longestName {
		return "", nil, &han.UnknownProfileError{Name: shorten(name), Known: c.names()}
	}
	alias, err := han.New(name)
	if err != nil {
		return "", nil, c.knowing(err)
	}
	name = alias.Profile().Name
	build, ok := c.build[variety{name, tofuRisk}]
	if !ok {
		return "", nil, fmt.Errorf("profile %q is not listed", name)
	}
	converter, err := build()
	return name, converter, err
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
