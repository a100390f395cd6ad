package server

import (
	"fmt"
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

// catalog holds the converters, each built when it is first asked for. It is safe for concurrent use.
type catalog map[variety]func() (*han.Converter, error)

func newCatalog() catalog {
	c := catalog{}
	for _, p := range han.Profiles() {
		c[variety{p.Name, false}] = sync.OnceValues(func() (*han.Converter, error) { return han.New(p.Name) })
		c[variety{p.Name, true}] = sync.OnceValues(func() (*han.Converter, error) {
			return han.New(p.Name, han.WithTofuRisk())
		})
	}
	return c
}

// resolve finds the converter that o names. Fields in a refusal are those of ConversionOptions.
func (c catalog) resolve(o *pb.ConversionOptions) (*han.Converter, error) {
	if err := namesOneConversion(o); err != nil {
		return nil, err
	}
	name := o.GetProfile()
	if name == "" {
		p, err := lookupTags(o.GetSourceLanguage(), o.GetTargetLanguage())
		if err != nil {
			return nil, engineRefusal(err, o)
		}
		name = p.Name
	}
	converter, err := c.converter(name, o.GetTofuRisk())
	if err != nil {
		return nil, engineRefusal(err, o)
	}
	return converter, nil
}

func (c catalog) converter(name string, tofuRisk bool) (*han.Converter, error) {
	if build, ok := c[variety{name, tofuRisk}]; ok {
		return build()
	}
	if len(name) > longestName {
		return nil, &han.UnknownProfileError{Name: shorten(name), Known: profileNames()}
	}
	alias, err := han.New(name)
	if err != nil {
		return nil, err
	}
	build, ok := c[variety{alias.Profile().Name, tofuRisk}]
	if !ok {
		return nil, fmt.Errorf("profile %q is not listed", alias.Profile().Name)
	}
	return build()
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

func profileNames() []string {
	var names []string
	for _, p := range han.Profiles() {
		names = append(names, p.Name)
	}
	return names
}

// shorten cuts what is too long to be a name.
func shorten(s string) string {
	if len(s) <= longestName {
		return s
	}
	return strings.ToValidUTF8(s[:longestName], "") + "…"
}
