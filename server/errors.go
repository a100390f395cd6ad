package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/hanconv/hanconv/han"
	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// ErrorDomain is the domain of every google.rpc.ErrorInfo.
const ErrorDomain = "hanconv"

// refusal is everything that a client learns about a call that failed.
type refusal struct {
	code     codes.Code
	reason   pb.ErrorReason
	message  string
	fields   []string // paths in the request: "items[3].raw_text"
	metadata map[string]string
	// retryAfter is when another try may fare better; 0 where it would not, or where nobody knows.
	retryAfter time.Duration
}

// Error implements error, for a refusal on its way up to the method that knows the fields around it.
func (r refusal) Error() string { return r.message }

// wire makes the gRPC status of a refusal; other errors stay what they are.
func wire(err error) error {
	if err == nil {
		return nil
	}
	var r refusal
	if errors.As(err, &r) {
		return r.err()
	}
	return err
}

// err makes the gRPC status, with google.rpc.ErrorInfo and, where fields are named, google.rpc.BadRequest.
func (r refusal) err() error {
	reason := strings.TrimPrefix(r.reason.String(), "ERROR_REASON_")
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: reason, Domain: ErrorDomain, Metadata: r.metadata}}
	if len(r.fields) > 0 {
		details = append(details, r.badRequest(reason))
	}
	if r.retryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(r.retryAfter)})
	}
	st := status.New(r.code, r.message)
	detailed, err := st.WithDetails(details...)
	if err != nil {
		return st.Err()
	}
	return detailed.Err()
}

func (r refusal) badRequest(reason string) *errdetails.BadRequest {
	b := &errdetails.BadRequest{}
	for _, f := range r.fields {
		b.FieldViolations = append(b.FieldViolations, &errdetails.BadRequest_FieldViolation{
			Field: f, Description: r.message, Reason: reason,
		})
	}
	return b
}

// under puts the path of the message around them in front of a refusal's fields; other errors stay what they are.
func under(parent string, err error) error {
	if err == nil {
		return nil
	}
	var r refusal
	if !errors.As(err, &r) {
		return err
	}
	fields := make([]string, len(r.fields))
	for i, f := range r.fields {
		fields[i] = parent + f
	}
	r.fields = fields
	return r
}

// engineRefusal maps what han.New and han.LookupTags refuse. The fields are those of ConversionOptions.
func engineRefusal(err error, o *pb.ConversionOptions) refusal {
	var (
		unknownProfile *han.UnknownProfileError
		unknownTag     *han.UnknownTagError
		noProfile      *han.NoProfileError
	)
	switch {
	case errors.As(err, &unknownProfile):
		return unknownProfileRefusal(unknownProfile)
	case errors.As(err, &unknownTag):
		return unknownTagRefusal(unknownTag, o)
	case errors.As(err, &noProfile):
		return noProfileRefusal(noProfile)
	}
	return refusal{
		code:    codes.Internal,
		reason:  pb.ErrorReason_ERROR_REASON_INTERNAL,
		message: "the server cannot load this conversion",
	}
}

func unknownProfileRefusal(e *han.UnknownProfileError) refusal {
	known := strings.Join(e.Known, ",")
	meta := map[string]string{"profile": e.Name, "known_profiles": known}
	message := fmt.Sprintf("there is no profile %q; known are %s", e.Name, known)
	if e.Suggestion != "" {
		meta["suggestion"] = e.Suggestion
		message = fmt.Sprintf("there is no profile %q; did you mean %q? Known are %s", e.Name, e.Suggestion, known)
	}
	return refusal{
		code:     codes.InvalidArgument,
		reason:   pb.ErrorReason_ERROR_REASON_UNKNOWN_PROFILE,
		message:  message,
		fields:   []string{"profile"},
		metadata: meta,
	}
}

func unknownTagRefusal(e *han.UnknownTagError, o *pb.ConversionOptions) refusal {
	field := "source_language"
	if !strings.EqualFold(e.Tag, shorten(o.GetSourceLanguage())) {
		field = "target_language"
	}
	known := strings.Join(e.Known, ",")
	return refusal{
		code:     codes.InvalidArgument,
		reason:   pb.ErrorReason_ERROR_REASON_UNKNOWN_LANGUAGE,
		message:  fmt.Sprintf("the language tag %q is not known; known are %s", e.Tag, known),
		fields:   []string{field},
		metadata: map[string]string{"language": e.Tag, "known_languages": known},
	}
}

func noProfileRefusal(e *han.NoProfileError) refusal {
	return refusal{
		code:     codes.InvalidArgument,
		reason:   pb.ErrorReason_ERROR_REASON_NO_PROFILE_FOR_LANGUAGES,
		message:  fmt.Sprintf("no profile converts from %q to %q; ListProfiles has the pairs there are", e.Source, e.Target),
		fields:   []string{"source_language", "target_language"},
		metadata: map[string]string{"source_language": e.Source, "target_language": e.Target},
	}
}

func invalidUTF8(field string, offset int64) refusal {
	return refusal{
		code:     codes.InvalidArgument,
		reason:   pb.ErrorReason_ERROR_REASON_INVALID_UTF8,
		message:  fmt.Sprintf("the text is not UTF-8: see the byte at offset %d of %s", offset, field),
		fields:   []string{field},
		metadata: map[string]string{"byte_offset": strconv.FormatInt(offset, 10)},
	}
}

func tooManyBytes(field string, size, limit int64, advice string) refusal {
	return refusal{
		code:     codes.ResourceExhausted,
		reason:   pb.ErrorReason_ERROR_REASON_TOO_MANY_BYTES,
		message:  fmt.Sprintf("%s has %d bytes and this server takes %d; %s", field, size, limit, advice),
		fields:   []string{field},
		metadata: map[string]string{"limit_bytes": strconv.FormatInt(limit, 10), "size_bytes": strconv.FormatInt(size, 10)},
	}
}

func tooManyItems(size, limit int) refusal {
	return refusal{
		code:     codes.ResourceExhausted,
		reason:   pb.ErrorReason_ERROR_REASON_TOO_MANY_ITEMS,
		message:  fmt.Sprintf("the batch has %d items and this server takes %d; send several batches", size, limit),
		fields:   []string{"items"},
		metadata: map[string]string{"limit_items": strconv.Itoa(limit), "size_items": strconv.Itoa(size)},
	}
}

func outOfOrder(field, message string) refusal {
	return refusal{
		code:    codes.InvalidArgument,
		reason:  pb.ErrorReason_ERROR_REASON_STREAM_OUT_OF_ORDER,
		message: message,
		fields:  []string{field},
	}
}

// interrupted is nil as long as somebody waits for the answer.
func interrupted(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return status.FromContextError(err).Err()
	}
	return nil
}
