package settings_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/settings"
)

// given is what a user gives: a file, variables and flags.
type given struct {
	file  string
	env   []string
	flags []string
}

const fileName = "hanconv.yaml"

func load(t testing.TB, g given) (*settings.Settings, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), fileName)
	if err := os.WriteFile(path, []byte(g.file), 0o600); err != nil {
		t.Fatal(err)
	}
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	settings.RegisterFile(f)
	new(settings.Settings).Register(f)
	flags := g.flags
	if g.file != "" {
		flags = append(flags, "--config", path)
	}
	if err := f.Parse(flags); err != nil {
		t.Fatal(err)
	}
	return settings.Load(settings.Source{Flags: f, Environ: append([]string{"PATH=/bin"}, g.env...)})
}

func TestLaterSourcesWin(t *testing.T) {
	s, err := load(t, given{
		file: `
listen: [unix:a, "unix:b"]
max:
  text: 1MiB
  batch: 1MiB
  stream: 1MiB
tls-cert: c.pem
tls: {key: k.pem}
reflection: false
`,
		env:   []string{"HANCONV_MAX_BATCH=2MiB", "HANCONV_MAX_STREAM=2MiB", "HANCONV_DRAIN_TIMEOUT=7s"},
		flags: []string{"--max-stream", "3MiB", "--max-calls=9"},
	})
	if err != nil {
		t.Fatal(err)
	}
	const mib = 1 << 20
	if s.Limits.TextBytes != mib || s.Limits.BatchBytes != 2*mib || s.Limits.StreamBytes != 3*mib || s.Limits.ConcurrentStreams != 9 {
		t.Errorf("limits are %+v", s.Limits)
	}
	if s.Lifecycle.DrainTimeout != 7*time.Second || s.Service.Reflection || s.TLS.Key != "k.pem" {
		t.Errorf("got %+v", s)
	}
	if a := s.Listen.Addresses; len(a) != 2 || a[1] != "unix:b" {
		t.Errorf("addresses are %v", a)
	}
}

