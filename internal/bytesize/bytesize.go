// Package bytesize reads and writes numbers of bytes as people do: "1000000", "256KiB", "4MiB", "2GiB".
package bytesize

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"
)

var units = []string{"", "KiB", "MiB", "GiB", "TiB"}

var errForm = errors.New("a size such as 1000000, 256KiB, 4MiB or 2GiB is wanted")

// Parse reads a number of bytes, which is more than 0.
func Parse(s string) (int64, error) {
	digits := strings.TrimRight(s, "KMGTiB")
	for i, unit := range units {
		if s != digits+unit {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n <= 0 || bits.Len64(uint64(n))+10*i > 62 {
			break
		}
		return n << (10 * i), nil
	}
	return 0, errForm
}

// Format writes n in the largest unit that needs no fraction.
func Format(n int64) string {
	unit := 0
	for n > 0 && n%1024 == 0 && unit < len(units)-1 {
		n, unit = n/1024, unit+1
	}
	return strconv.FormatInt(n, 10) + units[unit]
}
