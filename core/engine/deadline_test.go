package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
)

func within(d time.Duration) func(*job.Spec) {
	return func(s *job.Spec) { s.DeadlineIn = d }
}

// A job that gets its slot at its deadline does not start; a microsecond earlier it does.
func TestDeadline_IsNoTimeToStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		left  time.Duration // when the slot is free
		state job.State
	}{
		"before the deadline": {time.Microsecond, job.Completed},
		"at the deadline":     {0, job.Dead},
		"after the deadline":  {-time.Microsecond, job.Dead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				first := true
				cfg := w.config(func(context.Context, *job.Record) error {
					if first {
						first = false
						time.Sleep(10 * time.Second)
					}
					return nil
				})
				cfg.Concurrency, cfg.RescueInterval = 1, 0
				w.enqueue(1)
				second := w.enqueue(1, within(10*time.Second+c.left))[0]
				w.start(cfg)
				time.Sleep(time.Minute)
				got := w.get(second)
				require.Equal(t, c.state, got.State)
				if c.state == job.Dead {
					require.Equal(t, job.DeadDeadline, got.DeadReason)
					require.Zero(t, got.Attempt, "it never started")
				}
			})
		})
	}
}

// No retry is planned at a deadline or beyond it, whoever chooses the wait.
func TestDeadline_EndsTheRetries(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		err   error
		left  time.Duration // from the failure to the deadline; the policy waits a second
		state job.State
	}{
		"a retry before it":         {failed, time.Second + time.Microsecond, job.Retrying},
		"a retry at it":             {failed, time.Second, job.Dead},
		"a retry beyond it":         {failed, 500 * time.Millisecond, job.Dead},
		"a chosen retry before it":  {engine.RetryIn(2*time.Second, failed), 2*time.Second + time.Microsecond, job.Retrying},
		"a chosen retry at it":      {engine.RetryIn(2*time.Second, failed), 2 * time.Second, job.Dead},
		"a chosen retry beyond it":  {engine.RetryIn(time.Hour, failed), 2 * time.Second, job.Dead},
		"a snooze is not a retry":   {engine.Snooze(time.Hour), 2 * time.Second, job.Scheduled},
		"a failure that is no more": {engine.Discard(failed), time.Hour, job.Dead},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				cfg := w.config(func(context.Context, *job.Record) error { return c.err })
				cfg.RescueInterval = 0
				w.start(cfg)
				synctest.Wait()
				id := w.enqueue(1, within(c.left))[0]
				synctest.Wait()
				time.Sleep(10 * time.Millisecond)
				got := w.get(id)
				require.Equal(t, c.state, got.State)
				if got.State == job.Dead && c.left < time.Hour {
					require.Equal(t, job.DeadDeadline, got.DeadReason)
				}
			})
		})
	}
}

// A job whose deadline passes while it waits is ended soon, long before it is due,
// and mourned.
func TestDeadline_EndsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var mourned atomic.Int64
		cfg := w.config(func(context.Context, *job.Record) error { return nil })
		cfg.Kinds[0].Stages.Death = []intercept.After{func(_ context.Context, ic *intercept.Context) error {
			require.Equal(t, job.DeadDeadline, ic.Job.DeadReason)
			mourned.Add(1)
			return nil
		}}
		w.start(cfg)
		id := w.enqueue(1, within(10*time.Second), func(s *job.Spec) { s.Delay = 24 * time.Hour })[0]
		time.Sleep(10*time.Second - time.Microsecond)
		require.Equal(t, job.Scheduled, w.get(id).State)
		time.Sleep(cfg.RescueInterval + 2*time.Second)
		require.Equal(t, job.Dead, w.get(id).State)
		require.Equal(t, int64(1), mourned.Load())
	})
}
