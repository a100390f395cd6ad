package settings

import (
	"errors"

	"github.com/hanconv/hanconv/internal/bytesize"
)

// byteSize is a flag for a number of bytes.
type byteSize[T int | int64] struct{ n *T }

func sizeFlag[T int | int64](n *T) byteSize[T] { return byteSize[T]{n} }

// Set implements pflag.Value.
func (b byteSize[T]) Set(s string) error {
	n, err := bytesize.Parse(s)
	if err != nil {
		return err
	}
	if int64(T(n)) != n {
		return errors.New("this is more than the machine can address")
	}
	*b.n = T(n)
	return nil
}

// String implements pflag.Value.
func (b byteSize[T]) String() string {
	if b.n == nil {
		return "0"
	}
	return bytesize.Format(int64(*b.n))
}

// Type implements pflag.Value.
func (b byteSize[T]) Type() string { return "size" }
