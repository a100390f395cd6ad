package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/server"
)

const tourHelp = `Show hanconv at work on a Simplified Chinese text: convert it to Taiwan's
standard with the library, start a server on a free port of this machine, have
it convert the same text through the client, and compare the two.`

// tourProfile is the one that shows most: characters and vocabulary.
const tourProfile = "s2twp"

func newTour(con console) *cobra.Command {
	return &cobra.Command{
		Use:     "tour FILE",
		Short:   "Show the library and the service at work on a text",
		Long:    tourHelp,
		Example: "  hanconv tour testdata/article.zh-Hans.txt",
		RunE: action(func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{cmd.CommandPath(), "name one file to convert"}
			}
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			return tour(cmd.Context(), con.stdout(), string(text))
		}),
	}
}

// tour converts text by the library and through a server of its own.
func tour(ctx context.Context, w io.Writer, text string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	byLibrary, err := throughLibrary(w, text)
	if err != nil {
		return err
	}
	reply, err := throughService(ctx, w, text)
	if err != nil {
		return err
	}
	if reply.Text != byLibrary {
		return fmt.Errorf("the service and the library disagree")
	}
	fmt.Fprintf(w, "The service answered with the same %d bytes: profile %s, %s, fingerprint %s.\n",
		len(reply.Text), reply.Profile, reply.Version, reply.Fingerprint)
	return nil
}

func throughLibrary(w io.Writer, text string) (string, error) {
	c, err := han.New(tourProfile)
	if err != nil {
		return "", err
	}
	start := time.Now()
	converted := c.Convert(text)
	took := time.Since(start)
	fmt.Fprintf(w, "%s\n%s\n", paragraphs(text, 3), paragraphs(converted, 3))
	changed := 0
	for _, span := range c.Align(text).Spans {
		if span.Changed {
			changed++
		}
	}
	fmt.Fprintf(w, "%d characters converted in %v; %d words and characters changed.\n",
		utf8.RuneCountInString(text), took.Round(time.Microsecond), changed)
	return converted, nil
}

func throughService(ctx context.Context, w io.Writer, text string) (client.Result, error) {
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		return client.Result{}, err
	}
	s := server.New()
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	fmt.Fprintf(w, "A server listens on %s.\n", l.Addr())

	c, err := client.New(l.Addr().String())
	if err != nil {
		return client.Result{}, err
	}
	reply, err := c.Convert(ctx, text, client.Options{Profile: tourProfile})
	if closing := c.Close(); err == nil {
		err = closing
	}
	if stopping := s.Shutdown(ctx); err == nil {
		err = stopping
	}
	if serving := <-served; err == nil {
		err = serving
	}
	return reply, err
}

// paragraphs returns the first n paragraphs of text.
func paragraphs(text string, n int) string {
	all := strings.SplitN(text, "\n\n", n+1)
	return strings.Join(all[:min(n, len(all))], "\n") + "\n"
}
