package han_test

import (
	"os"
	"testing"

	"github.com/hanconv/hanconv/han"
)

func BenchmarkTmp(b *testing.B) {
	data, _ := os.ReadFile("/tmp/w/s.txt")
	trad, _ := os.ReadFile("/tmp/w/t.txt")
	for _, name := range []string{"s2t", "t2s", "s2tw", "s2twp", "tw2sp", "s2hk", "s2hkp", "t2tw"} {
		b.Run(name, func(b *testing.B) {
			c, _ := han.New(name)
			text := data
			if name[0] == 't' {
				text = trad
			}
			dst := make([]byte, 0, len(text)*2)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				dst = c.Append(dst[:0], text)
			}
		})
	}
	b.Run("map", func(b *testing.B) {
		var table [1 << 16]uint32
		for i := range table {
			table[i] = uint32(i) * 3
		}
		dst := make([]byte, len(data)+8)
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			i := 0
			for i+4 <= len(data) {
				w := uint32(data[i]) | uint32(data[i+1])<<8 | uint32(data[i+2])<<16 | uint32(data[i+3])<<24
				if w&0xC0C0F0 == 0x8080E0 {
					x := table[w&0xF<<12|w>>2&0xFC0|w>>16&0x3F]
					dst[i], dst[i+1], dst[i+2] = byte(x), byte(x>>8), byte(x>>16)
					i += 3
				} else {
					dst[i] = data[i]
					i++
				}
			}
		}
	})
}
