package scenario

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
)

// patience is how long anything in a scenario may take.
const patience = time.Minute

// Work is the args of most scenarios' jobs.
type Work struct {
	N int `json:"n"`
}

// Kind implements tasktower.Args.
func (Work) Kind() string { return "work" }

// house is a store with a client, and the workers that a scenario starts.
type house struct {
	*testing.T
	store  tasktower.Store
	client *tasktower.Client
	events *events
}

func newHouse(t *testing.T, store tasktower.Store) *house {
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	return &house{T: t, store: store, client: client, events: &events{}}
}

// enqueue stores one Work job.
func (h *house) enqueue(n int, opts ...tasktower.Option) *tasktower.Record {
	h.Helper()
	rec, err := h.client.Enqueue(h.Context(), Work{n}, opts...)
	require.NoError(h, err)
	return rec
}

// enqueueMany stores n Work jobs numbered from first.
func (h *house) enqueueMany(first, n int, opts ...tasktower.Option) {
	h.Helper()
	all := make([]Work, n)
	for i := range all {
		all[i].N = first + i
	}
	_, err := h.client.EnqueueMany(h.Context(), tasktower.Each(all, opts...))
	require.NoError(h, err)
}

// work starts a worker for Work with the handler; it stops when the test ends,
// or earlier by the function returned.
func (h *house) work(cfg tasktower.WorkerConfig, f func(context.Context, *tasktower.Job[Work]) error, opts ...tasktower.Option) (stop func()) {
	h.Helper()
	cfg.Handlers = append(cfg.Handlers, tasktower.HandleFunc(f, opts...))
	return h.run(cfg)
}

func (h *house) run(cfg tasktower.WorkerConfig) (stop func()) {
	h.Helper()
	if cfg.Observer == nil {
		cfg.Observer = h.events
	}
	w, err := tasktower.NewWorker(h.store, cfg)
	require.NoError(h, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		h.Helper()
		cancel()
		require.NoError(h, <-done)
	})
	h.Cleanup(stop)
	return stop
}

// get is the job as the store has it.
func (h *house) get(id tasktower.ID) *tasktower.Record {
	h.Helper()
	rec, err := h.client.Get(h.Context(), id)
	require.NoError(h, err)
	return rec
}

// reaches waits until the job is in the state, and returns it.
func (h *house) reaches(id tasktower.ID, state tasktower.State) *tasktower.Record {
	h.Helper()
	var rec *tasktower.Record
	h.until(func() bool {
		rec = h.get(id)
		return rec.State == state
	}, "job reaches %s", state)
	return rec
}

// failures are the job's failed attempts.
func (h *house) failures(id tasktower.ID) []tasktower.Failure {
	h.Helper()
	all, err := h.client.Failures(h.Context(), id)
	require.NoError(h, err)
	return all
}

// count is how many jobs of all queues are in the state.
func (h *house) count(state tasktower.State) (n int) {
	h.Helper()
	counts, err := h.client.Counts(h.Context())
	require.NoError(h, err)
	for _, c := range counts {
		if c.State == state {
			n += c.Jobs
		}
	}
	return n
}

// until waits for a condition, which is asked on the test's goroutine.
func (h *house) until(cond func() bool, what string, args ...any) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.FailNow(h, "out of patience: until "+fmt.Sprintf(what, args...))
		}
	}
}

// soon receives from a channel, or fails the test.
func soon[T any](h *house, from <-chan T) T {
	h.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(h, "out of patience: nothing was sent")
		panic("unreachable")
	}
}

// events is an observer that remembers.
type events struct {
	mu  sync.Mutex
	all []event.Event
}

// Observe implements tasktower.Observer.
func (o *events) Observe(e event.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, e)
}

// of are the events of a type so far.
func (o *events) of(kind event.Type) (found []event.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.all {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	return found
}

// list is a slice that many goroutines add to.
type list[T any] struct {
	mu  sync.Mutex
	all []T
}

func (l *list[T]) add(v T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, v)
}

func (l *list[T]) get() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]T(nil), l.all...)
}

func (l *list[T]) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}
