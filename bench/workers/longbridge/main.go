// Command longbridge is the worker for github.com/longbridgeapp/opencc.
package main

import (
	"fmt"
	"os"

	"github.com/longbridgeapp/opencc"

	"github.com/hanconv/hanconv/bench/worker"
)

func main() {
	if err := worker.Run(library{}, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type library struct{}

func (library) Profiles() []string {
	return []string{"s2t", "t2s", "s2tw", "tw2s", "s2twp", "tw2sp", "s2hk", "hk2s", "t2tw", "t2hk", "s2hk-finance"}
}

func (library) Load(profile string, _ bool) (worker.Converter, error) {
	c, err := opencc.New(profile)
	if err != nil {
		return worker.Converter{}, err
	}
	discard := func(t worker.Text) {
		if sink, err = c.Convert(t.String); err != nil {
			panic(err) // a failed conversion would look fast
		}
	}
	return worker.Converter{Discard: discard, Convert: c.Convert}, nil
}

// sink keeps results alive, so that no conversion is optimised away.
var sink string
