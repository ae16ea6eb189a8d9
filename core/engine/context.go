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
	until  time.Time       // when it ends at the latest; zero: no such time
	late   error           // the cause with which it ends then
	made   atomic.Bool     // ctx is there to be read

	mu     sync.Mutex
	ctx    context.Context // that does the work
	cancel context.CancelCauseFunc
	cause  error // with which it ended before it was made; nil: it did not
}

// start makes the context one that can be used. It ends limit after now with the cause
// late; 0: no limit. Whoever ended it before loses to a parent that has ended as well.
func (c *jobContext) start(parent context.Context, now time.Time, limit time.Duration, late error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parent = parent
	if limit > 0 {
		c.until, c.late = now.Add(limit), late
	}
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
	case c.goesOn():
		c.cause = cause
	}
}

// lapse ends a context whose time is up; one that was made does that by itself.
func (c *jobContext) lapse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil && c.goesOn() {
		c.cause = c.late
	}
}

// goesOn tells whether nothing has ended a context that was not made. Called with mu held.
func (c *jobContext) goesOn() bool {
	return c.cause == nil && (c.parent == nil || c.parent.Err() == nil)
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

// inner is the context that does the work.
func (c *jobContext) inner() context.Context {
	if c.made.Load() {
		return c.ctx
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil {
		c.make()
		c.made.Store(true)
	}
	return c.ctx
}

// make is inner for the first time. Called with mu held.
func (c *jobContext) make() {
	parent := c.parent
	if c.cause != nil {
		parent = context.WithoutCancel(parent) // it may have ended since, with another cause
	}
	ctx, cancel := context.WithCancelCause(parent)
	c.ctx, c.cancel = ctx, cancel
	if c.cause != nil && c.cause != c.late { // that one comes with the time
		cancel(c.cause)
	}
	if !c.until.IsZero() {
		limited, stop := context.WithDeadlineCause(ctx, c.until, c.late)
		c.ctx, c.cancel = limited, func(cause error) { cancel(cause); stop() }
	}
}

// Deadline is when the context ends at the latest; its parent has none.
func (c *jobContext) Deadline() (time.Time, bool) { return c.until, !c.until.IsZero() }

// Done is closed when the context ends.
func (c *jobContext) Done() <-chan struct{} { return c.inner().Done() }

// Err is nil until the context ends.
func (c *jobContext) Err() error { return c.inner().Err() }

// Value is the parent's, but for what package context looks for.
func (c *jobContext) Value(key any) any { return c.inner().Value(key) }

// String keeps those who print the context from reading what others write.
func (c *jobContext) String() string { return "context of a job" }
