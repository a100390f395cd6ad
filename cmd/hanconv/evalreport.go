package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hanconv/hanconv/internal/scoring"
)

// scored is the score of a set.
type scored struct {
	Set     string `json:"set"`
	Profile string `json:"profile,omitempty"`
	scoring.Score
	// Macro is left out without ambiguous characters.
	Macro *float64 `json:"macroPercent,omitempty"`
}

// report is what --json writes.
type report struct {
	Sets []scored `json:"sets"`
	All  scored   `json:"all"`
}

func (r *report) add(s scored) {
	r.Sets = append(r.Sets, s)
	r.All.Add(&s.Score)
}

func (r *report) write(con console, file string, ambiguous bool) error {
	if file == "" {
		return nil
	}
	if ambiguous {
		for i := range r.Sets {
			r.Sets[i].setMacro()
		}
		r.All.setMacro()
	}
	out, err := target{path: file}.open(con, false)
	if err != nil {
		return err
	}
	defer out.Abort()
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return err
	}
	return out.Commit()
}

func (s *scored) setMacro() {
	m := s.Score.Macro()
	s.Macro = &m
}

// errorList is the file of --errors, or nothing.
type errorList struct {
	sink
	lines *bufio.Writer
}

func newErrorList(con console, file string) (*errorList, error) {
	if file == "" {
		return &errorList{sink: openWriter{}}, nil
	}
	out, err := target{path: file}.open(con, false)
	if err != nil {
		return nil, err
	}
	l := &errorList{out, bufio.NewWriter(out)}
	_, err = io.WriteString(l.lines, "set\tline\tsource\tright\tgot\tcontext\n")
	return l, err
}

// adder returns what adds a mistake in a set, or nil without a file.
func (l *errorList) adder(set string) func(scoring.Mistake) {
	if l.lines == nil {
		return nil
	}
	return func(m scoring.Mistake) { // Commit gives the error
		_, _ = fmt.Fprintf(l.lines, "%s\t%d\t%s\t%s\t%s\t%s\n", set, m.Line, m.Source, m.Want, m.Got, m.Context)
	}
}

// Commit implements sink.
func (l *errorList) Commit() error {
	if l.lines == nil {
		return nil
	}
	if err := l.lines.Flush(); err != nil {
		return err
	}
	return l.sink.Commit()
}
