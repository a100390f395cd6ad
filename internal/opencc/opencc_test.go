package opencc_test

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hanconv/hanconv/dict"
	"github.com/hanconv/hanconv/internal/opencc"
)

func TestParseText(t *testing.T) {
	lexicon, err := opencc.ParseText("d.txt", []byte("\ufeff# comment\n头\t頭\r\n\n发\t發 髮\n空\t\nU盘\tU盤"))
	if err != nil {
		t.Fatal(err)
	}
	want := []dict.Entry{
		{Key: "头", Values: []string{"頭"}}, {Key: "发", Values: []string{"發", "髮"}},
		{Key: "空", Values: []string{""}}, {Key: "U盘", Values: []string{"U盤"}},
	}
	if !reflect.DeepEqual(lexicon.Entries, want) {
		t.Errorf("got %q, want %q", lexicon.Entries, want)
	}
}

func TestParseTextRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"头\t頭\n发 發\n":             `d.txt:2: no tab between key and value in "发 發"`,
		strings.Repeat("发", 9999): `d.txt:1: no tab between key and value in "` + strings.Repeat("发", 20) + `…"`,
		"# x\n\t頭":                "d.txt:2: the key before the tab is empty",
		"头\t頭\n#\n头\t首":           `d.txt:3: key "头" stands in line 1 already; keep one of them`,
		"头\t\xE5\xA4":             "d.txt:1: not valid UTF-8; save the file as UTF-8",
		"头\x00\t頭":                "d.txt:1: holds a NUL character; remove it",
	} {
		if _, err := opencc.ParseText("d.txt", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func files(config string) fstest.MapFS {
	return fstest.MapFS{
		"sub/c.json":   {Data: []byte(config)},
		"sub/d.txt":    {Data: []byte("头\t頭\n")},
		"sub/bad.txt":  {Data: []byte("头\t頭\n发\n")},
		"sub/tofu.txt": {Data: []byte("发\t發\n")},
		"sub/folder/x": {},
		"up.txt":       {Data: []byte("上\t下\n")},
	}
}

const text = `{"type": "text", "file": "d.txt"}`

func chain(d string) string { return `{"conversion_chain": [{"dict": ` + d + `}]}` }

func TestLoad(t *testing.T) {
	config := `// a comment
{
  "name": "test", /* another */
  "normalization": [{"dict": {"type": "text", "file": "../up.txt"}}],
  "segmentation": {"type": "mmseg", "dict": ` + text + `},
  "conversion_chain": [
    {"dict": {"type": "group", "match_policy": "union", "dicts": [
      ` + text + `, {"type": "inline", "entries": {"甲 乙": "a b", "丙": "c",}},
      {"type": "group", "dicts": [` + text + `]},
    ]}},
  ],
}`
	r, err := opencc.Load(files(config), "sub/c.json", false)
	if err != nil {
		t.Fatal(err)
	}
	group := r.Chain[0]
	switch {
	case r.Name != "c" || len(r.Normalization) != 1 || r.Segmentation == nil || len(r.Chain) != 1:
		t.Errorf("recipe %+v", r)
	case group.Policy != dict.Union || len(group.Group) != 3 || group.Group[2].Policy != dict.ShortCircuit:
		t.Errorf("group %+v", group)
	case !reflect.DeepEqual(group.Group[1].Lexicon.Entries[0], dict.Entry{Key: "甲 乙", Values: []string{"a b"}}):
		t.Errorf("inline %+v", group.Group[1].Lexicon)
	}
}

func TestLoadTofuRisk(t *testing.T) {
	config := `{"segmentation": {"type": "mmseg", "dict": {"type": "text", "file": "tofu.txt", "may_output_tofu": true}},
	  "conversion_chain": [
	    {"dict": {"type": "group", "dicts": [` + text + `, {"type": "text", "file": "tofu.txt", "may_output_tofu": true}]}},
	    {"dict": {"type": "text", "file": "tofu.txt", "may_output_tofu": true}}]}`
	for risk, want := range map[bool]string{false: "1 stages, 1 members", true: "2 stages, 2 members"} {
		r, err := opencc.Load(files(config), "sub/c.json", risk)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%d stages, %d members", len(r.Chain), len(r.Chain[0].Group))
		if got != want || r.Segmentation == nil {
			t.Errorf("tofu risk %v: %s, want %s", risk, got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for config, want := range map[string]string{
		"{\n  \"conversion_chain\": [}":       "sub/c.json:2: not valid JSON",
		"[]":                                  "sub/c.json:1: the configuration must be an object",
		"{}":                                  "sub/c.json:1: conversion_chain is missing",
		"{\n\"conversion_chain\": 3}":         "sub/c.json:2: conversion_chain must be an array of objects",
		"{\"conversion_chain\": [\n3]}":       "sub/c.json:2: a stage of conversion_chain must be an object",
		`{"conversion_chain": [{}]}`:          "sub/c.json:1: a stage of conversion_chain has no dict",
		`{"name": 1, "conversion_chain": []}`: "sub/c.json:1: name must be a string",
		"{\"conversion_chain\": [],\n\"chain\": []}":            `sub/c.json:2: the configuration has no property "chain"; known: name, normalization, segmentation, conversion_chain`,
		"{\"conversion_chain\": [],\n\"conversion_chain\": []}": `sub/c.json:2: property "conversion_chain" stands twice; keep one of them`,
		chain(`{"file": "d.txt"}`):                              "sub/c.json:1: type is missing",
		chain(`{"type": "", "file": "d.txt"}`):                  "sub/c.json:1: type is empty",
		chain(`{"type": "text"}`):                               "sub/c.json:1: file is missing",
		chain(`{"type": "json", "file": "d.txt"}`):              `sub/c.json:1: unknown dictionary type "json"; known: text, inline, group`,
		chain(`{"type": "ocd2", "file": "d.ocd2"}`): `sub/c.json:1: dictionary type "ocd2" is OpenCC's binary format, which is not read; ` +
			`name the .txt file it was made from, with type "text"`,
		chain(`{"type": "text", "file": "none.txt"}`):                                               `sub/c.json:1: dictionary file "sub/none.txt" does not exist`,
		chain(`{"type": "text", "file": "../../x.txt"}`):                                            `sub/c.json:1: dictionary file "../../x.txt" lies outside the configuration's folder; put it inside`,
		chain(`{"type": "text", "file": "/etc/passwd"}`):                                            `sub/c.json:1: dictionary file "/etc/passwd" lies outside the configuration's folder; put it inside`,
		chain(`{"type": "text", "file": "bad.txt"}`):                                                `sub/bad.txt:2: no tab between key and value in "发"`,
		chain(`{"type": "group", "dicts": {}}`):                                                     "sub/c.json:1: a group needs dicts, an array of dictionaries",
		chain(`{"type": "group", "match_policy": "best", "dicts": []}`):                             `sub/c.json:1: unknown match_policy "best"; known: short_circuit, union`,
		chain(`{"type": "inline", "entries": []}`):                                                  "sub/c.json:1: an inline dictionary needs entries, an object of keys and values",
		chain(`{"type": "inline", "entries": {"a": 1}}`):                                            `sub/c.json:1: the value of inline key "a" must be a string`,
		chain(`{"type": "inline", "entries": {"": "x"}}`):                                           "sub/c.json:1: an inline dictionary takes neither empty keys nor empty values",
		chain("{\"type\": \"inline\", \"entries\": {\"a\": \"x\",\n\"a\": \"y\"}}"):                 `sub/c.json:2: inline key "a" stands twice; keep one of them`,
		chain(`{"type": "inline", "entries": {"a": "b"}, "may_output_tofu": true}`):                 "sub/c.json:1: an inline dictionary takes no may_output_tofu",
		chain(`{"type": "text", "file": "d.txt", "may_output_tofu": 1}`):                            "sub/c.json:1: may_output_tofu must be true or false",
		`{"segmentation": {"type": "jieba"}, "conversion_chain": []}`:                               `sub/c.json:1: segmentation type "jieba" is a plugin of OpenCC's; only "mmseg" is supported`,
		`{"segmentation": {"type": "mmseg"}, "conversion_chain": []}`:                               "sub/c.json:1: segmentation has no dict",
		chain(strings.Repeat(`{"type": "group", "dicts": [`, 40) + text + strings.Repeat("]}", 40)): "sub/c.json:1: groups are nested deeper than 32 levels",
		strings.Repeat(" ", 1<<20) + "{}":                                                           "sub/c.json: the file has 1048578 bytes; at most 1048576 are read",
	} {
		_, err := opencc.Load(files(config), "sub/c.json", true)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.80s\n got %v\nwant %s", config, err, want)
		}
	}
}

// TestLoadDeepNesting sends brackets enough to exhaust the stack of a parser
// that calls itself for each.
func TestLoadDeepNesting(t *testing.T) {
	for opening, line := range map[string]int{"[": 1, `{"a":`: 1, "\n[": 130, "[/* \n */": 129} {
		config := strings.Repeat(opening, 1<<20/len(opening))
		want := fmt.Sprintf("sub/c.json:%d: objects and arrays are nested deeper than 128 levels", line)
		if _, err := opencc.Load(files(config), "sub/c.json", false); err == nil || err.Error() != want {
			t.Errorf("%q over and over: %v, want %s", opening, err, want)
		}
	}
	deep := strings.Repeat("[", 200)
	config := chain(`{"type": "inline", "entries": {"` + deep + `": "x"}} /* ` + deep + ` */`)
	r, err := opencc.Load(files(config), "sub/c.json", false)
	if err != nil || r.Chain[0].Lexicon.Entries[0].Key != deep {
		t.Errorf("brackets in a key: %v", err)
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := opencc.Load(files(""), "none.json", false)
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "none.json: cannot be read: ") {
		t.Errorf("no configuration: %v", err)
	}
	_, err = opencc.Load(files(chain(`{"type": "text", "file": "folder"}`)), "sub/c.json", false)
	if err == nil || !strings.HasPrefix(err.Error(), "sub/folder: cannot be read: ") {
		t.Errorf("a folder for a dictionary: %v", err)
	}
	_, err = opencc.Load(files(""), "../c.json", false)
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "../c.json: cannot be read: ") {
		t.Errorf("a path that is none: %v", err)
	}
}

// TestLoadErrorFields takes the errors apart as a program would.
func TestLoadErrorFields(t *testing.T) {
	for config, want := range map[string]opencc.Error{
		"{\n\n\"conversion_chain\": 3}":              {File: "sub/c.json", Line: 3, Reason: "conversion_chain must be an array of objects"},
		chain(`{"type": "text", "file": "bad.txt"}`): {File: "sub/bad.txt", Line: 2, Reason: `no tab between key and value in "发"`},
		"{\n\"a\": 1,\r\n\"b\" 2}": {File: "sub/c.json", Line: 3,
			Reason: "not valid JSON: invalid character '2' after object name (column 5)"},
		"":                             {File: "sub/c.json", Line: 1, Reason: "not valid JSON: parsing value: unexpected EOF (column 1)"},
		"{} []":                        {File: "sub/c.json", Line: 1, Reason: "not valid JSON: invalid character '[' after top-level value (column 4)"},
		"{\"name\": \"\uFFFD\n\xE5\"}": {File: "sub/c.json", Line: 2, Reason: "not valid UTF-8; save the file as UTF-8"},
		chain("{\"type\": \"group\",\n\"dicts\": [" + text + ",\n{\"type\": \"ocd\"}]}"): {File: "sub/c.json", Line: 3,
			Reason: `dictionary type "ocd" is OpenCC's binary format, which is not read; name the .txt file it was made from, with type "text"`},
	} {
		_, err := opencc.Load(files(config), "sub/c.json", false)
		var got *opencc.Error
		if !errors.As(err, &got) || *got != want {
			t.Errorf("%q\n got %#v\nwant %#v", config, err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(chain(text))
	f.Add(chain(`{"type": "group", "match_policy": "union", "dicts": [` + text + `,{"type":"inline","entries":{"a":"b"}}]}`))
	f.Add(`{"segmentation": {"type": "mmseg", "dict": ` + text + `}, "conversion_chain": [] // x` + "\n}")
	f.Add("{\"normalization\": [{\"dict\": {}}],,")
	f.Fuzz(func(t *testing.T, config string) {
		_, err := opencc.Load(files(config), "sub/c.json", true)
		var refusal *opencc.Error
		if err != nil && (!errors.As(err, &refusal) || refusal.File == "" || refusal.Reason == "") {
			t.Errorf("%q: %#v", config, err)
		}
	})
}

func FuzzParseText(f *testing.F) {
	f.Add([]byte("头\t頭\n# x\n发\t發 髮\r\n"))
	f.Add([]byte("\ufeffa\tb\n\n\t\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lexicon, err := opencc.ParseText("d.txt", data)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, e := range lexicon.Entries {
			if e.Key == "" || seen[e.Key] || len(e.Values) == 0 {
				t.Fatalf("entry %q of %q", e, data)
			}
			seen[e.Key] = true
		}
	})
}
