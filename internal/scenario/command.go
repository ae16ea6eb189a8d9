package scenario

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
)

var command = map[string]func(*house){
	"a slow job shows as processing while others pass it": slowJob,
	"tagging a running job does not wait for it":          tagRunning,
	"a running job is cancelled":                          cancelRunning,
	"a waiting job is cancelled at once":                  cancelWaiting,
	"a cancelled job that returns nil is completed":       cancelTooLate,
	"requeue runs a dead job again with a fresh budget":   requeue,
	"commands refuse unknown jobs and wrong states":       refusals,
	"a paused queue keeps its jobs until it is resumed":   pauseResume,
	"a list goes on where the page before ended":          pages,
}

// hold starts a worker whose job 0 waits until released or told to stop; the
// others complete at once.
func hold(h *house, opts ...tasktower.Option) (started <-chan struct{}, release func()) {
	begun, free := make(chan struct{}, 1), make(chan struct{})
	h.work(tasktower.WorkerConfig{Concurrency: 2}, func(ctx context.Context, j *tasktower.Job[Work]) error {
		if j.Args.N != 0 {
			return nil
		}
		begun <- struct{}{}
		select {
		case <-free:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}, opts...)
	return begun, func() { close(free) }
}

func slowJob(h *house) {
	started, release := hold(h)
	slow := h.enqueue(0)
	soon(h, started)
	h.enqueueMany(1, 20)
	h.until(func() bool { return h.count(tasktower.Completed) == 20 }, "twenty jobs pass")
	now := h.get(slow.ID)
	require.Equal(h, tasktower.Processing, now.State)
	require.NotEmpty(h, now.Worker)
	require.False(h, now.ClaimedAt.IsZero())
	release()
	h.reaches(slow.ID, tasktower.Completed)
}

func tagRunning(h *house) {
	started, release := hold(h)
	rec := h.enqueue(0)
	soon(h, started)
	require.NoError(h, h.client.Tag(h.Context(), rec.ID, "vip"))
	now := h.get(rec.ID)
	require.Equal(h, tasktower.Processing, now.State)
	require.Equal(h, []string{"vip"}, now.Tags)
	release()
	h.reaches(rec.ID, tasktower.Completed)
	require.Equal(h, []string{"vip"}, h.get(rec.ID).Tags)
}

func cancelRunning(h *house) {
	started, _ := hold(h)
	rec := h.enqueue(0)
	soon(h, started)
	state, err := h.client.Cancel(h.Context(), rec.ID)
	require.NoError(h, err)
	require.Equal(h, tasktower.Processing, state)
	h.reaches(rec.ID, tasktower.Cancelled)
	require.Empty(h, h.failures(rec.ID))
}

func cancelWaiting(h *house) {
	for _, opts := range [][]tasktower.Option{nil, {tasktower.InHours(1)}} {
		rec := h.enqueue(0, opts...)
		state, err := h.client.Cancel(h.Context(), rec.ID, "changed our mind")
		require.NoError(h, err)
		require.Equal(h, tasktower.Cancelled, state)
		require.Equal(h, tasktower.Cancelled, h.get(rec.ID).State)
	}
}

func cancelTooLate(h *house) {
	begun := make(chan struct{}, 1)
	h.work(tasktower.WorkerConfig{}, func(ctx context.Context, _ *tasktower.Job[Work]) error {
		begun <- struct{}{}
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), tasktower.ErrCancelled) {
			return context.Cause(ctx)
		}
		return nil
	})
	rec := h.enqueue(0)
	soon(h, begun)
	_, err := h.client.Cancel(h.Context(), rec.ID)
	require.NoError(h, err)
	h.reaches(rec.ID, tasktower.Completed)
}

