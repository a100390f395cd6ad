package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"testing/fstest"

	"github.com/tailscale/hujson"

	"github.com/hanconv/hanconv/internal/opencc"
	"github.com/hanconv/hanconv/internal/oracle"
)

// writeOracle writes the entries, the configurations and OpenCC's own test
// cases as tests need them: whole and unmerged.
func writeOracle(name string, files fstest.MapFS) error {
	data, err := newOracle(files)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(zipped).Encode(data); err != nil {
		return err
	}
	if err := zipped.Close(); err != nil {
		return err
	}
	return os.WriteFile(name, out.Bytes(), 0o644)
}

func newOracle(files fstest.MapFS) (*oracle.Data, error) {
	data := &oracle.Data{Dictionaries: map[string][]oracle.Entry{}, Configs: map[string]json.RawMessage{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".txt" {
			continue
		}
		lexicon, err := opencc.ParseText(name, files[name].Data)
		if err != nil {
			return nil, err
		}
		for _, e := range lexicon.Entries {
			data.Dictionaries[name] = append(data.Dictionaries[name], append(oracle.Entry{e.Key}, e.Values...))
		}
	}
	for _, name := range profiles {
		data.Configs[name] = files[name+".json"].Data
	}
	// The upstream file ends its lists with commas, as JSON does not allow.
	cases, err := hujson.Standardize(files["testcases.json"].Data)
	if err != nil {
		return nil, fmt.Errorf("testcases.json: %w", err)
	}
	return data, json.Unmarshal(cases, &data)
}
