//go:build !race

package han

// slack is how much longer things may take under the race detector.
const slack = 1
