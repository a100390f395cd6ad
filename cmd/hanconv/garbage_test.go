package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// As long as little is in use, garbage may gather; when much is, as much as that and no more.
func TestCollectorKeepsSlack(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	runtime.GC()
	newCollector(64 << 20).watch()
	awaitPercent(t, func(percent uint64) bool { return percent == 400 })
	ballast := make([]byte, 128<<20)
	awaitPercent(t, func(percent uint64) bool { return percent == 100 })
	runtime.KeepAlive(ballast)
	awaitPercent(t, func(percent uint64) bool { return percent == 400 })
}

func liveBytes() uint64 { return read("/gc/heap/live:bytes") }

func read(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func awaitPercent(t *testing.T, ok func(uint64) bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		runtime.GC()
		if ok(read("/gc/gogc:percent")) {
			return
		}
	}
	t.Fatalf("GOGC is %d with %d MB in use", read("/gc/gogc:percent"), liveBytes()>>20)
}
