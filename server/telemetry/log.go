package telemetry

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"

	"github.com/hanconv/hanconv/server"
	"github.com/hanconv/hanconv/server/gateway"
)

// CallLog writes a line for each call. It is a server.Observer, and safe for concurrent use. Calls of the health
// service and of reflection have the level Debug, those that failed by the server's fault Error, others Info.
type CallLog struct {
	log        *slog.Logger
	failedOnly bool
}

// NewCallLog makes a log of calls, or of those only that failed.
func NewCallLog(l *slog.Logger, failedOnly bool) *CallLog { return &CallLog{l, failedOnly} }

// CallStarted implements server.Observer.
func (l *CallLog) CallStarted(string) {}

// CallEnded implements server.Observer.
func (l *CallLog) CallEnded(ctx context.Context, c *server.Call) {
	level := levelOf(c)
	if l.failedOnly && c.Code == codes.OK || !l.log.Enabled(ctx, level) {
		return
	}
	var room [16]slog.Attr
	a := append(room[:0],
		slog.String("method", known(c.Method)),
		slog.String("code", codeName(c.Code)),
		slog.String("request_id", c.RequestID),
		slog.String("peer", address(c.Peer)),
		milliseconds(c.Duration),
	)
	if c.Client != "" {
		a = append(a, slog.String("client", c.Client))
	}
	if c.Reason != "" {
		a = append(a, slog.String("reason", c.Reason))
	}
	if c.Profile != "" {
		a = append(a, slog.String("profile", c.Profile), slog.Int("texts", c.Texts), slog.Int64("bytes_in", c.BytesIn),
			slog.Int64("bytes_out", c.BytesOut), slog.Int64("characters", c.Characters),
			slog.Int64("characters_by_context", c.CharactersByContext))
	}
	if s := trace.SpanContextFromContext(ctx); s.IsSampled() {
		a = append(a, slog.String("trace_id", s.TraceID().String()))
	}
	l.log.LogAttrs(ctx, level, "call", a...)
}

func levelOf(c *server.Call) slog.Level {
	switch c.Code {
	case codes.Internal, codes.Unknown, codes.DataLoss:
		return slog.LevelError
	}
	if isProbe(known(c.Method)) {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// HTTPEnded writes a line for an HTTP request that was refused before it became a call; calls are logged as such. It is
// meant for gateway.Config.
func (l *CallLog) HTTPEnded(x gateway.Exchange) {
	if x.Called || x.Status < http.StatusBadRequest {
		return
	}
	l.log.LogAttrs(context.Background(), slog.LevelInfo, "http request refused",
		slog.String("route", x.Route),
		slog.String("protocol", x.Protocol),
		slog.Int("status", x.Status),
		slog.String("peer", address(x.Peer)),
		milliseconds(x.Duration),
	)
}

func milliseconds(d time.Duration) slog.Attr {
	return slog.Float64("duration_ms", float64(d.Microseconds())/1000)
}

// address is empty for a Unix socket, whose clients have none.
func address(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}
