package gateway

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"

	"connectrpc.com/connect"
	"connectrpc.com/vanguard"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

// newTranscoder makes gRPC of all that is a call.
func newTranscoder(c Config) (http.Handler, error) {
	most := c.Limits.MessageBytes()
	service := vanguard.NewService(pb.ConversionService_ServiceDesc.ServiceName, inside(c.Log),
		vanguard.WithTargetProtocols(vanguard.ProtocolGRPC),
		vanguard.WithTargetCodecs(vanguard.CodecProto),
		vanguard.WithNoTargetCompression(), // nothing is gained by it inside a process
		vanguard.WithMaxMessageBufferBytes(uint32(most)),
	)
	return vanguard.NewTranscoder([]*vanguard.Service{service},
		vanguard.WithCodec(newJSON),
		vanguard.WithCompression(vanguard.CompressionGzip,
			func() connect.Compressor { return gzip.NewWriter(io.Discard) },
			func() connect.Decompressor { return &boundedGzip{most: int64(most)} },
		),
		vanguard.WithUnknownHandler(http.HandlerFunc(notFound)),
	)
}

// strictJSON is JSON in which a misspelt field is an error, and an error is the client's.
type strictJSON struct{ *vanguard.JSONCodec }

func newJSON(r vanguard.TypeResolver) vanguard.Codec {
	return strictJSON{&vanguard.JSONCodec{
		MarshalOptions:   protojson.MarshalOptions{Resolver: r, EmitDefaultValues: true},
		UnmarshalOptions: protojson.UnmarshalOptions{Resolver: r},
	}}
}

// Unmarshal implements vanguard.Codec.
func (j strictJSON) Unmarshal(data []byte, m proto.Message) error {
	err := j.JSONCodec.Unmarshal(data, m)
	if err == nil {
		return nil
	}
	message := fmt.Errorf("the body is no JSON of the type %s: %w", m.ProtoReflect().Descriptor().FullName(), err)
	return refusal(connect.CodeInvalidArgument, message, &errdetails.ErrorInfo{
		Domain: server.ErrorDomain, Reason: "MALFORMED_MESSAGE",
	})
}

func refusal(code connect.Code, message error, details ...proto.Message) error {
	e := connect.NewError(code, message)
	for _, d := range details {
		if detail, err := connect.NewErrorDetail(d); err == nil {
			e.AddDetail(detail)
		}
	}
	return e
}

// boundedGzip is a gzip.Reader that gives up on a body that becomes too large.
type boundedGzip struct {
	gzip.Reader
	most, left int64
}

// Reset implements connect.Decompressor.
func (g *boundedGzip) Reset(r io.Reader) error {
	g.left = g.most
	if err := g.Reader.Reset(r); err != nil {
		return refusal(connect.CodeInvalidArgument, fmt.Errorf("the body is not gzip: %w", err))
	}
	return nil
}

// Read implements io.Reader.
func (g *boundedGzip) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p[:min(int64(len(p)), g.left+1)])
	g.left -= int64(n)
	switch {
	case g.left < 0:
		message := fmt.Errorf("the body has more than %d bytes when decompressed, which is what this server takes", g.most)
		return 0, refusal(connect.CodeResourceExhausted, message, &errdetails.ErrorInfo{
			Domain: server.ErrorDomain, Reason: "TOO_MANY_BYTES", Metadata: map[string]string{"limit_bytes": fmt.Sprint(g.most)},
		})
	case err != nil && !errors.Is(err, io.EOF):
		return n, refusal(connect.CodeInvalidArgument, fmt.Errorf("the body is not gzip: %w", err))
	}
	return n, err
}
