package scenario

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

var stop = map[string]func(*house){
	"running jobs finish within the grace period":    withinGrace,
	"past the grace period jobs are given back":      pastGrace,
	"a handler that ignores the stop is left behind": leftBehind,
	"a worker runs once":                             runsOnce,
	"an ended context starts nothing":                endedContext,
	"a handler stops its own worker":                 stopInside,
	"a handler is not let wait for its own end":      stopAndWaitInside,
	"many stop a worker at once":                     stopByMany,
	"a worker stopped before its start never starts": stopBefore,
	"an impatient stop gives back at once":           stopNow,
	"a stopped worker's jobs go on at the next":      handOver,
}

func withinGrace(h *house) {
	begun, free := make(chan struct{}, 1), make(chan struct{})
	var told atomic.Bool
	end := h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		begun <- struct{}{}
		<-free
		told.Store(ctx.Err() != nil)
		return nil
	})
	rec := h.enqueue(0)
	soon(h, begun)
	ended := make(chan struct{})
	go func() { defer close(ended); end() }()
	close(free)
	soon(h, ended)
	require.False(h, told.Load(), "its context lives on")
	require.Equal(h, tasktower.Completed, h.get(rec.ID).State)
}

func pastGrace(h *house) {
	begun := make(chan struct{}, 1)
	causes := make(chan error, 1)
	end := h.work(tasktower.WorkerConfig{Grace: -1, Concurrency: 1}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		begun <- struct{}{}
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return ctx.Err()
	})
	rec := h.enqueue(0)
	h.enqueueMany(1, 50)
	soon(h, begun)
	end()
	require.ErrorIs(h, soon(h, causes), tasktower.ErrShutdown)
	given := h.get(rec.ID)
	require.Equal(h, tasktower.Enqueued, given.State)
	require.Zero(h, given.Attempt)
	require.Zero(h, given.Failures)
	require.Empty(h, h.failures(rec.ID))
	require.Equal(h, 51, h.count(tasktower.Enqueued))
}

func leftBehind(h *house) {
	begun, free := make(chan struct{}, 1), make(chan struct{})
	defer close(free)
	end := h.work(tasktower.WorkerConfig{Grace: time.Millisecond, Overstay: 10 * time.Millisecond},
		func(context.Context, *tasktower.Job[Work]) error {
			begun <- struct{}{}
			<-free
			return nil
		})
	rec := h.enqueue(0)
	soon(h, begun)
	end()
	given := h.get(rec.ID)
	require.Equal(h, tasktower.Enqueued, given.State)
	require.Zero(h, given.Attempt)
}

func (h *house) worker(f func(context.Context, *tasktower.Job[Work]) error) *tasktower.Worker {
	h.Helper()
	w, err := tasktower.NewWorker(h.store, tasktower.WorkerConfig{Handlers: []tasktower.Registration{tasktower.HandleFunc(f)}})
	require.NoError(h, err)
	return w
}

func runsOnce(h *house) {
	w := h.worker(newTally(1).handle)
	ctx, cancel := context.WithCancel(h.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	h.until(func() bool {
		workers, err := h.client.Workers(h.Context())
		require.NoError(h, err)
		return len(workers) == 1
	}, "the worker is known")
	require.ErrorIs(h, w.Run(ctx), tasktower.ErrClosed)
	_, _, err := w.RunDue(ctx, 1)
	require.ErrorIs(h, err, tasktower.ErrClosed)
	cancel()
	require.NoError(h, soon(h, done))
	require.ErrorIs(h, w.Run(h.Context()), tasktower.ErrClosed)
}

func endedContext(h *house) {
	ctx, cancel := context.WithCancel(h.Context())
	cancel()
	h.enqueue(0)
	require.NoError(h, h.worker(newTally(1).handle).Run(ctx))
	workers, err := h.client.Workers(h.Context())
	require.NoError(h, err)
	require.Empty(h, workers)
	require.Equal(h, 1, h.count(tasktower.Enqueued))
}

func stopInside(h *house) {
	ctx, cancel := context.WithCancel(h.Context())
	w := h.worker(func(context.Context, *tasktower.Job[Work]) error { cancel(); return nil })
	rec := h.enqueue(0)
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	require.NoError(h, soon(h, done))
	require.Equal(h, tasktower.Completed, h.get(rec.ID).State)
}

func stopAndWaitInside(h *house) {
	var w *tasktower.Worker
	answers := make(chan error, 1)
	w = h.worker(func(ctx context.Context, _ *tasktower.Job[Work]) error { answers <- w.Stop(ctx); return nil })
	rec := h.enqueue(0)
	require.NoError(h, w.Run(h.Context()))
	require.ErrorIs(h, soon(h, answers), tasktower.ErrConflict)
	require.Equal(h, tasktower.Completed, h.get(rec.ID).State)
}

func stopByMany(h *house) {
	runs := newTally(20)
	w := h.worker(runs.handle)
	h.enqueueMany(0, 20)
	done := make(chan error, 6)
	go func() { done <- w.Run(h.Context()) }()
	runs.exactlyOnce(h)
	for range 5 {
		go func() { done <- w.Stop(h.Context()) }()
	}
	for range 6 {
		require.NoError(h, soon(h, done))
	}
	require.NoError(h, w.Stop(h.Context()), "once more")
	require.Equal(h, 20, h.count(tasktower.Completed))
	workers, err := h.client.Workers(h.Context())
	require.NoError(h, err)
	require.False(h, workers[0].StoppedAt.IsZero())
}

func stopBefore(h *house) {
	w := h.worker(newTally(1).handle)
	require.NoError(h, w.Stop(h.Context()))
	h.enqueue(0)
	require.NoError(h, w.Run(h.Context()))
	_, _, err := w.RunDue(h.Context(), 1)
	require.ErrorIs(h, err, tasktower.ErrClosed)
	require.Equal(h, 1, h.count(tasktower.Enqueued))
}

// stopNow has a handler that listens to its context and one that does not.
func stopNow(h *house) {
	begun, free := make(chan struct{}, 2), make(chan struct{})
	defer close(free)
	causes := make(chan error, 1)
	w := h.worker(func(ctx context.Context, j *tasktower.Job[Work]) error {
		begun <- struct{}{}
		if j.Args.N == 0 {
			<-free
			return nil
		}
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return ctx.Err()
	})
	h.enqueueMany(0, 2)
	done := make(chan error, 1)
	go func() { done <- w.Run(h.Context()) }()
	soon(h, begun)
	soon(h, begun)
	now, cancel := context.WithCancel(h.Context())
	cancel()
	stopped := time.Now()
	require.NoError(h, w.Stop(now))
	require.Less(h, time.Since(stopped), tasktower.DefaultGrace)
	require.NoError(h, soon(h, done))
	require.ErrorIs(h, soon(h, causes), tasktower.ErrShutdown)
	page, err := h.client.List(h.Context(), tasktower.Filter{})
	require.NoError(h, err)
	for _, rec := range page.Jobs {
		require.Equal(h, tasktower.Enqueued, rec.State)
		require.Zero(h, rec.Attempt)
	}
}

func handOver(h *house) {
	begun := make(chan struct{}, 1)
	end := h.work(tasktower.WorkerConfig{Grace: -1}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		begun <- struct{}{}
		<-ctx.Done()
		return fmt.Errorf("interrupted: %w", context.Cause(ctx))
	})
	rec := h.enqueue(0)
	soon(h, begun)
	end()
	h.work(tasktower.WorkerConfig{}, newTally(1).handle)
	done := h.reaches(rec.ID, tasktower.Completed)
	require.Equal(h, 1, done.Attempt)
}
