// Package report writes what the benchmark measured: a Markdown table and a
// plot.
package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Median returns the middle value, the mean of the middle two if their number
// is even, and 0 if there are none. It leaves the values as they are.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// Number writes a value above 0 with two or three digits that count, and a
// dash for everything else: nothing was measured.
func Number(v float64) string {
	switch {
	case !(v > 0):
		return "–"
	case v < 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v < 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return group(strconv.FormatFloat(v, 'f', 0, 64))
}

// group separates thousands by commas.
func group(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Table is a table in Markdown. The first Labels columns are flush left.
type Table struct {
	Labels int
	Head   []string
	Rows   [][]string
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Write writes the table.
func (t *Table) Write(w io.Writer) error {
	rule := make([]string, len(t.Head))
	for i := range rule {
		rule[i] = "--:"
		if i < t.Labels {
			rule[i] = "---"
		}
	}
	for _, row := range append([][]string{t.Head, rule}, t.Rows...) {
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | ")); err != nil {
			return err
		}
	}
	return nil
}
