package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/meter"
)

// runner converts what is planned.
type runner struct {
	con    console
	engine engine
	meter  *meter.Meter // nil for none
	strict bool         // refuses what is not UTF-8
	advice string       // what to do about a text that is not UTF-8
}

// run carries out every task. One that fails does not keep the others from being done, unless they would fail for the
// same reason.
func (r *runner) run(ctx context.Context, tasks []task) error {
	failed := 0
	for _, t := range tasks {
		err := r.do(ctx, t)
		var usage *usageError
		switch {
		case err == nil:
		case len(tasks) == 1, ctx.Err() != nil, errors.As(err, &usage):
			return err
		case errors.Is(err, errOutputClosed), errors.Is(err, errNoServer):
			return err
		default:
			failed++
			r.meter.Close()
			r.con.report(err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files could not be converted; the others are done", failed, len(tasks))
	}
	return nil
}

func (r *runner) do(ctx context.Context, t task) error {
	out, err := t.target.open(r.con, r.strict)
	if err != nil {
		return err
	}
	defer out.Abort()
	for _, s := range t.sources {
		if err := r.copy(ctx, out, s); err != nil {
			return err
		}
	}
	return out.Commit()
}

func (r *runner) copy(ctx context.Context, out sink, s source) error {
	in, err := s.open(ctx, r.con)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	src := r.meter.Reader(in)
	if r.strict {
		src = &strictReader{src: src}
	}
	return explainBytes(s.name(), r.engine.convert(ctx, out, src), r.advice)
}
