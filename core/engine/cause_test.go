package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports/portstest"
)

// lateRun runs a handler for 40 seconds that returns context.Canceled, and says how
// the attempt ended; end is called after one second.
func lateRun(t *testing.T, end func(*world, job.ID), change func(*engine.Config, *job.Spec), last func(context.Context)) event.Event {
	w := newWorld(t)
	cfg := w.config(func(ctx context.Context, _ *job.Record) error {
		time.Sleep(40 * time.Second)
		last(ctx)
		return context.Canceled
	})
	cfg.Grace, cfg.Overstay, cfg.Kinds[0].MaxRetries = 0, time.Minute, 0
	id := w.enqueue(1, func(s *job.Spec) { change(&cfg, s) })[0]
	stop := w.start(cfg)
	time.Sleep(time.Second)
	if end != nil {
		end(w, id)
	} else {
		defer stop()
	}
	time.Sleep(41 * time.Second)
	for _, kind := range []event.Type{event.JobReleased, event.JobCancelled, event.JobDied} {
		if told := w.heard.of(kind); len(told) > 0 {
			return told[0]
		}
	}
	return event.Event{}
}

// A handler that looks at its context only at its end, or not at all, was cut short
// by it none the less.
func TestAttempt_KnowsWhyAContextEndedThatNobodyLookedAt(t *testing.T) {
	t.Parallel()
	same := func(*engine.Config, *job.Spec) {}
	cancel := func(w *world, id job.ID) {
		_, err := w.memory.Cancel(w.Context(), id, "")
		require.NoError(w, err)
	}
	for name, c := range map[string]struct {
		change     func(*engine.Config, *job.Spec)
		end        func(*world, job.ID)
		cause, err error // of the handler's context
		told       event.Type
		why        string
	}{
		"nothing ends it":      {same, nil, nil, nil, event.JobDied, "context canceled"},
		"somebody cancels":     {same, cancel, engine.ErrCancelled, context.Canceled, event.JobCancelled, ""},
		"the lease is lost":    {same, func(w *world, _ job.ID) { w.store.Break(portstest.Fault{Method: "Beat"}) }, job.ErrLeaseLost, context.Canceled, event.JobReleased, job.ErrLeaseLost.Error()},
		"the timeout runs out": {func(c *engine.Config, _ *job.Spec) { c.Timeout = 5 * time.Second }, nil, engine.ErrTimeout, context.DeadlineExceeded, event.JobDied, "context canceled (the job's timeout of 5s ran out)"},
		"the deadline passes":  {func(_ *engine.Config, s *job.Spec) { s.DeadlineIn = 5 * time.Second }, nil, engine.ErrDeadline, context.DeadlineExceeded, event.JobDied, "context canceled (the job's deadline passed)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				told := lateRun(t, c.end, c.change, func(context.Context) {})
				require.Equal(t, c.told, told.Type)
				if told.Err != nil {
					told.Note = told.Err.Error()
				}
				require.Equal(t, c.why, told.Note)
			})
			synctest.Test(t, func(t *testing.T) {
				seen := make(chan [2]error, 2)
				lateRun(t, c.end, c.change, func(ctx context.Context) { seen <- [2]error{context.Cause(ctx), ctx.Err()} })
				require.Equal(t, [2]error{c.cause, c.err}, <-seen)
			})
		})
	}
}

func TestAttempt_KnowsThatAStopCutItShort(t *testing.T) {
	t.Parallel()
	for name, looks := range map[string]bool{"the handler looks": true, "nobody looks": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.enqueue(1)[0]
				seen := make(chan error, 1)
				cfg := w.config(func(ctx context.Context, _ *job.Record) error {
					time.Sleep(grace + 2*time.Second)
					if looks {
						seen <- context.Cause(ctx)
					}
					return context.Canceled
				})
				stop := w.start(cfg)
				time.Sleep(time.Second)
				stop()
				if looks {
					require.Equal(t, engine.ErrShutdown, <-seen)
				}
				require.Equal(t, job.Enqueued, w.get(id).State)
				require.Equal(t, engine.ErrShutdown.Error(), w.heard.of(event.JobReleased)[0].Note)
			})
		})
	}
}

// What a handler leaves behind may look at its context for the first time when the
// attempt is over.
func TestAttempt_LeavesAnEndedContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(1)
		left := make(chan context.Context, 1)
		stop := w.start(w.config(func(ctx context.Context, _ *job.Record) error {
			left <- ctx
			return nil
		}))
		ctx := <-left
		synctest.Wait()
		require.Len(t, w.heard.of(event.JobCompleted), 1)
		select {
		case <-ctx.Done():
		default:
			require.Fail(t, "it goes on")
		}
		require.Equal(t, context.Canceled, ctx.Err())
		require.Equal(t, context.Canceled, context.Cause(ctx))
		stop()
	})
}
