package main

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/hanconv/hanconv/han"
)

// A text goes through the local engine block by block. Its workers stand in a ring, and two batons go round it: who has
// the one may read, who has the other may write. So blocks are read one after the other and written one after the
// other, while all that hold a block convert at the same time, and a block stays with one worker all the way.
//
//	worker 1   read 1 │ convert 1           │ write 1 │ read 4 │ convert 4 …
//	worker 2            read 2 │ convert 2            │ write 2 │ read 5 …
//	worker 3                     read 3 │ convert 3             │ write 3 …
//	                                                                  time ─▶
//
// A block ends at a cut, where the text converts on its own on either side (see [han.Converter.Cut]); what was read
// behind the cut begins the next block. Where a block has no cut, its reader sends it through a stream before it hands on
// the baton, which is exact for any text, and slower.
//
// The ring begins with one worker, whom convert itself runs. It grows while long blocks come in, so that a short text
// meets no other, and blocks that come in slowly are written as they come.

// firstBlock is how many bytes are read at first. A text that fills such a block is read in blocks of bufferBytes, which
// is little enough for the caches of a core.
const firstBlock = 32 << 10

// maxHelpers bounds the memory for blocks, about 700 KB each, on machines with very many cores.
const maxHelpers = 64

// localEngine converts in this process. It is safe for concurrent use.
type localEngine struct {
	converter *han.Converter
	helpers   chan struct{} // holds a token for each worker at work who is not the first of a ring
	buffers   sync.Pool     // of *buffers
}

// buffers are where a worker keeps its block.
type buffers struct{ in, out []byte }

func newLocalEngine(c *han.Converter) *localEngine {
	e := &localEngine{converter: c, helpers: make(chan struct{}, min(runtime.GOMAXPROCS(0), maxHelpers))}
	e.buffers.New = func() any { return new(buffers) }
	return e
}

func (e *localEngine) close() {}

func (e *localEngine) convert(ctx context.Context, dst io.Writer, src io.Reader) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := &ring{engine: e, ctx: ctx, stop: stop, dst: dst, src: src, size: firstBlock}
	first := r.newWorker()
	first.next = first
	first.mayRead <- baton{}
	first.mayWrite <- baton{}
	r.work(first)
	r.helpers.Wait()
	return r.err
}

// ring converts one text.
type ring struct {
	engine  *localEngine
	ctx     context.Context
	stop    context.CancelFunc // ends reading
	dst     io.Writer
	src     io.Reader
	helpers sync.WaitGroup

	// For the worker who may read.
	size      int         // how many bytes it asks for
	rest      []byte      // what was read behind the last cut
	stream    *han.Stream // nil until a block has no cut
	streaming bool        // the stream keeps something that no cut is before
	ended     bool        // nothing more is to be read

	// For the worker who may write, and after the end.
	err error
}

// worker takes one block at a time from where it is read to where it is written.
type worker struct {
	*buffers
	mayRead, mayWrite chan baton
	next              *worker
}

type baton struct{}

func (r *ring) newWorker() *worker {
	return &worker{
		buffers: r.engine.buffers.Get().(*buffers),
		mayRead: make(chan baton, 1), mayWrite: make(chan baton, 1),
	}
}

func (r *ring) work(w *worker) {
	for r.takeBlock(w) {
	}
	if r.ctx.Err() == nil { // an interrupted read may go on into the buffer
		r.engine.buffers.Put(w.buffers)
	}
}

// takeBlock returns false if there is no block any more.
func (r *ring) takeBlock(w *worker) bool {
	<-w.mayRead
	if r.ended {
		w.next.mayRead <- baton{}
		return false
	}
	block, err := r.read(w)
	w.next.mayRead <- baton{}
	if len(block) > 0 {
		w.out = r.engine.converter.Append(w.out, block)
	}
	<-w.mayWrite
	r.write(w.out, err)
	w.next.mayWrite <- baton{}
	return true
}

// read returns the next block. With a block that has no cut it returns nothing: that is converted already, as far as it
// can be.
func (r *ring) read(w *worker) (block []byte, err error) {
	n, err := r.fill(w)
	r.ended = err != nil
	w.out = w.out[:0]
	cut := 0
	switch {
	case r.streaming:
	case errors.Is(err, io.EOF):
		cut = len(w.in)
	default:
		cut = r.engine.converter.Cut(w.in)
	}
	r.rest = w.in[cut:]
	if cut == 0 {
		r.follow(w, errors.Is(err, io.EOF))
	} else if n >= firstBlock && !r.ended {
		r.grow(w)
	}
	return w.in[:cut], err
}

// fill reads behind what is left of the last block, and tells how much.
func (r *ring) fill(w *worker) (n int, err error) {
	w.in = slices.Grow(append(w.in[:0], r.rest...), r.size)
	start := len(w.in)
	n, err = r.src.Read(w.in[start : start+r.size])
	w.in = w.in[:start+n]
	if n == r.size {
		r.size = bufferBytes
	}
	if err == io.EOF {
		return n, io.EOF
	}
	return n, errors.Join(err, r.ctx.Err())
}

// follow sends a block without a cut through the stream.
func (r *ring) follow(w *worker, end bool) {
	switch {
	case len(w.in) == 0 && !r.streaming:
		return
	case r.stream == nil:
		r.stream = r.engine.converter.NewStream()
	case !r.streaming:
		r.stream.Reset() // what it kept of the last block begins this one
	}
	w.out = r.stream.Append(w.out, w.in)
	if end {
		w.out = r.stream.Flush(w.out)
	}
	undecided, ok := r.stream.Undecided()
	r.rest, r.streaming = undecided, !ok
}

// grow puts a new worker behind w, if there may be one more.
func (r *ring) grow(w *worker) {
	select {
	case r.engine.helpers <- struct{}{}:
	default:
		return
	}
	helper := r.newWorker()
	helper.next, w.next = w.next, helper
	r.helpers.Go(func() {
		r.work(helper)
		<-r.engine.helpers
	})
}

// write writes a converted block, with the error that came when it was read.
func (r *ring) write(out []byte, readErr error) {
	if r.err == nil && len(out) > 0 {
		_, r.err = r.dst.Write(out)
	}
	if r.err == nil && !errors.Is(readErr, io.EOF) {
		r.err = readErr
	}
	if r.err != nil {
		r.stop()
	}
}
