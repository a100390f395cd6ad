package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/hanconv/hanconv/internal/testca"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hanconv": main})
}

// TestScript runs testdata/script, where the command's use is shown by example. Besides testscript's own commands the
// scripts have:
//
//	freeaddr VAR        sets VAR to an address on this machine that nobody listens on
//	waitaddr ADDRESS    waits until somebody listens on HOST:PORT or unix:PATH
//	waitfile PATTERN    waits until a file with a name like that exists
//	repeat N SRC DST    writes N times the file SRC to the file DST
//	certify NAME [FOR]  writes NAME.pem and NAME.key for a time such as 1h, vouched for by ca.pem, which it makes if missing
//	hex FILE BYTES      writes a file of bytes in hexadecimal
//	http FILE METHOD URL [BODY [TOKEN]]   asks a web server and writes its status and body
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector otherwise keeps every process for a second
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"freeaddr": freeAddr,
			"waitaddr": waitAddr,
			"waitfile": waitFile,
			"repeat":   repeat,
			"hex":      writeHex,
			"certify":  certify,
			"http":     askHTTP,
		},
	})
}

func freeAddr(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

func waitAddr(ts *testscript.TestScript, _ bool, args []string) {
	network, address := "tcp", args[0]
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", ts.MkAbs(path)
	}
	await(ts, "nobody listens on "+args[0], func() bool {
		conn, err := net.Dial(network, address)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
}

func waitFile(ts *testscript.TestScript, _ bool, args []string) {
	await(ts, "no file "+args[0], func() bool {
		found, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		return len(found) > 0
	})
}

func await(ts *testscript.TestScript, failure string, done func() bool) {
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s after 10 seconds", failure)
		}
	}
}

func repeat(ts *testscript.TestScript, _ bool, args []string) {
	var n int
	_, err := fmt.Sscan(args[0], &n)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Repeat(ts.ReadFile(args[1]), n)), 0o666))
}

// scriptT lets testca fail a script.
type scriptT struct{ *testscript.TestScript }

func (scriptT) Helper()             {}
func (t scriptT) Fatal(args ...any) { t.Fatalf("%s", fmt.Sprint(args...)) }

// authorities are those of the scripts that run, by their folder.
var authorities sync.Map

func certify(ts *testscript.TestScript, _ bool, args []string) {
	valid := time.Hour
	if len(args) > 1 {
		var err error
		valid, err = time.ParseDuration(args[1])
		ts.Check(err)
	}
	made, _ := authorities.LoadOrStore(ts.Getenv("WORK"), sync.OnceValue(func() *testca.Authority { return testca.New(scriptT{ts}) }))
	ca := made.(func() *testca.Authority)()
	pair := ca.Issue(scriptT{ts}, args[0], valid)
	for name, content := range map[string][]byte{"ca.pem": ca.PEM, args[0] + ".pem": pair.Cert, args[0] + ".key": pair.Key} {
		ts.Check(os.WriteFile(ts.MkAbs(name), content, 0o600))
	}
}

func writeHex(ts *testscript.TestScript, _ bool, args []string) {
	var b []byte
	_, err := fmt.Sscanf(args[1], "%x", &b)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o666))
}

func askHTTP(ts *testscript.TestScript, _ bool, args []string) {
	args = append(args, "", "")
	req, err := http.NewRequest(args[1], args[2], strings.NewReader(args[3]))
	ts.Check(err)
	if args[3] != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if args[4] != "" {
		req.Header.Set("Authorization", "Bearer "+args[4])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	resp, err := client.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), append([]byte(resp.Status+"\n"), body...), 0o666))
}
