package bytesize_test

import (
	"testing"

	"github.com/hanconv/hanconv/internal/bytesize"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "1000000": 1000000, "256KiB": 256 << 10, "4MiB": 4 << 20, "2GiB": 2 << 30, "1TiB": 1 << 40,
	} {
		n, err := bytesize.Parse(text)
		if err != nil || n != want || bytesize.Format(n) != text {
			t.Errorf("Parse(%q) gave %d, shown as %s, %v; want %d", text, n, bytesize.Format(n), err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "4X", "KiB", "1.5MiB", "4MB", "4 MiB", "99999999999TiB", "9223372036854775807"} {
		if n, err := bytesize.Parse(text); err == nil {
			t.Errorf("Parse(%q) gave %d; want an error", text, n)
		}
	}
}
