package scenario

import (
	"context"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

var control = map[string]func(*house){
	"one of two workers is paused and resumed":             pauseOne,
	"a drained worker ends its jobs and returns from Run":  drainOne,
	"a worker runs more jobs at once, then fewer":          resizeOne,
	"a program changes the concurrency of its own worker":  resizeOwn,
	"commands refuse workers that are not there, and size": controlRefusals,
}

// runWorker starts a worker and returns its id and what Run will return.
func (h *house) runWorker(cfg tasktower.WorkerConfig, f func(context.Context, *tasktower.Job[Work]) error) (*tasktower.Worker, string, <-chan error) {
	h.Helper()
	known := len(h.workers())
	cfg.Handlers = []tasktower.Registration{tasktower.HandleFunc(f)}
	w, err := tasktower.NewWorker(h.store, cfg)
	require.NoError(h, err)
	done := make(chan error, 1)
	go func() { done <- w.Run(context.Background()) }()
	h.Cleanup(func() { require.NoError(h, w.Stop(context.Background())) })
	h.until(func() bool { return len(h.workers()) > known }, "the worker is known")
	return w, h.workers()[0].ID, done
}

func (h *house) workers() []tasktower.WorkerInfo {
	h.Helper()
	workers, err := h.client.Workers(h.Context())
	require.NoError(h, err)
	return workers
}

func pauseOne(h *house) {
	var first, second atomic.Int64
	counts := func(n *atomic.Int64) func(context.Context, *tasktower.Job[Work]) error {
		return func(context.Context, *tasktower.Job[Work]) error { n.Add(1); return nil }
	}
	_, one, _ := h.runWorker(tasktower.WorkerConfig{}, counts(&first))
	require.NoError(h, h.client.PauseWorker(h.Context(), one, "ada", "its disk is full"))
	h.enqueueMany(0, 20)
	other, two, _ := h.runWorker(tasktower.WorkerConfig{}, counts(&second))
	h.until(func() bool { return h.count(tasktower.Completed) == 20 }, "the other worker runs the jobs")
	require.Zero(h, first.Load(), "not one claim after the pause was stored")
	info := h.workers()
	require.Equal(h, []string{two, one}, []string{info[0].ID, info[1].ID})
	require.False(h, info[0].Paused())
	require.Equal(h, []string{"ada", "its disk is full"}, []string{info[1].PausedBy, info[1].PauseNote})
	require.Equal(h, tasktower.WorkerLive, info[1].State)

	require.NoError(h, other.Stop(h.Context()))
	h.enqueueMany(20, 20)
	require.NoError(h, h.client.ResumeWorker(h.Context(), one))
	h.until(func() bool { return h.count(tasktower.Completed) == 40 }, "the resumed worker runs the jobs")
	require.EqualValues(h, 20, first.Load())
}

func drainOne(h *house) {
	begun, free := make(chan struct{}, 2), make(chan struct{})
	_, id, done := h.runWorker(tasktower.WorkerConfig{Concurrency: 2, Grace: -1}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		begun <- struct{}{}
		<-free
		return ctx.Err()
	})
	h.enqueueMany(0, 5)
	soon(h, begun)
	soon(h, begun)
	require.NoError(h, h.client.DrainWorker(h.Context(), id))
	require.Equal(h, tasktower.WorkerDraining, h.workers()[0].State)
	require.NoError(h, h.client.ResumeWorker(h.Context(), id), "which is no way back")
	close(free)
	require.NoError(h, soon(h, done))
	require.Equal(h, 2, h.count(tasktower.Completed))
	require.Equal(h, 3, h.count(tasktower.Enqueued))
	require.Equal(h, tasktower.WorkerStopped, h.workers()[0].State)
	require.ErrorIs(h, h.client.DrainWorker(h.Context(), id), tasktower.ErrConflict)
}

// gathering is a handler whose jobs wait for each other's release.
func gathering() (now *atomic.Int64, handle func(context.Context, *tasktower.Job[Work]) error, release chan struct{}) {
	now, release = new(atomic.Int64), make(chan struct{})
	return now, func(context.Context, *tasktower.Job[Work]) error {
		now.Add(1)
		defer now.Add(-1)
		<-release
		return nil
	}, release
}

func resizeOne(h *house) {
	now, handle, release := gathering()
	_, id, _ := h.runWorker(tasktower.WorkerConfig{Concurrency: 1}, handle)
	h.enqueueMany(0, 40)
	h.until(func() bool { return now.Load() == 1 }, "one job runs")
	require.NoError(h, h.client.SetConcurrency(h.Context(), id, 30))
	h.until(func() bool { return now.Load() == 30 }, "thirty jobs run")
	require.Equal(h, 30, h.workers()[0].Slots)
	require.NoError(h, h.client.SetConcurrency(h.Context(), id, 2))
	for range 35 {
		release <- struct{}{}
	}
	close(release)
	h.until(func() bool { return h.count(tasktower.Completed) == 40 }, "all jobs end")
}

func resizeOwn(h *house) {
	now, handle, release := gathering()
	w, _, _ := h.runWorker(tasktower.WorkerConfig{Concurrency: 1}, handle)
	h.enqueueMany(0, 5)
	require.NoError(h, w.SetConcurrency(5))
	h.until(func() bool { return now.Load() == 5 }, "five jobs run")
	h.until(func() bool { return h.workers()[0].Slots == 5 }, "the others see it")
	for _, n := range []int{-1, 0, tasktower.MaxConcurrency + 1} {
		require.ErrorIs(h, w.SetConcurrency(n), tasktower.ErrInvalid)
	}
	close(release)
	h.until(func() bool { return h.count(tasktower.Completed) == 5 }, "all jobs end")
}

func controlRefusals(h *house) {
	ctx := h.Context()
	w, id, _ := h.runWorker(tasktower.WorkerConfig{}, newTally(1).handle)
	for _, n := range []int{-1, 0, tasktower.MaxConcurrency + 1} {
		require.ErrorIs(h, h.client.SetConcurrency(ctx, id, n), tasktower.ErrInvalid)
	}
	require.NoError(h, h.client.SetConcurrency(ctx, id, tasktower.MaxConcurrency))
	require.NoError(h, w.Stop(ctx))
	for name, command := range map[string]func(id string) error{
		"pause":       func(id string) error { return h.client.PauseWorker(ctx, id, "", "") },
		"resume":      func(id string) error { return h.client.ResumeWorker(ctx, id) },
		"drain":       func(id string) error { return h.client.DrainWorker(ctx, id) },
		"concurrency": func(id string) error { return h.client.SetConcurrency(ctx, id, 1) },
	} {
		require.ErrorIs(h, command(id), tasktower.ErrConflict, name)
		require.ErrorIs(h, command("nobody"), tasktower.ErrNotFound, name)
		require.ErrorIs(h, command(""), tasktower.ErrNotFound, name)
	}
}
