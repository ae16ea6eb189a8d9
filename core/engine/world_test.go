package engine_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/core/retry"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/ports/portstest"
)

// The worker's own times in these tests.
const (
	heartbeat = 5 * time.Second
	lease     = 30 * time.Second
	grace     = 20 * time.Second
	overstay  = 5 * time.Second
	// maxCrashes is the crash that makes a job dead.
	maxCrashes = 3
	// lastWait is how long the last results and the leave-taking may take.
	lastWait = 10 * time.Second
	// drained is how long a stop may take at worst.
	drained = grace + overstay + lastWait
	// inAHurry is how long it may take once somebody loses patience.
	inAHurry = 2200 * time.Millisecond
)

// world is a memory store that can be made to fail, inside a synctest bubble.
type world struct {
	*testing.T
	store  *portstest.FaultyStore
	memory *memory.Store
	ids    system.IDs
	heard  events
}

func newWorld(t *testing.T, faults ...portstest.Fault) *world {
	m := memory.New(memory.Config{})
	return &world{T: t, memory: m, store: portstest.Faulty(m, faults...)}
}

type oldestFirst struct{}

func (oldestFirst) Name() string               { return "oldest first" }
func (oldestFirst) Plan(queue.View) queue.Plan { return queue.Plan{Rest: queue.RestByAge} }

// config is a worker's for one kind.
func (w *world) config(run func(context.Context, *job.Record) error) engine.Config {
	return engine.Config{
		Store: w.store, Strategy: oldestFirst{}, Observer: &w.heard,
		Kinds:       []engine.Kind{{Name: "k", Run: run, MaxRetries: 3, Retry: retry.Fixed(time.Second)}},
		Concurrency: 3, ID: func() string { return w.ids.NewID().String() }, Seed: 1,
		JobCheckInterval: time.Second, QueueAnnouncementInterval: time.Second,
		Heartbeat: heartbeat, Lease: lease, Grace: grace, Overstay: overstay, Prefetch: 20 * time.Millisecond,
		RescueInterval: 5 * time.Second, MaxCrashes: maxCrashes,
	}
}

// start runs a worker until the function returned is called.
func (w *world) start(cfg engine.Config) (stop func()) {
	w.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	worker := engine.New(cfg)
	go func() { done <- worker.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		w.Helper()
		cancel()
		require.NoError(w, <-done)
	})
	w.Cleanup(stop)
	return stop
}

// enqueue stores jobs of kind k straight into memory.
func (w *world) enqueue(n int, change ...func(*job.Spec)) []job.ID {
	w.Helper()
	specs, ids := make([]*job.Spec, n), make([]job.ID, n)
	for i := range specs {
		specs[i] = &job.Spec{ID: w.ids.NewID(), Kind: "k", Queue: "q", Payload: []byte(strconv.Itoa(i)), MaxRetries: -1}
		for _, f := range change {
			f(specs[i])
		}
		ids[i] = specs[i].ID
	}
	_, err := w.memory.Enqueue(w.Context(), specs)
	require.NoError(w, err)
	return ids
}

// ghost is a worker that claims up to so many jobs and is never heard of again.
func (w *world) ghost(takes int) []*job.Record {
	w.Helper()
	number, err := w.memory.Register(w.Context(), ports.Worker{ID: w.ids.NewID().String(), Kinds: []string{"k"}, Slots: 1}, lease)
	require.NoError(w, err)
	jobs, err := w.memory.Claim(w.Context(), ports.ClaimRequest{
		Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"k"}, Limit: takes,
	})
	require.NoError(w, err)
	return jobs
}

func (w *world) get(id job.ID) *job.Record {
	w.Helper()
	rec, err := w.memory.Get(w.Context(), id)
	require.NoError(w, err)
	return rec
}

// events is an observer that remembers.
type events struct {
	mu  sync.Mutex
	all []event.Event
}

func (o *events) Observe(e event.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, e)
}

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

var _ ports.Observer = (*events)(nil)
