package han

import (
	"strings"

	"github.com/hanconv/hanconv/dict"
)

// Inspection shows how a text was converted. It marshals to the JSON that
// OpenCC's --inspect prints: of a profile that normalises first,
// PipelineStages holds the normalisation and then the conversion, each with
// its own segments and stages; otherwise Segments and Stages stand here.
type Inspection struct {
	Input          string            `json:"input"`
	Segments       []string          `json:"segments"`
	Stages         []InspectionStage `json:"stages"`
	PipelineStages []Inspection      `json:"pipelineStages"`
	Output         string            `json:"output"`
	// Choices tell what was decided by context; absent without [WithContext].
	Choices []Choice `json:"choices,omitempty"`
}

// InspectionStage is what one stage of a conversion chain made of each segment.
type InspectionStage struct {
	Index    int      `json:"index"` // from 1
	Segments []string `json:"segments"`
}

// Inspect converts s as [Converter.Convert] does and shows the way there.
func (c *Converter) Inspect(s string) Inspection {
	if c.chain != nil {
		a := c.chain.align(s)
		i := c.inspectExact(s)
		i.Output, i.Choices = a.Target, a.Choices
		return i
	}
	return c.inspectExact(s)
}

// inspectExact shows what the dictionaries alone do.
func (c *Converter) inspectExact(s string) Inspection {
	p := c.engine.program
	if len(p.Normalization) == 0 {
		return inspect(s, segmentsOf(p, s), p.Stages)
	}
	normal := inspect(s, []string{s}, p.Normalization)
	main := inspect(normal.Output, segmentsOf(p, normal.Output), p.Stages)
	return Inspection{
		Input: s, Segments: []string{}, Stages: []InspectionStage{},
		PipelineStages: []Inspection{normal, main}, Output: main.Output,
	}
}

func segmentsOf(p *dict.Program, text string) []string {
	if p.Segmentation == nil {
		return []string{text}
	}
	segments := []string{}
	p.Segment([]byte(text), func(segment []byte) { segments = append(segments, string(segment)) })
	return segments
}

func inspect(input string, segments []string, stages []dict.Stage) Inspection {
	i := Inspection{
		Input: input, Segments: segments, Stages: []InspectionStage{},
		PipelineStages: []Inspection{}, Output: strings.Join(segments, ""),
	}
	for n, stage := range stages {
		converted := make([]string, len(segments))
		for k, segment := range segments {
			out, _ := stage.AppendConverted(nil, []byte(segment), true)
			converted[k] = string(out)
		}
		i.Stages = append(i.Stages, InspectionStage{Index: n + 1, Segments: converted})
		segments = converted
		i.Output = strings.Join(segments, "")
	}
	return i
}
