package server

import (
	"context"
	"testing"

	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/tap"
)

func BenchmarkReceive(b *testing.B) {
	d := newDoor(newConfig(nil))
	defer d.gate.Close()
	for name, method := range map[string]string{"unary": "/hanconv.v1.ConversionService/Convert", "stream": "/hanconv.v1.ConversionService/StreamConvert"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ctx, cancel := context.WithCancel(context.Background())
				ctx = metadata.NewIncomingContext(ctx, metadata.MD{})
				v, _ := d.receive(ctx, &tap.Info{FullMethodName: method})
				v.Done()
				cancel()
			}
		})
	}
	b.Run("nothing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ctx, cancel := context.WithCancel(context.Background())
			ctx = metadata.NewIncomingContext(ctx, metadata.MD{})
			ctx.Done()
			cancel()
		}
	})
}
