package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// DefaultMaxJobs is how many jobs a store holds unless told otherwise.
const DefaultMaxJobs = 1_000_000

// Config says how a store behaves. The zero value works.
type Config struct {
	// Clock is what the store judges time by; nil: the wall clock.
	Clock ports.Clock
	// MaxJobs is how many jobs the store holds, finished ones included; 0 or
	// less: DefaultMaxJobs. Beyond it the oldest finished jobs are forgotten.
	MaxJobs int
}

// Store is a ports.Store in memory. Its methods are safe for many goroutines.
type Store struct {
	clock   ports.Clock
	maxJobs int
	hints   listeners

	mu       sync.Mutex
	closed   bool
	jobs     map[job.ID]*row
	keys     map[string]*row // who holds, or last held, a unique key
	queues   map[string]*line
	names    []string // of the queues, sorted
	paused   []string // of the paused ones, sorted
	later    agenda   // scheduled and retrying jobs by due time
	finished agenda   // final jobs, the oldest first, to make room
	ids      index    // all jobs by id, for lists
	workers  map[int64]*worker
	numbers  int64 // the last number given to a worker
	deaths   map[mourner][]*row
	scratch  scratch

	deadlines deadlines
	recurring recurring
	retained  retentions
}

var _ ports.Store = (*Store)(nil)

// New returns an empty store.
func New(c Config) *Store {
	s := &Store{
		clock:   c.Clock,
		maxJobs: c.MaxJobs,
		jobs:    map[job.ID]*row{},
		keys:    map[string]*row{},
		queues:  map[string]*line{},
		workers: map[int64]*worker{},
		deaths:  map[mourner][]*row{},
	}
	s.recurring.byKey = map[string]*recurrence{}
	if s.clock == nil {
		s.clock = wall{}
	}
	if s.maxJobs <= 0 {
		s.maxJobs = DefaultMaxJobs
	}
	s.hints.end = make(chan struct{})
	return s
}

// Close ends the store: what it held is forgotten, running Listens return
// ErrClosed, and so does every later call. Closing twice is harmless.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.hints.end)
	s.jobs, s.keys, s.queues, s.workers, s.deaths = nil, nil, nil, nil, nil
	s.names, s.paused = nil, nil
	s.later, s.finished, s.ids, s.scratch = agenda{}, agenda{}, index{}, scratch{}
	s.deadlines, s.recurring, s.retained = nil, recurring{}, retentions{}
	return nil
}

// do runs one call under the store's lock, dated by the store's clock, and then
// passes on what the call left to hint at. An error of the call is prefixed by its name.
func (s *Store) do(ctx context.Context, name string, call func(now time.Time, hint *hints) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memory: %s: %w", name, err)
	}
	var hint hints
	err := s.locked(&hint, call)
	s.hints.tell(hint)
	if err != nil {
		return fmt.Errorf("memory: %s: %w", name, err)
	}
	return nil
}

func (s *Store) locked(hint *hints, call func(now time.Time, hint *hints) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return job.ErrClosed
	}
	return call(job.Micro(s.clock.Now()), hint)
}

// wall is the wall clock.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }
