// Package check holds the files in deploy to what reads them: Kubernetes' own types, Prometheus' parser, Docker's
// linter. It is a module of its own because of what that pulls in, and has only tests.
package check
