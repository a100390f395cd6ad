package han

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tags gives each language tag that is understood the tag of the standard it
// stands for.
//
// Singapore and Malaysia write Simplified characters by the mainland's
// standard, Macau writes Traditional ones as Hong Kong does. A bare zh means
// Simplified, as in Unicode's likely subtags. The table is closed because
// general tag matching errs here: it takes zh-MY for Traditional.
var tags = map[string]string{
	"zh": hans, "zh-Hans": hans, "zh-Hant": hant,
	"zh-CN": cn, "zh-Hans-CN": cn,
	"zh-SG": cn, "zh-Hans-SG": cn,
	"zh-MY": cn, "zh-Hans-MY": cn,
	"zh-TW": tw, "zh-Hant-TW": tw,
	"zh-HK": hk, "zh-Hant-HK": hk,
	"zh-MO": hk, "zh-Hant-MO": hk,
	"ja": ja, "ja-JP": ja, "ja-Jpan": ja, "ja-Jpan-JP": ja,
}

// byTags names the profile for a pair of standards. Where both tags name a
// region, readers of that region are meant and the vocabulary changes, too;
// a tag that names only a script asks for characters alone.
var byTags = map[[2]string]string{
	{hans, hant}: "s2t", {cn, hant}: "s2t",
	{hans, tw}: "s2tw", {cn, tw}: "s2twp",
	{hans, hk}: "s2hk", {cn, hk}: "s2hkp",
	{hant, hans}: "t2s", {hant, cn}: "t2s",
	{tw, hans}: "tw2s", {tw, cn}: "tw2sp",
	{hk, hans}: "hk2s", {hk, cn}: "hk2sp",
	{hant, tw}: "t2tw", {tw, hant}: "tw2t",
	{hant, hk}: "t2hk", {hk, hant}: "hk2t",
	{hant, ja}: "t2jp", {ja, hant}: "jp2t",
}

// LookupTags finds the profile that converts from one BCP 47 language tag to
// another. Case does not matter, and '_' serves for '-'.
//
//	zh, zh-Hans                         Simplified
//	zh-CN, zh-SG, zh-MY (and zh-Hans-…) Simplified, the mainland's vocabulary
//	zh-Hant                             Traditional, OpenCC's standard
//	zh-TW (zh-Hant-TW)                  Traditional, Taiwan
//	zh-HK, zh-MO (and zh-Hant-…)        Traditional, Hong Kong
//	ja, ja-JP                           Japanese kanji
//
// If both tags name a region, the profile replaces vocabulary as well as
// characters: zh-CN to zh-TW is s2twp, zh-Hans to zh-TW is s2tw. The errors are
// [*UnknownTagError] and [*NoProfileError].
func LookupTags(source, target string) (Profile, error) {
	from, err := standard(source)
	if err != nil {
		return Profile{}, err
	}
	to, err := standard(target)
	if err != nil {
		return Profile{}, err
	}
	name, ok := byTags[[2]string{from, to}]
	if !ok {
		return Profile{}, &NoProfileError{Source: source, Target: target}
	}
	return LookupProfile(name)
}

func standard(tag string) (string, error) {
	wanted := strings.ReplaceAll(tag, "_", "-")
	for known, s := range tags {
		if strings.EqualFold(known, wanted) {
			return s, nil
		}
	}
	return "", &UnknownTagError{Tag: tag, Known: slices.Sorted(maps.Keys(tags))}
}

// UnknownTagError refuses a language tag.
type UnknownTagError struct {
	Tag   string
	Known []string // every tag there is
}

func (e *UnknownTagError) Error() string {
	return fmt.Sprintf("unknown language tag %q; known: %s", e.Tag, strings.Join(e.Known, ", "))
}

// NoProfileError says that no profile leads from one known tag to the other.
type NoProfileError struct{ Source, Target string }

func (e *NoProfileError) Error() string {
	return fmt.Sprintf("no profile converts %s to %s; between Taiwan, Hong Kong and Japan convert to zh-Hant first", e.Source, e.Target)
}