func requeue(h *house) {
	var broken atomic.Bool
	broken.Store(true)
	h.work(tasktower.WorkerConfig{}, func(context.Context, *tasktower.Job[Work]) error {
		if broken.Load() {
			return errors.New("broken")
		}
		return nil
	}, tasktower.MaxRetries(1), soonAgain)
	rec := h.enqueue(0)
	h.reaches(rec.ID, tasktower.Dead)
	broken.Store(false)
	require.NoError(h, h.client.Requeue(h.Context(), rec.ID, "mended"))
	done := h.reaches(rec.ID, tasktower.Completed)
	require.Zero(h, done.Failures)
	require.Empty(h, done.DeadReason)
	require.Len(h, h.failures(rec.ID), 2, "history stays")
	require.NoError(h, h.client.Delete(h.Context(), rec.ID))
	_, err := h.client.Get(h.Context(), rec.ID)
	require.ErrorIs(h, err, tasktower.ErrNotFound)
}

func refusals(h *house) {
	ctx, unknown := h.Context(), tasktower.ID{1}
	cancel := func(id tasktower.ID) error { _, err := h.client.Cancel(ctx, id); return err }
	for name, call := range map[string]func(tasktower.ID) error{
		"cancel":   cancel,
		"requeue":  func(id tasktower.ID) error { return h.client.Requeue(ctx, id) },
		"delete":   func(id tasktower.ID) error { return h.client.Delete(ctx, id) },
		"tag":      func(id tasktower.ID) error { return h.client.Tag(ctx, id, "x") },
		"get":      func(id tasktower.ID) error { _, err := h.client.Get(ctx, id); return err },
		"history":  func(id tasktower.ID) error { _, err := h.client.History(ctx, id); return err },
		"failures": func(id tasktower.ID) error { _, err := h.client.Failures(ctx, id); return err },
	} {
		require.ErrorIs(h, call(unknown), tasktower.ErrNotFound, name)
	}

	waiting := h.enqueue(0)
	var refused *tasktower.TransitionError
	require.ErrorAs(h, h.client.Requeue(ctx, waiting.ID), &refused)
	require.ErrorIs(h, refused, tasktower.ErrConflict)
	require.Equal(h, tasktower.Enqueued, refused.From)
	require.NoError(h, cancel(waiting.ID))
	require.ErrorIs(h, cancel(waiting.ID), tasktower.ErrConflict)

	started, release := hold(h)
	running := h.enqueue(0)
	soon(h, started)
	require.ErrorIs(h, h.client.Delete(ctx, running.ID), tasktower.ErrConflict)
	require.ErrorIs(h, h.client.Requeue(ctx, running.ID), tasktower.ErrConflict)
	release()
	h.reaches(running.ID, tasktower.Completed)
}

func pauseResume(h *house) {
	require.NoError(h, h.client.PauseQueue(h.Context(), "mail", "ops", "smtp is down"))
	runs := newTally(10)
	h.work(tasktower.WorkerConfig{}, runs.handle)
	h.enqueueMany(0, 5, tasktower.Queue("mail"))
	h.enqueueMany(5, 5)
	h.until(func() bool { return h.count(tasktower.Completed) == 5 }, "the other queue's jobs run")
	require.EqualValues(h, 5, runs.all.Load())
	queues, err := h.client.Queues(h.Context())
	require.NoError(h, err)
	require.Equal(h, "ops", queues[1].PausedBy)
	require.NoError(h, h.client.ResumeQueue(h.Context(), "mail"))
	runs.exactlyOnce(h)
}

func pages(h *house) {
	for i := range 25 {
		h.enqueueMany(i, 1, tasktower.Queue(fmt.Sprint("q", i%2)))
	}
	f := tasktower.Filter{Queues: []string{"q0"}, Limit: 5}
	var seen []tasktower.ID
	for {
		page, err := h.client.List(h.Context(), f)
		require.NoError(h, err)
		for _, r := range page.Jobs {
			seen = append(seen, r.ID)
		}
		if page.Next == "" {
			break
		}
		f.After = page.Next
	}
	require.Len(h, seen, 13)
	for i := 1; i < len(seen); i++ {
		require.Negative(h, seen[i].Compare(seen[i-1]), "newest first, none twice")
	}
	f.Queues = nil
	_, err := h.client.List(h.Context(), f)
	require.ErrorIs(h, err, tasktower.ErrInvalid, "a cursor of another filter")
}
