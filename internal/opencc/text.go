package opencc

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hanconv/hanconv/dict"
)

// ParseText reads a dictionary in OpenCC's text format: a line an entry, the
// key, a tab, the candidates separated by single spaces. Empty lines and lines
// that begin with '#' are passed over; a byte order mark and carriage returns
// are dropped.
func ParseText(name string, data []byte) (*dict.Lexicon, error) {
	lexicon := &dict.Lexicon{Name: name}
	lines := map[string]int{}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for number := 1; len(data) > 0; number++ {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		entry, reason := parseLine(string(line))
		if first, twice := lines[entry.Key]; twice && reason == "" {
			reason = fmt.Sprintf("key %q stands in line %d already; keep one of them", shorten(entry.Key), first)
		}
		if reason != "" {
			return nil, &Error{File: name, Line: number, Reason: reason}
		}
		lines[entry.Key] = number
		lexicon.Entries = append(lexicon.Entries, entry)
	}
	return lexicon, nil
}

func parseLine(line string) (entry dict.Entry, reason string) {
	key, values, found := strings.Cut(line, "\t")
	switch {
	case !utf8.ValidString(line):
		return entry, "not valid UTF-8; save the file as UTF-8"
	case strings.ContainsRune(line, 0):
		return entry, "holds a NUL character; remove it"
	case !found:
		return entry, fmt.Sprintf("no tab between key and value in %q", shorten(line))
	case key == "":
		return entry, "the key before the tab is empty"
	}
	return dict.Entry{Key: key, Values: strings.Split(values, " ")}, ""
}

// shorten cuts what a message shows of a file, which may be one line of any length.
func shorten(s string) string {
	const most = 60 // bytes
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
