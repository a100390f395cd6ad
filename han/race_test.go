//go:build race

package han_test

const raceEnabled = true
