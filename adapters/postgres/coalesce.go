package postgres

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Bounds of one shared commit. A call that does not fit waits for the next.
const (
	maxFlushSpecs = 1000
	maxFlushBytes = 8 << 20
)

// coalescer lets enqueues that wait at the same time share one statement and one
// commit: while one flush is on its way the others gather. A call that finds
// nothing on its way stores what it has itself; what has gathered until then is
// flushed by a goroutine, which runs until nothing gathers any more. What gathers
// is bounded by the callers, each of which waits.
type coalescer struct {
	store   *Store
	mu      sync.Mutex
	busy    bool // a flush is on its way; it takes what gathers
	waiting []*enqueueCall
}

// enqueueCall is one caller's specs and, once done is closed, the answer.
type enqueueCall struct {
	specs []*job.Spec
	bytes int
	done  chan struct{}
	out   ports.Enqueued
	err   error
}

// enqueue stores the specs and returns after their commit. If ctx ends first, the
// specs may or may not be stored.
func (c *coalescer) enqueue(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	ctx, cancel, err := c.store.call(ctx)
	if err != nil {
		return ports.Enqueued{}, err
	}
	defer cancel()
	call := &enqueueCall{specs: specs, done: make(chan struct{})}
	for _, spec := range specs {
		call.bytes += len(spec.Payload)
	}
	if c.first(call) {
		c.flush(ctx, []*enqueueCall{call})
		c.handOver()
		return call.out, call.err
	}
	select {
	case <-call.done:
		return call.out, call.err
	case <-ctx.Done():
		c.drop(call)
		return ports.Enqueued{}, context.Cause(ctx)
	}
}

// first tells whether nothing is on its way; else the call waits in line.
func (c *coalescer) first(call *enqueueCall) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.busy {
		c.busy = true
		return true
	}
	c.waiting = append(c.waiting, call)
	return false
}

// handOver lets a goroutine flush what has gathered. A closed Store refuses it.
func (c *coalescer) handOver() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) > 0 && c.store.spawn(c.run) {
		return
	}
	for _, call := range c.waiting {
		call.err = job.ErrClosed
		close(call.done)
	}
	c.waiting, c.busy = nil, false
}

// drop takes a call out of line, if it is not on its way.
func (c *coalescer) drop(call *enqueueCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, w := range c.waiting {
		if w == call {
			c.waiting = append(c.waiting[:i], c.waiting[i+1:]...)
			return
		}
	}
}

// run flushes until nothing waits. A flush that is on its way when the Store is
// closed ends well; what waits then is refused.
func (c *coalescer) run(ctx context.Context) {
	for {
		calls := c.next()
		if len(calls) == 0 {
			return
		}
		c.flush(context.WithoutCancel(ctx), calls)
		for _, call := range calls {
			close(call.done)
		}
		c.gather(len(calls))
	}
}

// gather lets callers that have just been answered come back, as those do that enqueue
// in a loop: else the first of them would get a flush for itself, and the others the next.
// It ends when nobody came while all others could run.
func (c *coalescer) gather(most int) {
	for before := -1; ; {
		runtime.Gosched()
		c.mu.Lock()
		now := len(c.waiting)
		c.mu.Unlock()
		if now >= most || now <= before {
			return
		}
		before = now
	}
}

// next takes the calls of one flush out of line; with none left the run is over.
func (c *coalescer) next() []*enqueueCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, specs, bytes := 0, 0, 0
	for _, call := range c.waiting {
		specs += len(call.specs)
		bytes += call.bytes
		if n > 0 && (specs > maxFlushSpecs || bytes > maxFlushBytes) {
			break
		}
		n++
	}
	calls := append([]*enqueueCall(nil), c.waiting[:n]...)
	c.waiting = append(c.waiting[:0], c.waiting[n:]...)
	c.busy = n > 0
	return calls
}

// flush stores the calls together, or, if that fails because of one of them, each alone.
func (c *coalescer) flush(ctx context.Context, calls []*enqueueCall) {
	s := c.store
	var specs []*job.Spec
	for _, call := range calls {
		specs = append(specs, call.specs...)
	}
	at, stored, err := s.insertNow(ctx, specs)
	if err == nil && stored == len(specs) {
		for _, call := range calls {
			call.out.At = at
		}
		return
	}
	for _, call := range calls {
		if err != nil && isUnavailable(err) && !isClash(err) {
			call.err = err
			continue
		}
		call.out, call.err = s.enqueueAlone(ctx, call.specs)
	}
}

// insertNow stores specs, all or none, and announces them after the commit, in one
// round trip. It stores none, with or without an error, if an id exists or if it
// is the first to use a queue or kind.
func (s *Store) insertNow(ctx context.Context, specs []*job.Spec) (at time.Time, stored int, err error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return time.Time{}, 0, err
	}
	defer cancel()
	hints := dueHints(specs)
	committed := false
	batch := &pgx.Batch{}
	batch.Queue(begin)
	batch.Queue(s.sql.get("bound"), s.bound)
	var statement string
	var args, into []any
	if due(specs) {
		statement, args = insertionDue(specs, "")
		into = dueRow(&at, &stored)
	} else {
		statement, args, into = "enqueue", []any{bucket, specText(specs), "on"}, []any{&at, &stored}
	}
	batch.Queue(s.sql.get(statement), args...).QueryRow(func(row pgx.Row) error { return row.Scan(into...) })
	batch.Queue(commit).Exec(func(pgconn.CommandTag) error {
		committed = true
		return nil
	})
	if !s.config.PollOnly {
		batch.Queue(s.sql.get("announce"), s.channel, hints.payloads(), false)
	}
	err = s.pipeline(ctx, batch)
	if committed {
		err = nil // the announcement is a hint
		if stored > 0 {
			s.hub.tell(hints.list()...)
		}
	}
	return at.UTC(), stored, err
}
