package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// stubborn holds its job for d, whatever its context says.
func stubborn(d time.Duration) func(context.Context, *job.Record) error {
	return func(context.Context, *job.Record) error { time.Sleep(d); return nil }
}

func TestStop_TakesAsLongAsItMay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		job      time.Duration // how long the handler runs
		patience time.Duration // of the one who stops the worker
		least    time.Duration // that Stop takes
		want     job.State
	}{
		"it returns when the jobs have ended":           {7 * time.Second, time.Hour, 7 * time.Second, job.Completed},
		"past the grace period it gives back":           {time.Minute, time.Hour, grace + overstay, job.Enqueued},
		"the end of patience ends the grace period":     {time.Minute, 10 * time.Second, 10 * time.Second, job.Enqueued},
		"no patience at all ends it at once":            {time.Minute, 0, 0, job.Enqueued},
		"the end of patience ends an overstay":          {time.Minute, grace + time.Second, grace + time.Second, job.Enqueued},
		"jobs that end before the patience are settled": {3 * time.Second, 10 * time.Second, 3 * time.Second, job.Completed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.enqueue(1)[0]
				worker := engine.New(w.config(stubborn(c.job)))
				done := make(chan error, 1)
				go func() { done <- worker.Run(t.Context()) }()
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), c.patience)
				defer cancel()
				begun := time.Now()
				require.NoError(t, worker.Stop(ctx))
				require.GreaterOrEqual(t, time.Since(begun), c.least)
				require.Less(t, time.Since(begun), c.least+time.Second)
				require.NoError(t, <-done)
				rec := w.get(id)
				require.Equal(t, c.want, rec.State)
				require.Zero(t, rec.Failures)
				time.Sleep(time.Minute) // the handler ends by itself
			})
		})
	}
}

func TestStop_InAHurryDoesNotWaitForAStoreThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(1)
		worker := engine.New(w.config(stubborn(time.Minute)))
		done := make(chan error, 1)
		go func() { done <- worker.Run(t.Context()) }()
		synctest.Wait()
		require.NoError(t, w.memory.Close())
		now, cancel := context.WithCancel(t.Context())
		cancel()
		begun := time.Now()
		require.NoError(t, worker.Stop(now))
		require.Less(t, time.Since(begun), 6*time.Second)
		require.NoError(t, <-done)
		time.Sleep(time.Minute)
	})
}

func TestStop_EndsTheGraceOfAWorkerWhoseContextHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		causes := make(chan error, 1)
		id := w.enqueue(1)[0]
		worker := engine.New(w.config(untilEnded(causes)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- worker.Run(ctx) }()
		synctest.Wait()
		cancel()
		time.Sleep(3 * time.Second)
		require.NoError(t, worker.Stop(ctx))
		require.ErrorIs(t, <-causes, engine.ErrShutdown)
		require.NoError(t, <-done)
		require.Zero(t, w.get(id).Attempt)
	})
}

func TestStop_DoesNotWaitForTheMourningOfDeathsLeftOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(1, func(s *job.Spec) { s.Delay, s.DeadlineIn = time.Hour, time.Second })
		mourning := make(chan struct{}, 1)
		cfg := w.config(nothing)
		cfg.Kinds[0].Stages.Death = []intercept.After{func(ctx context.Context, _ *intercept.Context) error {
			mourning <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}}
		worker := engine.New(cfg)
		done := make(chan error, 1)
		go func() { done <- worker.Run(t.Context()) }()
		<-mourning
		now, cancel := context.WithCancel(t.Context())
		cancel()
		begun := time.Now()
		require.NoError(t, worker.Stop(now))
		require.Less(t, time.Since(begun), 2*time.Second)
		require.NoError(t, <-done)
		time.Sleep(time.Minute)
	})
}

// slowStart makes a worker known, and says so only when the call has ended.
type slowStart struct{ ports.Store }

func (s slowStart) Register(ctx context.Context, w ports.Worker, lease time.Duration) (int64, error) {
	if _, err := s.Store.Register(ctx, w, lease); err != nil {
		return 0, err
	}
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

func TestStop_DuringTheStartIsNoError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		cfg := w.config(stubborn(0))
		cfg.Store = slowStart{w.memory}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- engine.New(cfg).Run(ctx) }()
		synctest.Wait()
		cancel()
		require.NoError(t, <-done)
		require.ErrorIs(t, engine.New(cfg).Run(t.Context()), context.DeadlineExceeded, "a start that fails by itself is one")
	})
}
