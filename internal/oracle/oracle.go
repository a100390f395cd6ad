// Package oracle holds what the tests judge the engine by: OpenCC's
// dictionaries entry for entry as upstream files them, its configurations and
// its own test cases. Only tests import it. The data is written by
// internal/gendict together with the compiled dictionaries.
package oracle

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"sync"
)

// Entry is a key followed by its candidates.
type Entry []string

// Case is one of OpenCC's test cases.
type Case struct {
	ID       string            `json:"id"`
	Input    string            `json:"input"`
	Expected map[string]string `json:"expected"` // by profile
}

// Data is the whole oracle.
type Data struct {
	Dictionaries map[string][]Entry         `json:"dictionaries"` // by file name
	Configs      map[string]json.RawMessage `json:"configs"`      // by profile
	Cases        []Case                     `json:"cases"`
}

//go:embed oracle.json.gz
var zipped []byte

// Load returns the oracle, which callers must not change.
var Load = sync.OnceValue(func() *Data {
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		panic(err) // the embedded file is damaged
	}
	data := &Data{}
	if err := json.NewDecoder(r).Decode(data); err != nil {
		panic(err)
	}
	return data
})
