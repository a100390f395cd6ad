package han

import "github.com/hanconv/hanconv/dict"

// layers sends text through a program's stages as OpenCC does, but in pieces:
// each stage keeps back what could still become part of a longer match, so
// that its memory is bounded by the longest key, not by the text.
type layers struct {
	program   *dict.Program
	normalize []layer
	segment   []byte // kept back by the segmentation
	stages    []layer
}

// layer is what a stage keeps back, and its output buffer.
type layer struct {
	stage   dict.Stage
	in, out []byte
}

func newLayers(p *dict.Program) *layers {
	l := &layers{program: p}
	for _, stage := range p.Normalization {
		l.normalize = append(l.normalize, layer{stage: stage})
	}
	for _, stage := range p.Stages {
		l.stages = append(l.stages, layer{stage: stage})
	}
	return l
}

// write takes the next piece of text and appends what is certain by now;
// with end everything, and the layers are ready for another text.
func (l *layers) write(dst, text []byte, end bool) []byte {
	text = through(l.normalize, text, end)
	if l.program.Segmentation == nil {
		return l.chain(dst, text, end)
	}
	return l.segments(dst, text, end)
}

// chain takes the next piece of a segment; end ends the segment.
func (l *layers) chain(dst, text []byte, end bool) []byte {
	return append(dst, through(l.stages, text, end)...)
}

func through(stages []layer, text []byte, end bool) []byte {
	for i := range stages {
		text = stages[i].write(text, end)
	}
	return text
}

func (l *layer) write(text []byte, end bool) []byte {
	if len(l.in) == 0 && end {
		l.out, _ = l.stage.AppendConverted(l.out[:0], text, true)
		return l.out
	}
	l.in = append(l.in, text...)
	var n int
	l.out, n = l.stage.AppendConverted(l.out[:0], l.in, end)
	l.in = l.in[:copy(l.in, l.in[n:])]
	return l.out
}

// segments is [dict.Program.Segment] in pieces: a segment that is no phrase
// may be as long as the text and goes through the chain as it comes.
func (l *layers) segments(dst, text []byte, end bool) []byte {
	table := l.program.Segmentation
	l.segment = append(l.segment, text...)
	text = l.segment
	limit := len(text)
	if !end {
		limit -= table.LookAhead()
	}
	var d dict.Descriptions
	start, i := 0, 0
	for i < limit {
		entry, n := table.Longest(text[i:])
		if entry == 0 {
			i += d.UnitLen(text, i)
			continue
		}
		dst = l.chain(dst, text[start:i], true)
		dst = append(dst, l.program.Whole.At(entry)...)
		i += n
		start = i
	}
	dst = l.chain(dst, text[start:i], end)
	l.segment = l.segment[:copy(l.segment, l.segment[i:])]
	return dst
}

// shrink lets go of buffers that an unusual text has made large.
func (l *layers) shrink(limit int) {
	for _, stages := range [][]layer{l.normalize, l.stages} {
		for i := range stages {
			if cap(stages[i].in)+cap(stages[i].out) > limit {
				stages[i].in, stages[i].out = nil, nil
			}
		}
	}
	if cap(l.segment) > limit {
		l.segment = nil
	}
}
