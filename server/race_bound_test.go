//go:build race

package server_test

import "time"

// promptly is how soon a cancelled call ends; the race detector makes everything slower.
const promptly = time.Second
