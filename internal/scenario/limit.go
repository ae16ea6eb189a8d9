package scenario

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/strategies"
)

var limit = map[string]func(*house){
	"a timeout ends the context and fails the attempt":     timeout,
	"the worker's timeout is for jobs without their own":   workersTimeout,
	"a deadline ends the context and the job":              deadline,
	"past its deadline a job never starts":                 late,
	"a handler that ignores its context frees its slot":    abandoned,
	"a capped queue goes on as soon as a job of it ends":   func(h *house) { capped(h, strategies.Cap{PerWorker: 1}) },
	"a cap over all workers goes on as soon as a job ends": func(h *house) { capped(h, strategies.Cap{Cluster: 1}) },
	"slots kept for another queue do not slow this one":    reserved,
}

// untilTold waits for the end of the context and reports its cause.
func untilTold(h *house, cfg tasktower.WorkerConfig, opts ...tasktower.Option) <-chan error {
	causes := make(chan error, 1)
	h.work(cfg, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return ctx.Err()
	}, opts...)
	return causes
}

func timeout(h *house) {
	causes := untilTold(h, tasktower.WorkerConfig{}, tasktower.Timeout(20*time.Millisecond), tasktower.MaxRetries(0))
	rec := h.enqueue(0)
	require.ErrorIs(h, soon(h, causes), tasktower.ErrTimeout)
	require.Equal(h, tasktower.DeadRetries, h.reaches(rec.ID, tasktower.Dead).DeadReason)
	require.Len(h, h.failures(rec.ID), 1)
}

func workersTimeout(h *house) {
	const first, hour = 0, time.Hour
	causes, left := make(chan error, 1), make(chan time.Duration, 1)
	tell := func(ctx context.Context) error {
		end, _ := ctx.Deadline()
		left <- time.Until(end)
		return nil
	}
	h.work(tasktower.WorkerConfig{
		Timeout: 20 * time.Millisecond,
		Handlers: []tasktower.Registration{tasktower.HandleFunc(
			func(ctx context.Context, _ *tasktower.Job[Other]) error { return tell(ctx) }, tasktower.Timeout(2*hour))},
	}, func(ctx context.Context, j *tasktower.Job[Work]) error {
		if j.Args.N != first {
			return tell(ctx)
		}
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return ctx.Err()
	}, tasktower.MaxRetries(0))

	rec := h.enqueue(first)
	require.ErrorIs(h, soon(h, causes), tasktower.ErrTimeout)
	require.Equal(h, tasktower.DeadRetries, h.reaches(rec.ID, tasktower.Dead).DeadReason)
	h.enqueue(1, tasktower.Timeout(hour))
	require.InDelta(h, hour, soon(h, left), float64(patience), "the job's own")
	_, err := h.client.Enqueue(h.Context(), Other{})
	require.NoError(h, err)
	require.InDelta(h, 2*hour, soon(h, left), float64(patience), "the kind's own")
}

func deadline(h *house) {
	causes := untilTold(h, tasktower.WorkerConfig{})
	rec := h.enqueue(0, tasktower.DeadlineIn(500*time.Millisecond), tasktower.Timeout(time.Hour))
	require.ErrorIs(h, soon(h, causes), tasktower.ErrDeadline)
	require.Equal(h, tasktower.DeadDeadline, h.reaches(rec.ID, tasktower.Dead).DeadReason)
}

func late(h *house) {
	rec := h.enqueue(0, tasktower.DeadlineIn(time.Microsecond))
	runs := newTally(2)
	mourned := make(chan tasktower.DeadReason, 1)
	h.work(tasktower.WorkerConfig{}, runs.handle,
		tasktower.OnDeath(func(_ context.Context, ic *tasktower.InterceptContext) error {
			mourned <- ic.Job.DeadReason
			return nil
		}))
	require.Equal(h, tasktower.DeadDeadline, h.reaches(rec.ID, tasktower.Dead).DeadReason)
	require.Equal(h, tasktower.DeadDeadline, soon(h, mourned))
	require.Zero(h, runs.all.Load())
}

func abandoned(h *house) {
	free := make(chan struct{})
	h.work(tasktower.WorkerConfig{Concurrency: 1, Overstay: 20 * time.Millisecond},
		func(_ context.Context, j *tasktower.Job[Work]) error {
			if j.Args.N == 0 {
				<-free
			}
			return nil
		}, tasktower.Timeout(20*time.Millisecond), tasktower.MaxRetries(0))
	defer close(free)
	deaf := h.enqueue(0)
	next := h.enqueue(1)
	h.reaches(next.ID, tasktower.Completed)
	h.reaches(deaf.ID, tasktower.Dead)
	require.Len(h, h.events.of(event.JobAbandoned), 1)
	require.Contains(h, h.failures(deaf.ID)[0].Message, "ignored its context")
}

// capped fails if the worker waits for its poll between the jobs of the queue.
func capped(h *house, bound strategies.Cap) {
	const n = 60
	runs := newTally(n)
	h.enqueueMany(0, n, tasktower.Queue("narrow"))
	h.work(tasktower.WorkerConfig{
		JobCheckInterval: time.Hour,
		Strategy:         strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"narrow": bound}),
	}, runs.handle)
	runs.exactlyOnce(h)
}

func reserved(h *house) {
	const n = 60
	runs := newTally(n)
	h.enqueueMany(0, n)
	h.work(tasktower.WorkerConfig{
		Concurrency: 2, JobCheckInterval: time.Hour,
		Strategy: strategies.Caps(strategies.FIFO(), map[string]strategies.Cap{"urgent": {Min: 1}}),
	}, runs.handle)
	runs.exactlyOnce(h)
}
