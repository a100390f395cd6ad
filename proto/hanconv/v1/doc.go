// Package hanconvv1 is the wire contract of hanconv: the messages and the service of package hanconv.v1, generated from
// the .proto files beside it. Go programs are better served by the client package, which needs no protobuf.
//
// go generate rewrites the .pb.go files with tools of fixed versions and needs nothing but Go and a module proxy.
package hanconvv1

//go:generate go run -C ../../.. github.com/bufbuild/buf/cmd/buf@v1.75.0 generate
