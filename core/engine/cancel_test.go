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
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
)

// A handler that ends because it was told to has not failed.
func TestCancel_IsToldWithoutTheErrorThatItCauses(t *testing.T) {
	t.Parallel()
	failed := errors.New("half a file is left")
	for name, c := range map[string]struct{ returned, told error }{
		"the context's error": {context.Canceled, nil},
		"the cause":           {engine.ErrCancelled, nil},
		"another error":       {failed, failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.enqueue(1)[0]
				w.start(w.config(func(ctx context.Context, _ *job.Record) error {
					<-ctx.Done()
					return c.returned
				}))
				time.Sleep(time.Second)
				_, err := w.memory.Cancel(t.Context(), id, "somebody")
				require.NoError(t, err)
				time.Sleep(2 * time.Second)
				told := w.heard.of(event.JobCancelled)
				require.Len(t, told, 1)
				require.Equal(t, c.told, told[0].Err)
			})
		})
	}
}

// Whatever would have become of it: a job whose cancellation was acknowledged is
// cancelled, and nobody mourns it.
func TestCancel_WinsOverEveryDeath(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]error{
		"no retry is left":      errors.New("boom"),
		"the handler discards":  engine.Discard(errors.New("hopeless")),
		"the deadline is over":  engine.ErrDeadline,
		"the handler completes": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.enqueue(1, func(s *job.Spec) { s.MaxRetries, s.DeadlineIn = 0, time.Minute })[0]
				var mourned atomic.Int64
				cfg := w.config(func(ctx context.Context, r *job.Record) error {
					if errors.Is(end, engine.ErrDeadline) {
						time.Sleep(2 * time.Minute)
					}
					state, err := w.memory.Cancel(context.WithoutCancel(ctx), r.ID, "somebody")
					require.NoError(t, err)
					require.Equal(t, job.Processing, state)
					return end
				})
				cfg.Overstay = time.Hour
				cfg.Kinds[0].Stages.Death = []intercept.After{func(context.Context, *intercept.Context) error { mourned.Add(1); return nil }}
				stop := w.start(cfg)
				time.Sleep(5 * time.Minute)
				stop()
				if end == nil {
					require.Equal(t, job.Completed, w.get(id).State)
					return
				}
				require.Equal(t, job.Cancelled, w.get(id).State)
				require.Empty(t, w.get(id).DeadReason)
				require.Zero(t, mourned.Load())
				require.Empty(t, w.heard.of(event.JobDied))
				require.Len(t, w.heard.of(event.JobCancelled), 1)
			})
		})
	}
}

func TestCancel_WinsOverPoison(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(1, func(s *job.Spec) { s.Kind = "deadly" })
		r := w.ghostOf("deadly", 1)[0]
		_, err := w.memory.Cancel(t.Context(), r.ID, "")
		require.NoError(t, err)
		cfg := w.config(nothing)
		cfg.MaxCrashes = 1
		stop := w.start(cfg)
		time.Sleep(2*lease + 5*heartbeat)
		require.Equal(t, job.Cancelled, w.get(r.ID).State)
		require.Equal(t, 1, w.get(r.ID).Crashes)
		stop()
	})
}
