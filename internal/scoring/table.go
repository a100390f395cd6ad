package scoring

import (
	"fmt"
	"io"
)

// Table prints scores, a row as soon as it is known.
type Table struct {
	w         io.Writer
	ambiguous bool
}

// NewTable prints the head of a table. Without ambiguous characters their
// columns have a dash.
func NewTable(w io.Writer, ambiguous bool) (*Table, error) {
	_, err := fmt.Fprintf(w, "%-16s %9s %8s %6s %7s %6s %7s %6s %7s %7s\n",
		"set", "n", "fold%", "err", "AMB%", "err", "HARD%", "err", "macro%", "sent%")
	return &Table{w, ambiguous}, err
}

// Row prints the score of a set.
func (t *Table) Row(name string, s *Score) error {
	_, err := fmt.Fprintf(t.w, "%-16s %9d %8.3f %6d %s %s %s %7.2f\n",
		name, s.All.Characters, s.All.Percent(), s.All.Errors,
		t.tally(s.Ambiguous), t.tally(s.Hard), t.macro(s), s.LinesPercent())
	return err
}

func (t *Table) tally(of Tally) string {
	if !t.ambiguous {
		return fmt.Sprintf("%7s %6s", "-", "-")
	}
	return fmt.Sprintf("%7.2f %6d", of.Percent(), of.Errors)
}

func (t *Table) macro(s *Score) string {
	if !t.ambiguous {
		return fmt.Sprintf("%7s", "-")
	}
	return fmt.Sprintf("%7.2f", s.Macro())
}
