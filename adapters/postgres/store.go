package postgres

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

var _ ports.Store = (*Store)(nil)

// Store implements ports.Store on a PostgreSQL schema. It is safe for many
// goroutines. Close it before its pool.
type Store struct {
	pool    *connector
	config  Config
	sql     statements
	class   int32  // of advisory locks
	channel string // of notifications
	bound   string // the call timeout as the server reads it

	queues  queueNames
	lanes   lanes
	later   laterFloor
	flusher coalescer
	hub     hub
	freeing atomic.Int64 // Unix nanoseconds, from when on drained slots are looked for; see turn
	spread  atomic.Int32 // how many claims are read job by job; see readClaimed

	ended  context.Context // done with Close
	end    context.CancelCauseFunc
	mu     sync.Mutex // guards closed against work being added
	closed bool
	work   sync.WaitGroup
}

// New makes a Store of a pool that the caller keeps. It connects to nothing and
// starts nothing. The error joins every mistake in the configuration, each
// matching job.ErrInvalid.
func New(pool *pgxpool.Pool, config Config) (*Store, error) {
	if err := config.check(pool); err != nil {
		return nil, fmt.Errorf("postgres: configuration: %w", err)
	}
	s := &Store{
		pool: newConnector(pool), config: config,
		sql: loadStatements(config.Schema), class: lockClass(config.Schema), channel: channel(config.Schema),
		bound: strconv.FormatInt(config.CallTimeout.Milliseconds(), 10) + "ms",
	}
	s.ended, s.end = context.WithCancelCause(context.Background())
	s.flusher.store, s.hub.store = s, s
	return s, nil
}

// Close ends what the Store runs and waits for it. Calls after it, and calls of
// Listen, get ErrClosed. The pool stays open. Closing twice is harmless.
func (s *Store) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.end(job.ErrClosed)
	s.work.Wait()
}

// spawn runs f on a goroutine that Close waits for; false after Close.
func (s *Store) spawn(f func(ctx context.Context)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Go(func() { f(s.ended) })
	return true
}

// call bounds a call by the caller's context, the call timeout and Close.
func (s *Store) call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if s.ended.Err() != nil {
		return nil, nil, job.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.config.CallTimeout, errCallTimeout)
	return ctx, cancel, nil
}

// micros converts a number of microseconds.
func micros(us int64) time.Duration { return time.Duration(us) * time.Microsecond }
