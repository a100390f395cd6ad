// Tour shows hanconv at work in one go: it converts an article with the
// library, starts a server on a free port of this machine, has it convert the
// same article through the client, and compares the two.
//
//	go run ./internal/tour [FILE]
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hanconv/hanconv/client"
	"github.com/hanconv/hanconv/han"
	"github.com/hanconv/hanconv/server"
)

const profile = "s2twp"

func main() {
	log.SetFlags(0)
	log.SetPrefix("tour: ")
	file := "testdata/article.zh-Hans.txt"
	if len(os.Args) > 1 {
		file = os.Args[1]
	}
	article, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	if err := tour(context.Background(), os.Stdout, string(article)); err != nil {
		log.Fatal(err)
	}
}

func tour(ctx context.Context, w io.Writer, article string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	byLibrary, err := throughLibrary(w, article)
	if err != nil {
		return err
	}
	reply, err := throughService(ctx, w, article)
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

func throughLibrary(w io.Writer, article string) (string, error) {
	c, err := han.New(profile)
	if err != nil {
		return "", err
	}
	start := time.Now()
	text := c.Convert(article)
	took := time.Since(start)
	fmt.Fprintf(w, "%s\n%s\n", paragraphs(article, 3), paragraphs(text, 3))
	changed := 0
	for _, span := range c.Align(article).Spans {
		if span.Changed {
			changed++
		}
	}
	fmt.Fprintf(w, "%d characters converted in %v; %d words and characters changed.\n",
		utf8.RuneCountInString(article), took.Round(time.Microsecond), changed)
	return text, nil
}

func throughService(ctx context.Context, w io.Writer, article string) (client.Result, error) {
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
	reply, err := c.Convert(ctx, article, client.Options{Profile: profile})
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
