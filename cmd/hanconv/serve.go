package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/cmd/hanconv/internal/settings"
)

const serveHelp = `Answer hanconv.v1.ConversionService over gRPC, with the standard health service
and reflection, until SIGTERM or SIGINT arrives.

Then the server reports that it is not serving, takes no further calls and waits
for the running ones, --drain-timeout long. A second signal cancels them at once.

Every flag may also stand in the environment (HANCONV_MAX_TEXT=4MiB) and, named
like the flag, in a YAML file (max-text: 4MiB) that --config or HANCONV_CONFIG
names; a flag wins over the environment, and that over the file. --print-config
tells what is in force, and why. SIGHUP reads file, certificates, callers and
profiles again; if anything is wrong with one of them, all stay as they are.

Machines other than this one are served over TLS (--tls-cert, --tls-key) and to
callers that prove who they are: by tokens, which hanconv token makes, or by
certificates (--tls-client-ca), both listed in --access-file.`

func newServe(con console) *cobra.Command {
	printConfig := false
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the gRPC server",
		Long:  serveHelp,
		Example: `  hanconv serve
  hanconv serve --listen unix:/run/hanconv.sock
  hanconv serve --listen 0.0.0.0:7420 --tls-cert c.pem --tls-key k.pem --access-file callers.yaml
  hanconv serve --config hanconv.yaml --print-config`,
		Args: noArguments,
	}
	f := cmd.Flags()
	f.SortFlags = false
	settings.RegisterFile(f)
	f.BoolVar(&printConfig, "print-config", false, "print the settings in force with where each comes from, and end")
	new(settings.Settings).Register(f)
	cmd.RunE = action(func(cmd *cobra.Command, _ []string) error {
		source := settings.Source{Flags: cmd.Flags(), Environ: os.Environ()}
		s, err := settings.Load(source)
		if err != nil {
			return &usageError{cmd.CommandPath(), err.Error()}
		}
		if printConfig {
			return s.Print(con.stdout())
		}
		return runDaemon(con, source, s)
	})
	return cmd
}
