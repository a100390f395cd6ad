package han_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/han"
)

// meanings says what each tag stands for, in the letters of profile names.
var meanings = map[string]string{
	"zh": "s", "zh-Hans": "s", "zh-Hant": "t",
	"zh-CN": "cn", "zh-SG": "cn", "zh-MY": "cn", "zh-Hans-CN": "cn", "zh-Hans-SG": "cn", "zh-Hans-MY": "cn",
	"zh-TW": "tw", "zh-Hant-TW": "tw",
	"zh-HK": "hk", "zh-MO": "hk", "zh-Hant-HK": "hk", "zh-Hant-MO": "hk",
	"ja": "jp", "ja-JP": "jp", "ja-Jpan": "jp", "ja-Jpan-JP": "jp",
}

// profileBetween derives the profile's name from two meanings, or "".
func profileBetween(from, to string) string {
	regional := func(s string) bool { return s == "tw" || s == "hk" }
	switch {
	case from == "cn" && regional(to):
		return "s2" + to + "p"
	case regional(from) && to == "cn":
		return from + "2sp"
	}
	from, to = strings.Replace(from, "cn", "s", 1), strings.Replace(to, "cn", "s", 1)
	name := from + "2" + to
	if from == to || !slices.ContainsFunc(han.Profiles(), func(p han.Profile) bool { return p.Name == name }) {
		return ""
	}
	return name
}

// TestEveryPairOfTags holds the table of tags against the rule behind it, in
// every way of writing a tag.
func TestEveryPairOfTags(t *testing.T) {
	spellings := []func(string) string{
		func(s string) string { return s }, strings.ToLower, strings.ToUpper,
		func(s string) string { return strings.ReplaceAll(s, "-", "_") },
	}
	found := map[string]bool{}
	for source, from := range meanings {
		for target, to := range meanings {
			want := profileBetween(from, to)
			found[want] = true
			for _, spell := range spellings {
				p, err := han.LookupTags(spell(source), spell(target))
				var none *han.NoProfileError
				if p.Name != want || (want == "") != errors.As(err, &none) {
					t.Errorf("%s to %s: %q, %v, want %q", spell(source), spell(target), p.Name, err, want)
				}
			}
		}
	}
	for _, p := range han.Profiles() {
		if !found[p.Name] && p.Name != "s2hk-finance" {
			t.Errorf("no tags lead to %s", p.Name)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	names := "s2t, t2s, s2tw, tw2s, s2twp, tw2sp, s2hk, hk2s, s2hkp, hk2sp, t2tw, tw2t, t2hk, hk2t, t2jp, jp2t, s2hk-finance"
	var known []string
	for tag := range meanings {
		known = append(known, tag)
	}
	slices.Sort(known)
	_, profile := han.New("simplified")
	_, tag := han.LookupTags("zh-Latn", "zh-TW")
	_, target := han.LookupTags("zh", "")
	_, pair := han.LookupTags("zh_TW", "zh-HK")
	for want, err := range map[string]error{
		`unknown profile "simplified"; known: ` + names:                                                    profile,
		`unknown language tag "zh-Latn"; known: ` + strings.Join(known, ", "):                              tag,
		`unknown language tag ""; known: ` + strings.Join(known, ", "):                                     target,
		"no profile converts zh_TW to zh-HK; between Taiwan, Hong Kong and Japan convert to zh-Hant first": pair,
		"invalid UTF-8 at byte offset 3":                                                                   han.CheckUTF8("头\xE5"),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestSuggestionForFileName misspells a profile as OpenCC's users write it.
func TestSuggestionForFileName(t *testing.T) {
	_, err := han.New("s2twt.json")
	if want := `unknown profile "s2twt.json"; did you mean "s2tw"?`; err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestCheckUTF8(t *testing.T) {
	for _, text := range []string{"", "a\x00", "头𠮷\uFFFD\U0010FFFF"} {
		if err := han.CheckUTF8(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if err := han.CheckUTF8([]byte(text)); err != nil {
			t.Errorf("bytes %q: %v", text, err)
		}
	}
}
