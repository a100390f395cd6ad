package han

import "github.com/hanconv/hanconv/dict"

// piece is a stretch of text and what one stage, or a whole program, makes of it.
type piece struct {
	from, to int // lengths in bytes
}

// traceStage is [dict.Stage.AppendConverted] that notes its steps.
func traceStage(stage dict.Stage, text []byte) (out []byte, steps []piece) {
	for len(text) > 0 {
		value, n := stage.Longest(text)
		if n == 0 {
			n = dict.UnitLen(text)
			value = text[:n]
		}
		steps = append(steps, piece{n, len(value)})
		out = append(out, value...)
		text = text[n:]
	}
	return out, steps
}

// traceStages sends text through several stages and joins their steps.
func traceStages(stages []dict.Stage, text []byte) (out []byte, steps []piece) {
	out, steps = text, uncut(text)
	for _, stage := range stages {
		var next []piece
		out, next = traceStage(stage, out)
		steps = join(steps, next)
	}
	return out, steps
}

// uncut takes each unit of text for a step of its own.
func uncut(text []byte) []piece {
	var steps []piece
	for len(text) > 0 {
		n := dict.UnitLen(text)
		steps = append(steps, piece{from: n, to: n})
		text = text[n:]
	}
	return steps
}

// join composes the steps of two stages: a boundary of the whole is one that
// both share in the text between them.
func join(first, second []piece) []piece {
	var joined []piece
	var sum piece
	ahead := 0 // how far first has gone beyond second in the text between
	for len(first) > 0 || len(second) > 0 {
		if ahead <= 0 && len(first) > 0 {
			sum.from += first[0].from
			ahead += first[0].to
			first = first[1:]
		} else {
			sum.to += second[0].to
			ahead -= second[0].from
			second = second[1:]
		}
		if ahead == 0 {
			joined = append(joined, sum)
			sum = piece{}
		}
	}
	return joined
}

// trace converts text through the whole program and notes its steps.
func trace(p *dict.Program, text []byte) (out []byte, steps []piece) {
	normal, steps := traceStages(p.Normalization, text)
	var chained []piece
	p.Segment(normal, func(segment []byte) {
		converted, s := traceStages(p.Stages, segment)
		out = append(out, converted...)
		chained = append(chained, s...)
	})
	return out, join(steps, chained)
}
