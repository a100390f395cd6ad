package worker_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hanconv/hanconv/bench/worker"
)

// upper counts its conversions.
type upper struct{ discarded *int }

func (u upper) Profiles() []string { return []string{"up"} }

func (u upper) Load(profile string, tofu bool) (worker.Converter, error) {
	if profile == "broken" {
		return worker.Converter{}, errors.New("broken")
	}
	return worker.Converter{
		Discard: func(t worker.Text) {
			if string(t.Bytes) == t.String && t.String == "abc" {
				*u.discarded++
			}
		},
		Convert: func(s string) (string, error) {
			if s == "bad" {
				return "", errors.New("bad text")
			}
			if tofu {
				s += "+"
			}
			return strings.ToUpper(s), nil
		},
	}, nil
}

func serve(t *testing.T, lib worker.Library, requests ...worker.Request) (replies []worker.Reply) {
	t.Helper()
	var in, out bytes.Buffer
	for _, q := range requests {
		if err := json.NewEncoder(&in).Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := worker.Serve(lib, &in, &out); err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(&out); d.More(); {
		var r worker.Reply
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		replies = append(replies, r)
	}
	return replies
}

func TestServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(file, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	n := 0
	replies := serve(t, upper{&n},
		worker.Request{Op: "profiles"},
		worker.Request{Op: "load", Profile: "up"},
		worker.Request{Op: "time", Profile: "up", File: file, Repeat: 3},
		worker.Request{Op: "convert", Profile: "up", Texts: []string{"a", "b"}})
	if len(replies) != 4 {
		t.Fatalf("%d replies", len(replies))
	}
	for i, r := range replies {
		if r.Error != "" {
			t.Errorf("reply %d: %s", i, r.Error)
		}
	}
	if !reflect.DeepEqual(replies[0].Profiles, []string{"up"}) || n != 3 {
		t.Errorf("profiles %v, %d conversions", replies[0].Profiles, n)
	}
	if got := replies[3].Texts; !reflect.DeepEqual(got, []string{"A+", "B+"}) {
		t.Errorf("converted to %q", got)
	}
}

func TestServeGoesOnAfterErrors(t *testing.T) {
	n := 0
	replies := serve(t, upper{&n},
		worker.Request{Op: "dance"},
		worker.Request{Op: "load", Profile: "down"},
		worker.Request{Op: "time", Profile: "up"},
		worker.Request{Op: "load", Profile: "up"},
		worker.Request{Op: "time", Profile: "up", File: "missing"},
		worker.Request{Op: "convert", Profile: "broken"},
		worker.Request{Op: "convert", Profile: "up", Texts: []string{"bad"}})
	for i, want := range []string{`"dance"`, "no profile down", "not loaded", "", "missing", "broken", "bad text"} {
		if got := replies[i].Error; !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("reply %d: error %q, want %q", i, got, want)
		}
	}
}

func TestServeRefusesBrokenRequests(t *testing.T) {
	n := 0
	if err := worker.Serve(upper{&n}, strings.NewReader("{"), &bytes.Buffer{}); err == nil {
		t.Error("a broken request passed")
	}
}
