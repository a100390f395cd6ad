package server

import (
	"context"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	pb "github.com/hanconv/hanconv/proto/hanconv/v1"
)

// Ready tells whether the server takes calls, which is what the health service says of hanconv.v1.ConversionService.
func (s *Server) Ready() bool {
	resp, err := s.health.Check(context.Background(), &healthpb.HealthCheckRequest{
		Service: pb.ConversionService_ServiceDesc.ServiceName,
	})
	return err == nil && resp.GetStatus() == healthpb.HealthCheckResponse_SERVING
}
