package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

const (
	tokenPrefix = "hanconv_" // lets scanners for secrets find tokens that went astray
	tokenBytes  = 32
	hashPrefix  = "sha256:"
)

// Hash is the SHA-256 of a token.
type Hash [sha256.Size]byte

// NewToken makes a token of 256 random bits.
func NewToken() string {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// HashToken is the hash of a token.
func HashToken(token string) Hash { return sha256.Sum256([]byte(token)) }

// String is the hash as the file has it.
func (h Hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// ParseHash reads what String writes. The error does not repeat s, which may be a token by mistake.
func ParseHash(s string) (h Hash, err error) {
	digits, ok := strings.CutPrefix(s, hashPrefix)
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) != len(h) {
		return h, errors.New("sha256: and 64 hexadecimal digits are wanted, as hanconv token prints them; tokens themselves do not belong here")
	}
	return Hash(b), nil
}
