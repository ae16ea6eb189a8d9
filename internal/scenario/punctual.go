package scenario

import (
	"context"
	"errors"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/retry"
)

// punctual are scenarios whose workers hardly ever poll: what starts in them starts by
// a timer on its due time, or by a hint that there is something sooner.
var punctual = map[string]func(*house){
	"a scheduled job starts at its time":                  scheduledTimer,
	"a job that is due sooner than those known starts":    soonerTimer,
	"a failed job runs again at its time":                 retryTimer,
	"a recurring job starts at its instants":              recurringTimer,
	"a job that is scheduled while all slots run is kept": busyTimer,
}

const hardly = time.Hour

// starting runs jobs and tells the time of each start. It fails the first so many attempts.
func starting(h *house, fail int, cfg tasktower.WorkerConfig, opts ...tasktower.Option) <-chan time.Time {
	cfg.JobCheckInterval = hardly
	began := make(chan time.Time, 100)
	h.work(cfg, func(_ context.Context, j *tasktower.Job[Work]) error {
		began <- time.Now()
		if j.Attempt <= fail {
			return errors.New("not yet")
		}
		return nil
	}, opts...)
	h.until(func() bool {
		workers, err := h.client.Workers(h.Context())
		require.NoError(h, err)
		return len(workers) == 1
	}, "the worker is there")
	return began
}

func scheduledTimer(h *house) {
	began := starting(h, 0, tasktower.WorkerConfig{})
	rec := h.enqueue(0, tasktower.In(300*time.Millisecond))
	require.False(h, soon(h, began).Before(rec.RunAt), "never before its time")
}

func soonerTimer(h *house) {
	h.enqueue(0, tasktower.In(2*hardly))
	began := starting(h, 0, tasktower.WorkerConfig{})
	rec := h.enqueue(1, tasktower.In(300*time.Millisecond))
	require.False(h, soon(h, began).Before(rec.RunAt))
	rec = h.enqueue(2, tasktower.In(200*time.Millisecond))
	require.False(h, soon(h, began).Before(rec.RunAt))
}

func retryTimer(h *house) {
	began := starting(h, 2, tasktower.WorkerConfig{}, tasktower.Retry(retry.Fixed(250*time.Millisecond)))
	h.enqueue(0)
	first := soon(h, began)
	second := soon(h, began)
	require.GreaterOrEqual(h, second.Sub(first), 250*time.Millisecond)
	require.GreaterOrEqual(h, soon(h, began).Sub(second), 250*time.Millisecond)
}

func recurringTimer(h *house) {
	began := starting(h, 0, tasktower.WorkerConfig{
		Recurring: []tasktower.Recurring{{Key: "tick", When: tasktower.Every(time.Second), Args: Work{}}},
	})
	first := soon(h, began)
	require.Greater(h, soon(h, began).Sub(first), 500*time.Millisecond)
}

func busyTimer(h *house) {
	leave := make(chan struct{})
	runs := make(chan int, 2)
	h.work(tasktower.WorkerConfig{Concurrency: 1, JobCheckInterval: hardly}, func(_ context.Context, j *tasktower.Job[Work]) error {
		runs <- j.Args.N
		if j.Args.N == 0 {
			<-leave
		}
		return nil
	})
	h.enqueue(0)
	require.Equal(h, 0, soon(h, runs))
	rec := h.enqueue(1, tasktower.In(100*time.Millisecond))
	h.reaches(rec.ID, tasktower.Enqueued)
	close(leave)
	require.Equal(h, 1, soon(h, runs))
}
