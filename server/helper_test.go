package server_test

import (
	"context"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const kib, mib = 1 << 10, 1 << 20

// samples have what conversions trip over: phrases, one-to-many characters, other scripts, broken characters.
var samples = []string{
	"",
	"plain ASCII",
	"鼠标里面的硅二极管坏了，导致光标分辨率降低。",
	"頭髮與發財，乾坤與乾燥，后来皇后在后面。",
	"我們在臺灣用滑鼠點選伺服器的網際網路連結。",
	"恒生指数收市报二万点，港股成交额上升。\n第二行：软件。\r\n",
	"⿰木頁 𠮷野家 𪜎 \u200d葛󠄀城 café 한국어 ひらがな",
	"nul\x00inside, 里\x00面",
	"broken \xff里\xe9\x87 \xc0\xaf \xed\xa0\x80 面\xf0\x9f",
}

// start serves on a TCP port of its own until the test ends.
func start(t testing.TB, opts ...server.Option) (addr string, s *server.Server) {
	t.Helper()
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, l, opts...)
}

func serve(t testing.TB, l net.Listener, opts ...server.Option) (addr string, s *server.Server) {
	t.Helper()
	s = server.New(opts...)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), s
}

func startUnix(t testing.TB) (target string) {
	t.Helper()
	target = "unix:" + filepath.Join(t.TempDir(), "s")
	l, err := server.Listen(target)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, l)
	return target
}

func dial(t testing.TB, target string, opts ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	opts = append(opts, grpc.WithTransportCredentials(insecure.NewCredentials()))
	conn, err := grpc.NewClient(target, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func rpc(t testing.TB, target string) pb.ConversionServiceClient {
	return pb.NewConversionServiceClient(dial(t, target))
}

func profile(name string) *pb.ConversionOptions { return &pb.ConversionOptions{Profile: name} }

func converter(t testing.TB, name string, opts ...han.Option) *han.Converter {
	t.Helper()
	c, err := han.New(name, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// failure is what a client sees of an error.
type failure struct {
	code    codes.Code
	reason  string
	fields  []string
	meta    map[string]string
	message string
}

func failureOf(t testing.TB, err error) failure {
	t.Helper()
	return failureOfStatus(t, status.Convert(err))
}

func failureOfStatus(t testing.TB, st *status.Status) failure {
	t.Helper()
	f := failure{code: st.Code(), message: st.Message()}
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			f.reason, f.meta = d.GetReason(), d.GetMetadata()
			if d.GetDomain() != "hanconv" {
				t.Errorf("domain %q", d.GetDomain())
			}
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				f.fields = append(f.fields, v.GetField())
				if v.GetDescription() == "" {
					t.Errorf("field %s has no description", v.GetField())
				}
			}
		default:
			t.Errorf("unexpected detail %T: %v", d, d)
		}
	}
	return f
}

// streamAll sends the chunks while it receives, and joins what comes back.
func streamAll(
	ctx context.Context, c pb.ConversionServiceClient, o *pb.ConversionOptions, chunks ...string,
) (string, *pb.ConversionInfo, error) {
	s, err := c.StreamConvert(ctx)
	if err != nil {
		return "", nil, err
	}
	go func() {
		_ = s.Send(optionsMessage(o))
		for _, c := range chunks {
			if s.Send(chunkMessage(c)) != nil {
				return
			}
		}
		_ = s.CloseSend()
	}()
	return receiveAll(s)
}

func receiveAll(s pb.ConversionService_StreamConvertClient) (string, *pb.ConversionInfo, error) {
	var out strings.Builder
	var info *pb.ConversionInfo
	for {
		m, err := s.Recv()
		if err != nil {
			return out.String(), info, err
		}
		if h := m.GetHeader(); h != nil {
			info = h.GetConversion()
		}
		out.Write(m.GetChunk())
	}
}

func optionsMessage(o *pb.ConversionOptions) *pb.StreamConvertRequest {
	return &pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Options{
		Options: &pb.StreamConvertOptions{Options: o},
	}}
}

func chunkMessage(c string) *pb.StreamConvertRequest {
	return &pb.StreamConvertRequest{Message: &pb.StreamConvertRequest_Chunk{Chunk: []byte(c)}}
}

// mixture is a random text of n bytes at least, made of the samples.
func mixture(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		runes := []rune(samples[1+r.IntN(len(samples)-1)])
		i := r.IntN(len(runes))
		b.WriteString(string(runes[i:]))
	}
	return b.String()
}
