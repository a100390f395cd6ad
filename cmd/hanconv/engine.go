package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hanconv/hanconv/han"
)

// bufferBytes is how much text is read at a time.
const bufferBytes = 256 << 10

// engine turns one text into another. It is not safe for concurrent use.
type engine interface {
	// convert copies src to dst, converted, until src or ctx ends.
	convert(ctx context.Context, dst io.Writer, src io.Reader) error
	close()
}

// inspectEngine writes one JSON object for each line of the text.
type inspectEngine struct {
	converter    *han.Converter
	segmentation bool // only the segments
}

func (e *inspectEngine) convert(ctx context.Context, dst io.Writer, src io.Reader) error {
	lines := bufio.NewReaderSize(src, bufferBytes)
	enc := newLineEncoder(dst)
	for offset := int64(0); ctx.Err() == nil; {
		line, err := lines.ReadString('\n')
		if line == "" && err == io.EOF {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		if err := han.CheckUTF8(line); err != nil {
			return (&strictReader{offset: offset}).shift(err)
		}
		offset += int64(len(line))
		if err := enc.Encode(e.inspect(trimLineEnd(line))); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (e *inspectEngine) close() {}

// segmentationResult is what OpenCC's --segmentation shows.
type segmentationResult struct {
	Input    string   `json:"input"`
	Segments []string `json:"segments"`
}

func (e *inspectEngine) inspect(line string) any {
	found := e.converter.Inspect(line)
	if !e.segmentation {
		return found
	}
	last := found
	for len(last.PipelineStages) > 0 {
		last = last.PipelineStages[len(last.PipelineStages)-1]
	}
	return segmentationResult{line, append([]string{}, last.Segments...)}
}

func trimLineEnd(line string) string {
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
}

// newLineEncoder writes values as single lines, with the characters of the text as they are.
func newLineEncoder(dst io.Writer) *json.Encoder {
	enc := json.NewEncoder(dst)
	enc.SetEscapeHTML(false)
	return enc
}

// explainBytes says in which file and what to do when a text is not UTF-8.
func explainBytes(name string, err error, advice string) error {
	var invalid *han.InvalidUTF8Error
	if !errors.As(err, &invalid) {
		return err
	}
	return fmt.Errorf("%s: byte %d is not UTF-8 (counted from 0): %s", name, invalid.Offset, advice)
}
