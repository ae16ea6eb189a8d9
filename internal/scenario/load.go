package scenario

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

var load = map[string]func(*house){
	"one job enqueued runs once":                               func(h *house) { parallel(h, 1) },
	"5 jobs enqueued in parallel run once":                     func(h *house) { parallel(h, 5) },
	"500 jobs enqueued in parallel run once":                   func(h *house) { parallel(h, 500) },
	"10,000 jobs enqueued in parallel run once":                func(h *house) { parallel(h, 10_000) },
	"5,000 jobs scheduled two seconds ahead run once, in time": scheduled,
	"10,000 jobs over eight workers run once":                  manyWorkers,
}

// tally counts the runs of numbered jobs.
type tally struct {
	runs []atomic.Int32
	all  atomic.Int64
}

func newTally(n int) *tally { return &tally{runs: make([]atomic.Int32, n)} }

func (c *tally) handle(_ context.Context, j *tasktower.Job[Work]) error {
	c.runs[j.Args.N].Add(1)
	c.all.Add(1)
	return nil
}

// exactlyOnce waits until all jobs are completed and each has run once.
func (c *tally) exactlyOnce(h *house) {
	h.Helper()
	h.until(func() bool { return c.all.Load() >= int64(len(c.runs)) }, "all %d have run", len(c.runs))
	h.until(func() bool { return h.count(tasktower.Completed) >= min(len(c.runs), tasktower.CountLimit) }, "all are stored")
	for i := range c.runs {
		require.EqualValues(h, 1, c.runs[i].Load(), "job %d", i)
	}
}

// parallel enqueues n jobs from up to 64 goroutines while a worker runs.
func parallel(h *house, n int) {
	runs := newTally(n)
	h.work(tasktower.WorkerConfig{Concurrency: 20}, runs.handle)
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for range min(n, 64) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if _, err := h.client.Enqueue(h.Context(), Work{i}); err != nil {
					errs <- fmt.Errorf("job %d: %w", i, err)
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	require.NoError(h, <-errs)
	runs.exactlyOnce(h)
}

func scheduled(h *house) {
	const n, ahead = 5000, 2 * time.Second
	runs := newTally(n)
	var early atomic.Int64
	h.work(tasktower.WorkerConfig{Concurrency: 20}, func(ctx context.Context, j *tasktower.Job[Work]) error {
		if j.ClaimedAt.Before(j.CreatedAt.Add(ahead)) {
			early.Add(1)
		}
		return runs.handle(ctx, j)
	})
	h.enqueueMany(0, n, tasktower.In(ahead))
	require.Zero(h, runs.all.Load(), "none runs before its time")
	runs.exactlyOnce(h)
	require.Zero(h, early.Load(), "none was claimed before its time")
}

func manyWorkers(h *house) {
	const n = 10_000
	runs := newTally(n)
	for range 8 {
		h.work(tasktower.WorkerConfig{Concurrency: 5}, runs.handle)
	}
	h.enqueueMany(0, n)
	runs.exactlyOnce(h)
	workers, err := h.client.Workers(h.Context())
	require.NoError(h, err)
	require.Len(h, workers, 8)
}