func TestPrintTellsOriginsAndCanBeReadBack(t *testing.T) {
	s, err := load(t, given{
		file:  "max-text: 1MiB\ntls-cert: 'a: b #c'\ntls-key: k",
		env:   []string{"HANCONV_MAX_BATCH=2MiB", "HANCONV_LISTEN=127.0.0.1:1,unix:x"},
		flags: []string{"--max-stream=3MiB"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`max-text: 1MiB +# file .*/hanconv.yaml:1`,
		`max-batch: 2MiB +# environment HANCONV_MAX_BATCH`,
		`max-stream: 3MiB +# flag --max-stream`,
		`listen: \['?127.0.0.1:1'?, '?unix:x'?\] +# environment HANCONV_LISTEN`,
		`max-batch-items: 1000 +# default`,
	} {
		if !regexp.MustCompile(`(?m)^` + want + `$`).Match(out.Bytes()) {
			t.Errorf("%s is missing in\n%s", want, &out)
		}
	}
	again, err := load(t, given{file: out.String()})
	if err != nil {
		t.Fatalf("%v in\n%s", err, &out)
	}
	if again.TLS.Cert != "a: b #c" || again.Limits != s.Limits || again.Admission != s.Admission {
		t.Errorf("read back, it is %+v", again)
	}
}

func TestWhatIsWrongIsNamedWithItsPlace(t *testing.T) {
	for name, test := range map[string]struct {
		given given
		want  string
	}{
		"unknown key":          {given{file: "\nmax-txt: 1MiB"}, `hanconv.yaml:2: there is no setting "max-txt"; did you mean max-text? Known are listen, `},
		"unknown nested key":   {given{file: "tls:\n  certificate: x"}, `hanconv.yaml:2: there is no setting "tls-certificate"`},
		"wrong size":           {given{file: "max-text: 4MB"}, `hanconv.yaml:1: max-text: "4MB": a size such as`},
		"wrong duration":       {given{file: "max-age: 1 day"}, `hanconv.yaml:1: max-age: "1 day": a duration such as`},
		"wrong number":         {given{file: "max-calls: -1"}, `hanconv.yaml:1: max-calls: "-1": a whole number`},
		"wrong truth":          {given{file: "reflection: perhaps"}, `hanconv.yaml:1: reflection: "perhaps": true or false`},
		"wrong word":           {given{file: "anonymous: some"}, `hanconv.yaml:1: anonymous: "some": one of auto, local, all, none`},
		"zero":                 {given{file: "\n\nmax-connections: 0"}, `hanconv.yaml:3: max-connections: must be more than 0`},
		"negative duration":    {given{file: "drain-delay: -1s"}, `hanconv.yaml:1: drain-delay: must not be less than 0s`},
		"no value":             {given{file: "max-text:"}, `hanconv.yaml:1: max-text: a value is wanted`},
		"list":                 {given{file: "max-text: [1, 2]"}, `hanconv.yaml:1: max-text: one value is wanted, not a list`},
		"twice":                {given{file: "max-text: 1MiB\nmax: {text: 2MiB}"}, `hanconv.yaml:2: max-text is there already, in line 1`},
		"not YAML":             {given{file: "max-text: ["}, `hanconv.yaml: line 1`},
		"no mapping":           {given{file: "- max-text"}, `hanconv.yaml:1: lines of the form NAME: VALUE`},
		"config in a file":     {given{file: "config: other.yaml"}, `hanconv.yaml:1: there is no setting "config"`},
		"cert without key":     {given{file: "\ntls-cert: c"}, `hanconv.yaml:2: tls-cert: tls-cert and tls-key go together, and tls-key is missing`},
		"key without cert":     {given{flags: []string{"--tls-key", "k"}}, `--tls-key: tls-cert and tls-key go together, and tls-cert is missing`},
		"CA without cert":      {given{env: []string{"HANCONV_TLS_CLIENT_CA=x"}}, `HANCONV_TLS_CLIENT_CA: clients' certificates need TLS`},
		"nobody":               {given{file: "anonymous: none"}, `hanconv.yaml:1: anonymous: nobody could call`},
		"unknown variable":     {given{env: []string{"HANCONV_MAX_TXT=1"}}, `HANCONV_MAX_TXT: there is no setting "max-txt"; did you mean max-text?`},
		"variable, wrong case": {given{env: []string{"HANCONV_max_text=1"}}, `HANCONV_max_text: there is no setting`},
		"wrong variable":       {given{env: []string{"HANCONV_MAX_TEXT=x"}}, `HANCONV_MAX_TEXT: "x": a size such as`},
		"no such file":         {given{flags: []string{"--config", "/nowhere/x.yaml"}}, `--config: stat /nowhere/x.yaml: no such file`},
		"no such file by env":  {given{env: []string{"HANCONV_CONFIG=/nowhere/x.yaml"}}, `HANCONV_CONFIG: stat /nowhere/x.yaml: no such file`},
	} {
		_, err := load(t, test.given)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v; want %s", name, err, test.want)
		}
	}
}

// TestVariablesOfKubernetes is about those that a cluster sets in every pod for a service that is called hanconv.
func TestVariablesOfKubernetes(t *testing.T) {
	if _, err := load(t, given{env: []string{
		"HANCONV_SERVICE_HOST=10.0.0.1", "HANCONV_SERVICE_PORT=7420", "HANCONV_SERVICE_PORT_GRPC=7420", "HANCONV_PORT=tcp://10.0.0.1:7420",
		"HANCONV_PORT_7420_TCP=tcp://10.0.0.1:7420", "HANCONV_PORT_7420_TCP_PROTO=tcp", "HANCONV_PORT_7420_TCP_ADDR=10.0.0.1",
	}}); err != nil {
		t.Error(err)
	}
}

func TestNeedRestart(t *testing.T) {
	before, err := load(t, given{file: "max-text: 1MiB"})
	if err != nil {
		t.Fatal(err)
	}
	after, err := load(t, given{file: "max-text: 2MiB\nmax-running: 77\nlisten: [unix:x]"})
	if err != nil {
		t.Fatal(err)
	}
	if names := strings.Join(before.NeedRestart(after), " "); names != "listen max-running" {
		t.Errorf("a restart is needed for %s", names)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("max-text: 1MiB")
	f.Add("max: {text: 1MiB, batch: {}}")
	f.Add("a: &a [*a]")
	f.Add("listen: [a, b]\n---\nx: y")
	f.Add("? [a]\n: b")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := load(t, given{file: text})
		if err != nil {
			if !strings.Contains(err.Error(), fileName) {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		if err := s.Print(&bytes.Buffer{}); err != nil {
			t.Error(err)
		}
	})
}
