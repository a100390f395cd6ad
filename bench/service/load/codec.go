package load

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	protobuf "google.golang.org/protobuf/proto"
)

// encoded is a message in its wire format, to be sent any number of times.
type encoded []byte

func encode(m protobuf.Message) (encoded, error) { return protobuf.Marshal(m) }

// counted stands for a received message and is the number of its bytes.
type counted int

// codec sends encoded and receives counted.
type codec struct{}

// Marshal implements encoding.CodecV2.
func (codec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.(encoded))}, nil
}

// Unmarshal implements encoding.CodecV2.
func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*counted) = counted(data.Len())
	return nil
}

// Name implements encoding.CodecV2.
func (codec) Name() string { return proto.Name }

// asIs is the call option for calls whose messages are encoded and counted.
func asIs() grpc.CallOption { return grpc.ForceCodecV2(codec{}) }
