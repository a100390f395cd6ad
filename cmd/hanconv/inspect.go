package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/han"
)

const inspectHelp = `Show how a text is converted: its segments, what every stage of the conversion
chain makes of them, and the output. Each text, or each line of standard input,
gives one line of JSON with the members that OpenCC's --inspect shows.

With --context there is one more, "choices": for each character or word with
several candidates its place in bytes, the candidates with their probabilities,
the index of the one that was chosen, the confidence, and whether the dictionary
agreed, the model overruled it, or the script of the text around decided. Segments
and stages are those of the dictionaries alone.`

func newInspect(con console) *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "inspect [TEXT…]",
		Short: "Show segments, stages and output as JSON",
		Long:  inspectHelp,
		Example: "  hanconv inspect -c s2tw 头发发现\n  hanconv inspect -c s2twp < article.txt\n" +
			"  hanconv inspect -c s2tw --context 爱迪生发明了电灯",
		RunE: action(func(cmd *cobra.Command, args []string) error {
			if err := s.check(cmd); err != nil {
				return err
			}
			return s.inspectTexts(cmd.Context(), con, args)
		}),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	s.register(cmd)
	return cmd
}

func (s *selection) inspectTexts(ctx context.Context, con console, texts []string) error {
	converter, err := s.load()
	if err != nil {
		return err
	}
	e := &inspectEngine{converter: converter}
	if len(texts) == 0 {
		r := runner{con: con, engine: e, advice: "JSON cannot show such bytes"}
		return interruptible(ctx, func(ctx context.Context) error {
			return r.run(ctx, []task{{sources: []source{{}}}})
		})
	}
	for _, t := range texts {
		if err := e.text(con.stdout(), t); err != nil {
			return explainBytes("argument", err, "JSON cannot show such bytes")
		}
	}
	return nil
}

// text inspects a text as one, however many lines it has.
func (e *inspectEngine) text(dst io.Writer, text string) error {
	if err := han.CheckUTF8(text); err != nil {
		return err
	}
	return newLineEncoder(dst).Encode(e.inspect(text))
}
