package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing/fstest"

	"github.com/hanconv/hanconv/dict"
)

// usages reads lines of the form "word frequency tag", whose words are
// Simplified, and estimates text in both scripts from them.
func usages(files fstest.MapFS, words []byte) (simplified, traditional *dict.Usage, err error) {
	s2t, err := program(files, "s2t")
	if err != nil {
		return nil, nil, err
	}
	simplified, traditional = dict.NewUsage(), dict.NewUsage()
	for line := range strings.Lines(string(words)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return nil, nil, fmt.Errorf("word frequencies: %q has %d fields, want 3", line, len(fields))
		}
		count, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return nil, nil, fmt.Errorf("word frequencies: %w", err)
		}
		simplified.Add(fields[0], count)
		traditional.Add(string(s2t.Convert([]byte(fields[0]))), count)
	}
	return simplified, traditional, nil
}
