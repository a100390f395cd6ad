package client

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Code says what kind of failure an Error is. The values are gRPC's names.
type Code string

// The codes that this service uses. A server in between may send any other of gRPC's.
const (
	InvalidArgument   Code = "INVALID_ARGUMENT"
	ResourceExhausted Code = "RESOURCE_EXHAUSTED"
	Canceled          Code = "CANCELLED"
	DeadlineExceeded  Code = "DEADLINE_EXCEEDED"
	Unavailable       Code = "UNAVAILABLE"
	Unauthenticated   Code = "UNAUTHENTICATED"
	PermissionDenied  Code = "PERMISSION_DENIED"
	Unimplemented     Code = "UNIMPLEMENTED"
	Internal          Code = "INTERNAL"
)

// Error is a call that failed. Unwrap gives the gRPC status error, for those who want all of it.
type Error struct {
	// Code is the kind of failure.
	Code Code
	// Reason is the exact cause as a constant, or "": "UNKNOWN_PROFILE", "INVALID_UTF8", "TOO_MANY_BYTES", … The
	// wire contract's ErrorReason lists them.
	Reason string
	// Message is for people.
	Message string
	// Fields are the paths of the fields at fault in the request: "options.profile", "items[3].raw_text".
	Fields []string
	// Metadata has the cause's particulars by the keys that ErrorReason lists.
	Metadata map[string]string
	// RetryAfter is how long the server asks to wait before another try; 0 where it does not say.
	RetryAfter time.Duration

	cause error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// Unwrap gives the gRPC status error.
func (e *Error) Unwrap() error { return e.cause }

// Is finds the context's errors in calls that ended with them.
func (e *Error) Is(target error) bool {
	switch target {
	case context.Canceled:
		return e.Code == Canceled
	case context.DeadlineExceeded:
		return e.Code == DeadlineExceeded
	}
	return false
}

// Known lists what would have been understood, where Reason is UNKNOWN_PROFILE or UNKNOWN_LANGUAGE.
func (e *Error) Known() []string {
	for _, key := range []string{"known_profiles", "known_languages"} {
		if list := e.Metadata[key]; list != "" {
			return strings.Split(list, ",")
		}
	}
	return nil
}

// Suggestion is the known profile that is nearest to the unknown one, or "".
func (e *Error) Suggestion() string { return e.Metadata["suggestion"] }

// Offset is where the text or stream is not UTF-8, in bytes; ok is false for other errors.
func (e *Error) Offset() (offset int64, ok bool) { return e.number("byte_offset") }

// Limit tells what was too large and how much the server takes, in bytes or items; ok is false for other errors.
func (e *Error) Limit() (size, limit int64, ok bool) {
	for _, unit := range []string{"bytes", "items"} {
		size, hasSize := e.number("size_" + unit)
		limit, hasLimit := e.number("limit_" + unit)
		if hasSize && hasLimit {
			return size, limit, true
		}
	}
	return 0, 0, false
}

func (e *Error) number(key string) (int64, bool) {
	n, err := strconv.ParseInt(e.Metadata[key], 10, 64)
	return n, err == nil
}

// newError takes apart the error of a call.
func newError(err error) *Error {
	st := status.Convert(err)
	e := &Error{Code: codeOf(st.Code()), Message: st.Message(), cause: err}
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			e.Reason, e.Metadata = d.GetReason(), d.GetMetadata()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				e.Fields = append(e.Fields, v.GetField())
			}
		case *errdetails.RetryInfo:
			e.RetryAfter = d.GetRetryDelay().AsDuration()
		}
	}
	return e
}

// localError is an error that this package finds by itself.
func localError(c codes.Code, message string) *Error { return newError(status.Error(c, message)) }

var codeNames = map[codes.Code]Code{
	codes.Canceled: Canceled, codes.Unknown: "UNKNOWN", codes.InvalidArgument: InvalidArgument,
	codes.DeadlineExceeded: DeadlineExceeded, codes.NotFound: "NOT_FOUND", codes.AlreadyExists: "ALREADY_EXISTS",
	codes.PermissionDenied: PermissionDenied, codes.ResourceExhausted: ResourceExhausted,
	codes.FailedPrecondition: "FAILED_PRECONDITION", codes.Aborted: "ABORTED", codes.OutOfRange: "OUT_OF_RANGE",
	codes.Unimplemented: Unimplemented, codes.Internal: Internal, codes.Unavailable: Unavailable,
	codes.DataLoss: "DATA_LOSS", codes.Unauthenticated: Unauthenticated,
}

func codeOf(c codes.Code) Code {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return Code(c.String())
}

// checkSize refuses what no server with fitting limits would read, with the details that gRPC's own refusal lacks.
func (c *Client) checkSize(req proto.Message, field string) error {
	size := proto.Size(req)
	if size <= c.sendBytes {
		return nil
	}
	message := fmt.Sprintf("the request has %d bytes and this client sends %d; use a stream or several calls", size, c.sendBytes)
	e := localError(codes.ResourceExhausted, message)
	e.Reason, e.Fields = "TOO_MANY_BYTES", []string{field}
	e.Metadata = map[string]string{"size_bytes": strconv.Itoa(size), "limit_bytes": strconv.Itoa(c.sendBytes)}
	return e
}
