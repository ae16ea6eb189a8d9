package tasktowertest

import (
	"testing"
	"time"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
)

// Config says how a Harness is made. The zero value works.
type Config struct {
	// Client is the client's configuration: contextualizers, middleware. The
	// worker's handlers are added to its Handlers. IDs nil: the same ids in each run.
	Client tasktower.ClientConfig
	// Worker is the worker's configuration: handlers, strategy, interceptors.
	// Without handlers no job runs. Seed 0: the same jitter in each run. IDs nil:
	// the client's.
	Worker tasktower.WorkerConfig
	// Start is when the clock starts; zero: 2026-01-15 09:00 UTC, a Thursday.
	Start time.Time
}

// Harness is what a test needs to enqueue jobs and to run them. Its client may
// be used by many goroutines; everything else belongs to the test's own.
type Harness struct {
	Client *tasktower.Client
	Store  *memory.Store

	clock  *clock
	worker *tasktower.Worker // nil: no handlers
	busy   bool              // in Drain, Advance or RunAll
}

// New makes a Harness whose worker has the handlers. Mistakes in them fail the
// test, all together.
func New(t testing.TB, handlers ...tasktower.Registration) *Harness {
	t.Helper()
	return NewWith(t, Config{Worker: tasktower.WorkerConfig{Handlers: handlers}})
}

// NewWith is New with a say in everything.
//
// When the test ends, the store is closed, so that a goroutine left behind gets
// ErrClosed, and a job that is still being processed fails the test.
func NewWith(t testing.TB, c Config) *Harness {
	t.Helper()
	if c.Start.IsZero() {
		c.Start = time.Date(2026, time.January, 15, 9, 0, 0, 0, time.UTC)
	}
	h := &Harness{clock: &clock{now: c.Start}}
	h.Store = memory.New(memory.Config{Clock: h.clock})
	if c.Client.IDs == nil {
		c.Client.IDs = &ids{clock: h.clock}
	}
	if c.Worker.IDs == nil {
		c.Worker.IDs = c.Client.IDs
	}
	if c.Worker.Seed == 0 {
		c.Worker.Seed = 1
	}
	c.Client.Handlers = append(c.Client.Handlers[:len(c.Client.Handlers):len(c.Client.Handlers)], c.Worker.Handlers...)
	var err error
	if h.Client, err = tasktower.NewClient(h.Store, c.Client); err != nil {
		t.Fatalf("tasktowertest: client: %v", err)
	}
	if len(c.Worker.Handlers) > 0 {
		if h.worker, err = tasktower.NewWorker(h.Store, c.Worker); err != nil {
			t.Fatalf("tasktowertest: worker: %v", err)
		}
	}
	t.Cleanup(func() { h.close(t) })
	return h
}

// Now is the instant at which the clock stands.
func (h *Harness) Now() time.Time { return h.clock.Now() }

// Begin starts a transaction for Client.InTx. One that the test neither commits
// nor rolls back fails it.
func (h *Harness) Begin(t testing.TB) *memory.Tx {
	t.Helper()
	tx := h.Store.Begin()
	t.Cleanup(func() {
		if tx.Rollback() == nil {
			t.Error("tasktowertest: a transaction was neither committed nor rolled back")
		}
	})
	return tx
}

func (h *Harness) close(t testing.TB) {
	t.Helper()
	for _, r := range h.jobs(t, tasktower.Filter{State: tasktower.Processing}) {
		t.Errorf("tasktowertest: job %s of kind %s is still being processed", r.ID, r.Kind)
	}
	if err := h.Store.Close(); err != nil {
		t.Errorf("tasktowertest: %v", err)
	}
}
