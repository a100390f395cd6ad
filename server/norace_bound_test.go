//go:build !race

package server_test

import "time"

// promptly is how soon a cancelled call ends.
const promptly = 50 * time.Millisecond
