package client

import (
	"context"
	"errors"
	"io"
	"slices"
)

var (
	errReaderClosed = errors.New("hanconv: read from a Reader after Close")
	errWriterClosed = errors.New("hanconv: write to a Writer after Close")
)

// Reader converts what it reads from another reader. It is not safe for concurrent use.
type Reader struct {
	x       *exchange
	src     io.Reader
	chunk   []byte // read and not yet sent
	out     []byte // received and not yet read
	drained bool   // src has no more
	srcErr  error  // what ended src, unless io.EOF
	err     error  // what Read gives once out is empty
}

// NewReader gives a reader of the converted text of src, which may be of any length: up to 4 GiB unless the server is
// configured otherwise. Conversion happens in one call that ctx ends; memory stays bounded.
//
// The reader has to be read to its end (or first error) or closed. It reads src inside its own Read and at no other
// time, and does not close it. An error of src comes out after the text that was read before it.
func (c *Client) NewReader(ctx context.Context, src io.Reader, o Options) *Reader {
	return &Reader{x: c.newExchange(ctx, o), src: src}
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.out) == 0 && r.err == nil {
		r.step()
	}
	if len(r.out) == 0 {
		return 0, r.err
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// Info tells what converts the text; it is zero until the first text has been read.
func (r *Reader) Info() Info {
	if r.out == nil && r.err == nil {
		return Info{}
	}
	return r.x.info
}

// Close ends the call, finished or not, and frees what it holds.
func (r *Reader) Close() error {
	r.x.stop()
	r.out = nil
	if r.err == nil {
		r.err = errReaderClosed
	}
	return nil
}

// step takes from the server what is there, and otherwise moves one chunk towards it.
func (r *Reader) step() {
	select {
	case out, more := <-r.x.receive:
		r.take(out, more)
		return
	default:
	}
	if r.chunk == nil && !r.drained {
		r.fill()
	}
	var send chan<- []byte
	if r.chunk != nil {
		send = r.x.send
	}
	select {
	case send <- r.chunk:
		r.chunk = nil
		r.endIfDrained()
	case out, more := <-r.x.receive:
		r.take(out, more)
	}
}

// fill reads the next chunk. It gives up on a source that has nothing and no error, as bufio does.
func (r *Reader) fill() {
	buf := make([]byte, chunkBytes)
	for range 100 {
		n, err := r.src.Read(buf)
		if n > 0 {
			r.chunk = buf[:n]
		}
		if err != nil {
			r.drain(err)
		}
		if n > 0 || err != nil {
			return
		}
	}
	r.drain(io.ErrNoProgress)
}

func (r *Reader) drain(err error) {
	r.drained = true
	if !errors.Is(err, io.EOF) {
		r.srcErr = err
	}
	if r.chunk == nil {
		r.endIfDrained()
	}
}

func (r *Reader) endIfDrained() {
	if r.drained {
		close(r.x.send)
	}
}

func (r *Reader) take(out []byte, more bool) {
	if more {
		r.out = out
		return
	}
	switch {
	case r.x.err != nil:
		r.err = r.x.err
	case r.srcErr != nil:
		r.err = r.srcErr
	default:
		r.err = io.EOF
	}
	r.x.stop()
}

// Writer converts what is written to it and writes it to another writer. It is not safe for concurrent use.
type Writer struct {
	x      *exchange
	dst    io.Writer
	err    error // the first error
	done   bool  // the server has sent everything
	closed bool
}

// NewWriter gives a writer that writes the converted text to dst. The text may be of any length: up to 4 GiB unless
// the server is configured otherwise. Conversion happens in one call that ctx ends; memory stays bounded. Every Write
// sends a message, so wrap the writer in a bufio.Writer for many small writes.
//
// The writer has to be closed, which waits for the rest of the converted text; until Close has returned nil the text
// is not complete. To give up on it, cancel ctx and close. dst is written inside Write and Close and at no other time,
// and is not closed.
func (c *Client) NewWriter(ctx context.Context, dst io.Writer, o Options) *Writer {
	return &Writer{x: c.newExchange(ctx, o), dst: dst}
}

// Write implements io.Writer. It may return an error of the server or of dst that concerns text written before.
func (w *Writer) Write(p []byte) (int, error) {
	if w.closed {
		return 0, errWriterClosed
	}
	sent := 0
	for piece := range slices.Chunk(p, chunkBytes) {
		if !w.offer(slices.Clone(piece)) {
			return sent, w.err
		}
		sent += len(piece)
	}
	w.flushReceived()
	return sent, w.err
}

// Info tells what converts the text; it is zero until Close has returned.
func (w *Writer) Info() Info {
	if !w.closed {
		return Info{}
	}
	return w.x.info
}

// Close ends the text, writes the rest of it to dst and frees what the writer holds. It returns the first error of the
// whole stream; closing again returns it again.
func (w *Writer) Close() error {
	if !w.closed {
		w.closed = true
		close(w.x.send)
		for w.err == nil && !w.done {
			out, more := <-w.x.receive
			w.take(out, more)
		}
		w.x.stop()
	}
	return w.err
}

// offer hands a chunk to the sender, and takes what the server sends in the meantime, for the server may have to get
// rid of it first.
func (w *Writer) offer(chunk []byte) bool {
	for w.err == nil {
		select {
		case w.x.send <- chunk:
			return true
		case out, more := <-w.x.receive:
			w.take(out, more)
		}
	}
	return false
}

// flushReceived writes what the server has sent by this time.
func (w *Writer) flushReceived() {
	for w.err == nil {
		select {
		case out, more := <-w.x.receive:
			w.take(out, more)
		default:
			return
		}
	}
}

func (w *Writer) take(out []byte, more bool) {
	if !more {
		w.err, w.done = w.x.err, true
		return
	}
	n, err := w.dst.Write(out)
	if err == nil && n < len(out) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.err = err
		w.x.cancel()
	}
}
