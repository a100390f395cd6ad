package server

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

// RequestIDHeader is the metadata in which a client may name its call and in which the server returns the name.
const RequestIDHeader = "x-request-id"

// Call tells what one call was about, and nothing of its text.
type Call struct {
	// Method is the full name: "/hanconv.v1.ConversionService/Convert". Known is false for one that the server does not
	// have.
	Method string
	Known  bool
	// RequestID is what the client sent as x-request-id, or a random one.
	RequestID string
	// Peer is the address of the client, and Client the name under which it is known; empty if it gave none.
	Peer   net.Addr
	Client string
	// Profile is the profile in use; empty if the call was refused before one was chosen.
	Profile string
	// Texts is how many texts were converted; a stream is one.
	Texts int
	// BytesIn and BytesOut are the sizes of texts before and after conversion, in bytes of UTF-8.
	BytesIn, BytesOut int64
	// Characters is the size of the texts before conversion in code points, and CharactersByContext how many of them the
	// context model decided otherwise than the dictionaries alone would have; see han.Converter.AppendCount.
	Characters, CharactersByContext int64
	// Start is when the call arrived, and Duration how long it took.
	Start    time.Time
	Duration time.Duration
	// Code is the outcome, and Reason, where it is not OK, the reason of its google.rpc.ErrorInfo.
	Code   codes.Code
	Reason string

	reached bool // the message was read
	wantsID bool // the client has sent an id, and gets it back
	hasID   bool // the client has been given the id
}

// Observer hears of every call. Its methods must not block, and are called by many goroutines at once.
type Observer interface {
	// CallStarted is called when a call of a known method arrives.
	CallStarted(method string)
	// CallEnded is called when a call has ended, for a known method once for each CallStarted. c belongs to the observer.
	CallEnded(ctx context.Context, c *Call)
}

// WithObserver makes the server report its calls, those that it refuses included. Several observers may be given.
func WithObserver(o Observer) Option {
	return func(c *config) { c.observers = append(c.observers, o) }
}

// WithStatsHandler adds a handler of gRPC's events, such as that of a tracer. It must not keep messages.
func WithStatsHandler(h stats.Handler) Option {
	return func(c *config) { c.stats = append(c.stats, h) }
}

type callKey struct{}

// callOf is nil where nobody observes; Call's own methods take that.
func callOf(ctx context.Context) *Call {
	if v := visitOf(ctx); v != nil {
		return v.report
	}
	c, _ := ctx.Value(callKey{}).(*Call) // of a transport that knows no receive
	return c
}

// Identify notes for the observers of the call that runs in ctx under which name its client is known.
func Identify(ctx context.Context, name string) {
	if c := callOf(ctx); c != nil {
		c.Client = name
	}
}

// identify notes under which name the client is known.
func (c *Call) identify(name string) {
	if c != nil {
		c.Client = name
	}
}

func (c *Call) chose(v conversion) {
	if c != nil {
		c.Profile = v.profile
	}
}

// begin notes one more text.
func (c *Call) begin() {
	if c != nil {
		c.Texts++
	}
}

// took notes a piece of text to convert.
func (c *Call) took(text []byte) {
	if c != nil {
		c.BytesIn += int64(len(text))
		c.Characters += int64(countCharacters(text))
	}
}

// gave notes n bytes of converted text.
func (c *Call) gave(n int) {
	if c != nil {
		c.BytesOut += int64(n)
	}
}

// decided notes how many code points were decided by context.
func (c *Call) decided(byContext int) {
	if c != nil {
		c.CharactersByContext += int64(byContext)
	}
}

// converted notes a whole text and what it became.
func (c *Call) converted(text []byte, out converted) {
	c.begin()
	c.took(text)
	c.gave(len(out.bytes))
	c.decided(out.byContext)
}

// watcher tells observers of calls. It is a handler of gRPC's events because refusals of the transport, such as of a
// message that is too large, reach no interceptor.
type watcher []Observer

// TagRPC implements stats.Handler.
func (w watcher) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	c := &Call{Method: info.FullMethodName, Start: time.Now()}
	sent := metadata.ValueFromIncomingContext(ctx, RequestIDHeader)
	c.RequestID, c.wantsID = requestID(sent), len(sent) > 0
	if v := visitOf(ctx); v != nil {
		v.report = c
		return ctx
	}
	return context.WithValue(ctx, callKey{}, c)
}

// HandleRPC implements stats.Handler.
func (w watcher) HandleRPC(ctx context.Context, event stats.RPCStats) {
	c := callOf(ctx)
	switch e := event.(type) {
	case *stats.InHeader:
		c.Peer = e.RemoteAddr
	case *stats.Begin:
		c.Known = true
		for _, o := range w {
			o.CallStarted(c.Method)
		}
	case *stats.End:
		w.end(ctx, c, e.Error)
	case *stats.OutTrailer:
		if !c.Known { // such a call has no beginning and no end
			w.end(ctx, c, status.Error(codes.Unimplemented, ""))
		}
	}
}

func (w watcher) end(ctx context.Context, c *Call, err error) {
	c.Duration = time.Since(c.Start)
	if err != nil {
		c.Code, c.Reason = outcome(err)
	}
	if c.Code == codes.Internal && !c.reached {
		// grpc-go says INTERNAL of a message that cannot be read, too, which is the client's fault; JSON that is none ends a
		// message inside the process so.
		c.Code, c.Reason = codes.InvalidArgument, "MALFORMED_MESSAGE"
	}
	for _, o := range w {
		o.CallEnded(ctx, c)
	}
}

// reach notes that the message of ctx's call was read.
func reach(ctx context.Context) {
	if c := callOf(ctx); c != nil {
		c.reached = true
	}
}

// TagConn implements stats.Handler.
func (w watcher) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (w watcher) HandleConn(context.Context, stats.ConnStats) {}

func outcome(err error) (codes.Code, string) {
	st := status.Convert(err)
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return st.Code(), info.GetReason()
		}
	}
	return st.Code(), ""
}

// requestID is what the client sent, if that can stand in a log and a header as it is, or else random.
func requestID(sent []string) string {
	const most = 128
	if len(sent) == 1 && sent[0] != "" && len(sent[0]) <= most && strings.IndexFunc(sent[0], notInID) < 0 {
		return sent[0]
	}
	var id [8]byte
	for i, n := 0, rand.Uint64(); i < len(id); i++ {
		id[i] = byte(n >> (8 * i))
	}
	return hex.EncodeToString(id[:])
}

func notInID(r rune) bool {
	return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:+/=", r)
}

// sendID tells the client the id of its call if that failed or if the client has sent one; for others it would cost more
// than what it is worth.
func (c *Call) sendID(ctx context.Context, err error) {
	if c == nil || c.hasID || err == nil && !c.wantsID {
		return
	}
	c.hasID = true
	id := metadata.MD{RequestIDHeader: []string{c.RequestID}}
	if grpc.SetHeader(ctx, id) != nil { // it has been sent
		_ = grpc.SetTrailer(ctx, id) // fails only when nobody is left to receive it
	}
}

func (w watcher) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	resp, err := next(ctx, req)
	callOf(ctx).sendID(ctx, err)
	return resp, err
}

func (w watcher) stream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	ctx := s.Context()
	callOf(ctx).sendID(ctx, nil) // its header is sent with the first message
	err := next(srv, s)
	callOf(ctx).sendID(ctx, err)
	return err
}
