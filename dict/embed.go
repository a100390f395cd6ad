package dict

import (
	_ "embed"
	"sync"
)

//go:generate go run ../internal/gendict -dict opencc.dict -oracle ../internal/oracle/oracle.json.gz

//go:embed opencc.dict
var embedded []byte

// BuiltIn returns the dictionaries that this package carries. The first call
// reads their directory; nothing happens before.
var BuiltIn = sync.OnceValue(func() *File {
	f, err := Open(embedded)
	if err != nil {
		panic(err) // go generate wrote a file that Open does not read
	}
	return f
})
