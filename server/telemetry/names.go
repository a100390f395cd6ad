package telemetry

import (
	"strings"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

const reflection = "reflection"

var methods = knownMethods()

// knownMethods are short names of the methods that a server has. Others are up to clients: they would make metrics
// without number, and could hold anything.
func knownMethods() map[string]string {
	known := map[string]string{
		healthpb.Health_Check_FullMethodName:                             "Health/Check",
		healthpb.Health_Watch_FullMethodName:                             "Health/Watch",
		healthpb.Health_List_FullMethodName:                              "Health/List",
		"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo":      reflection,
		"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": reflection,
	}
	service := pb.ConversionService_ServiceDesc
	for _, m := range service.Methods {
		known["/"+service.ServiceName+"/"+m.MethodName] = m.MethodName
	}
	for _, s := range service.Streams {
		known["/"+service.ServiceName+"/"+s.StreamName] = s.StreamName
	}
	return known
}

func known(method string) string {
	if name, ok := methods[method]; ok {
		return name
	}
	return "other"
}

// isProbe tells whether a method is called by machines that watch the server, all the time.
func isProbe(name string) bool { return strings.HasPrefix(name, "Health/") || name == reflection }

var codeNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE",
	"DATA_LOSS", "UNAUTHENTICATED",
}

// codeName is the name of a code as gRPC's specification writes it.
func codeName(c codes.Code) string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return codeNames[codes.Unknown]
}
