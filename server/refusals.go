package server

import (
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
	"github.com/hanconv/hanconv/server/admission"
)

// unauthenticated is the same for whoever shows nothing, a token that is wrong, or one that was right yesterday.
func unauthenticated() refusal {
	return refusal{
		code:    codes.Unauthenticated,
		reason:  pb.ErrorReason_ERROR_REASON_UNAUTHENTICATED,
		message: "this server wants to know who calls: send a valid token or certificate",
	}
}

func permissionDenied() refusal {
	return refusal{
		code:    codes.PermissionDenied,
		reason:  pb.ErrorReason_ERROR_REASON_PERMISSION_DENIED,
		message: "the caller may not do this",
	}
}

func rateExceeded(wait time.Duration) refusal {
	return refusal{
		code:       codes.ResourceExhausted,
		reason:     pb.ErrorReason_ERROR_REASON_RATE_EXCEEDED,
		message:    "the caller calls too often",
		retryAfter: wait,
	}
}

// overloaded makes a refusal of the gate's. It is UNAVAILABLE, so that clients try another server.
func overloaded(err error) error {
	if err == nil {
		return nil
	}
	var o *admission.OverloadError
	if !errors.As(err, &o) {
		return status.FromContextError(err).Err()
	}
	return refusal{
		code:       codes.Unavailable,
		reason:     pb.ErrorReason_ERROR_REASON_OVERLOADED,
		message:    "the server has too much to do; try again later, or another server",
		retryAfter: o.RetryAfter,
	}
}
