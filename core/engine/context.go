package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// jobContext is the context of a job's handler: a child of the worker's that ends with
// a cause of its own. Most short handlers never look at theirs, and what ends it is a
// large part of what they cost; so the context that does the work is made when
// somebody asks for it. All that package context asks of a parent is asked of that one.
type jobContext struct {
	parent context.Context // nil: the job has not started
	made   atomic.Bool     // ctx is there to be read

	mu     sync.Mutex
	ctx    context.Context // that does the work
	cancel context.CancelCauseFunc
	cause  error // with which it ended before it was made; nil: it did not
}

// start makes the context one that can be used. Whoever ended it before loses to a
// parent that has ended as well.
func (c *jobContext) start(parent context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parent = parent
	if parent.Err() != nil {
		c.cause = nil
	}
}

// end ends the context with a cause, unless it has ended.
func (c *jobContext) end(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ctx != nil:
		c.cancel(cause)
	case c.cause == nil && (c.parent == nil || c.parent.Err() == nil):
		c.cause = cause
	}
}

// ended is the cause with which the context ended, or nil.
func (c *jobContext) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ctx != nil:
		return context.Cause(c.ctx)
	case c.cause != nil:
		return c.cause
	}
	return context.Cause(c.parent)
}

// causeOf is context.Cause, but does not make a context to learn that it goes on.
func causeOf(ctx context.Context) error {
	if c, is := ctx.(*jobContext); is {
		return c.ended()
	}
	return context.Cause(ctx)
}

// inner is the context that does the work.
func (c *jobContext) inner() context.Context {
	if c.made.Load() {
		return c.ctx
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ctx != nil:
	case c.cause != nil: // its parent may have ended since, with another cause
		c.ctx, c.cancel = context.WithCancelCause(context.WithoutCancel(c.parent))
		c.cancel(c.cause)
	default:
		c.ctx, c.cancel = context.WithCancelCause(c.parent)
	}
	c.made.Store(true)
	return c.ctx
}

// Deadline is the parent's.
func (c *jobContext) Deadline() (time.Time, bool) { return c.parent.Deadline() }

// Done is closed when the context ends.
func (c *jobContext) Done() <-chan struct{} { return c.inner().Done() }

// Err is nil until the context ends.
func (c *jobContext) Err() error { return c.inner().Err() }

// Value is the parent's, but for what package context looks for.
func (c *jobContext) Value(key any) any { return c.inner().Value(key) }

// String keeps those who print the context from reading what others write.
func (c *jobContext) String() string { return "context of a job" }
