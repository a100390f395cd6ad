// Train computes the context model that package model embeds: from native
// Traditional texts and pinned packages, with the same bytes for the same
// inputs.
//
//	go run ./internal/train -texts DIR -o model/context.model
//	go run ./internal/train -texts DIR -leave-one-out
//
// DIR holds texts as FILE.txt or FILE.txt.xz, one sentence or paragraph a line,
// named GENRE-REGION-NAME, and a table SOURCES.tsv that says where each comes
// from.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/hanconv/hanconv/model"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("train: ")
	var o options
	flag.StringVar(&o.texts, "texts", "", "`FOLDER` with the texts to train on")
	flag.StringVar(&o.held, "held", "", "`FOLDER` with texts to measure on; never trained on")
	flag.StringVar(&o.pairs, "pairs", "", "`FILES` of pairs (Simplified, tab, Traditional) to measure on, separated by commas")
	flag.StringVar(&o.learnPairs, "learn-pairs", "", "`FILES` of pairs to train on as well, for measurements only")
	flag.StringVar(&o.output, "o", "", "write the model to `FILE`")
	flag.StringVar(&o.without, "without", "", "genres to leave out, separated by commas")
	flag.BoolVar(&o.leaveOneOut, "leave-one-out", false, "leave out one genre after the other and print a table")
	o.fit.register(flag.CommandLine)
	flag.Parse()
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

type options struct {
	texts, held, pairs, learnPairs, output, without string
	leaveOneOut                                     bool
	fit                                             settings
}

func run(o options) error {
	t, err := newTrainer(o)
	if err != nil {
		return err
	}
	if o.leaveOneOut {
		return t.leaveOneGenreOut()
	}
	file := t.file(t.fit(t.train, families...))
	t.calibrate(file)
	t.setMargins(file)
	t.setTrust(file)
	if err := t.report(file); err != nil || o.output == "" {
		return err
	}
	data, err := file.Encode()
	if err != nil {
		return err
	}
	if _, err := model.Open(data); err != nil {
		return fmt.Errorf("the new model does not open: %w", err)
	}
	return os.WriteFile(o.output, data, 0o644)
}
