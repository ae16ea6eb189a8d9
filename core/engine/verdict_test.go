package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports/portstest"
)

// A shutdown gives the attempt back to a handler that it cut short. What a handler
// says of its own accord counts, also if it says it last.
func TestVerdict_OfAHandlerThatAShutdownMeets(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is full")
	for name, c := range map[string]struct {
		result            func(ctx context.Context) error
		state             job.State
		attempt, failures int
		wait              time.Duration
	}{
		"the context's error":              {func(ctx context.Context) error { return ctx.Err() }, job.Enqueued, 0, 0, 0},
		"the context's error in another":   {func(ctx context.Context) error { return fmt.Errorf("read: %w", ctx.Err()) }, job.Enqueued, 0, 0, 0},
		"the cause of the context's end":   {context.Cause, job.Enqueued, 0, 0, 0},
		"a retry of what was cut short":    {func(ctx context.Context) error { return engine.RetryIn(time.Hour, ctx.Err()) }, job.Enqueued, 0, 0, 0},
		"a failure":                        {func(context.Context) error { return broken }, job.Retrying, 1, 1, time.Second},
		"a failure that is to wait":        {func(context.Context) error { return engine.RetryIn(time.Hour, broken) }, job.Retrying, 1, 1, time.Hour},
		"a wait without a reason":          {func(context.Context) error { return engine.RetryIn(time.Hour, nil) }, job.Retrying, 1, 1, time.Hour},
		"a panic":                          {func(context.Context) error { panic("no") }, job.Retrying, 1, 1, time.Second},
		"a snooze":                         {func(context.Context) error { return engine.Snooze(time.Hour) }, job.Scheduled, 0, 0, time.Hour},
		"a refusal":                        {func(context.Context) error { return engine.Discard(broken) }, job.Dead, 1, 1, 0},
		"success":                          {func(context.Context) error { return nil }, job.Completed, 1, 0, 0},
		"a deadline that it set by itself": {func(context.Context) error { return context.DeadlineExceeded }, job.Retrying, 1, 1, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.enqueue(1)[0]
				stop := w.start(w.config(func(ctx context.Context, _ *job.Record) error {
					<-ctx.Done()
					return c.result(ctx)
				}))
				synctest.Wait()
				stop()
				rec := w.get(id)
				require.Equal(t, c.state, rec.State)
				require.Equal(t, []int{c.attempt, c.failures}, []int{rec.Attempt, rec.Failures})
				if c.wait > 0 {
					require.WithinDuration(t, time.Now().Add(c.wait), rec.RunAt, 300*time.Millisecond)
				}
			})
		})
	}
}

// A worker that has lost its lease may still be heard, and is to say the same.
func TestVerdict_OfAHandlerWhoseLeaseIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.enqueue(1)[0]
		w.start(w.config(func(ctx context.Context, _ *job.Record) error {
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), job.ErrLeaseLost)
			return engine.RetryIn(time.Hour, errors.New("the disk is full"))
		}))
		synctest.Wait()
		w.store.Break(portstest.Fault{Method: "Beat"})
		time.Sleep(lease)
		rec := w.get(id)
		require.Equal(t, job.Retrying, rec.State)
		require.Equal(t, 1, rec.Failures)
	})
}
