package main

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"
)

// byteSize is a flag for a number of bytes: "1000000", "256KiB", "4MiB", "2GiB".
type byteSize[T int | int64] struct{ n *T }

func sizeFlag[T int | int64](n *T) byteSize[T] { return byteSize[T]{n} }

var sizeUnits = []string{"", "KiB", "MiB", "GiB", "TiB"}

// Set implements pflag.Value.
func (b byteSize[T]) Set(s string) error {
	digits := strings.TrimRight(s, "KMGTiB")
	for i, unit := range sizeUnits {
		if s != digits+unit {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n <= 0 || bits.Len64(uint64(n))+10*i > 62 || int64(T(n<<(10*i))) != n<<(10*i) {
			break
		}
		*b.n = T(n << (10 * i))
		return nil
	}
	return errors.New("a size such as 1000000, 256KiB, 4MiB or 2GiB is wanted")
}

// String implements pflag.Value.
func (b byteSize[T]) String() string {
	n, unit := int64(0), 0
	if b.n != nil {
		n = int64(*b.n)
	}
	for n > 0 && n%1024 == 0 && unit < len(sizeUnits)-1 {
		n, unit = n/1024, unit+1
	}
	return strconv.FormatInt(n, 10) + sizeUnits[unit]
}

// Type implements pflag.Value.
func (b byteSize[T]) Type() string { return "size" }
