package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/ports/portstest"
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

// obedient returns when its context ends.
func obedient(ctx context.Context, _ *job.Record) error { <-ctx.Done(); return ctx.Err() }

// What the first signal promises of handlers that honour their context.
func TestStop_IsOverSoonAfterTheGracePeriod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(3)
		stop := w.start(w.config(obedient))
		synctest.Wait()
		begun := time.Now()
		stop()
		require.Less(t, time.Since(begun), grace+time.Second)
		for _, id := range ids {
			require.Zero(t, w.get(id).Attempt, "given back")
		}
	})
}

// However little the store answers, and whatever handlers do, a stop comes to its end.
func TestStop_IsBoundedWhateverHangs(t *testing.T) {
	t.Parallel()
	handlers := map[string]func(w *world, until time.Time) engine.Config{
		"handlers that obey":         func(w *world, _ time.Time) engine.Config { return w.config(obedient) },
		"handlers that do not":       func(w *world, until time.Time) engine.Config { return w.config(stubborn(time.Until(until))) },
		"a handler with results due": func(w *world, _ time.Time) engine.Config { return w.config(nothing) },
		"a handler that completed its job before": func(w *world, until time.Time) engine.Config {
			return w.completing(func(context.Context) error { time.Sleep(time.Until(until)); return nil })
		},
	}
	calls := []string{"", "Claim", "Settle", "Beat", "Deregister"}
	for who, config := range handlers {
		for _, call := range calls {
			for when, c := range map[string]struct{ patience, most time.Duration }{
				"in no hurry":    {time.Hour, grace + overstay + lastWait},
				"in a hurry":     {0, inAHurry},
				"hurried midway": {grace / 2, grace/2 + inAHurry},
				"hurried late":   {grace + overstay + time.Second, grace + overstay + time.Second + inAHurry},
			} {
				t.Run(who+", "+call+" hangs, "+when, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t)
						w.enqueue(5)
						cfg := config(w, time.Now().Add(time.Hour))
						react := []intercept.After{func(context.Context, *intercept.Context) error { return nil }}
						cfg.Stages = intercept.Stages{Success: react, Failure: react, Death: react}
						worker := engine.New(cfg)
						done := make(chan error, 1)
						go func() { done <- worker.Run(t.Context()) }()
						synctest.Wait()
						w.store.Break(portstest.Fault{Method: call, Hang: true})
						w.enqueue(1)
						time.Sleep(1500 * time.Millisecond)
						ctx, cancel := context.WithTimeout(t.Context(), c.patience)
						defer cancel()
						begun := time.Now()
						require.NoError(t, worker.Stop(ctx))
						require.LessOrEqual(t, time.Since(begun), c.most)
						require.NoError(t, <-done)
						w.store.Heal()
						time.Sleep(time.Hour) // whatever goes on ends by itself
					})
				})
			}
		}
	}
}

func TestStop_InAHurryEndsContextsAtOnceThoughAClaimHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ended := make(chan time.Time, 1)
		w.enqueue(1)
		worker := engine.New(w.config(func(ctx context.Context, _ *job.Record) error {
			<-ctx.Done()
			ended <- time.Now()
			return ctx.Err()
		}))
		done := make(chan error, 1)
		go func() { done <- worker.Run(t.Context()) }()
		synctest.Wait()
		w.store.Break(portstest.Fault{Method: "Claim", Hang: true, After: true})
		taken := w.enqueue(1)[0]
		time.Sleep(time.Second)
		require.Equal(t, job.Processing, w.get(taken).State, "its answer is awaited")
		now, cancel := context.WithCancel(t.Context())
		cancel()
		begun := time.Now()
		require.NoError(t, worker.Stop(now))
		require.Zero(t, (<-ended).Sub(begun))
		require.Less(t, time.Since(begun), time.Second)
		require.NoError(t, <-done)
		rec := w.get(taken)
		require.Equal(t, job.Enqueued, rec.State, "what the claim took is recalled, and given back")
		require.Zero(t, rec.Attempt)
	})
}

func TestStop_RecallsWhatAClaimTookWhoseAnswerDoesNotCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		stop := w.start(w.config(nothing))
		synctest.Wait()
		w.store.Break(portstest.Fault{Method: "Claim", Hang: true, After: true})
		taken := w.enqueue(1)[0]
		synctest.Wait()
		require.Equal(t, job.Processing, w.get(taken).State)
		begun := time.Now()
		stop()
		require.Less(t, time.Since(begun), 3*time.Second)
		rec := w.get(taken)
		require.Equal(t, job.Enqueued, rec.State)
		require.Equal(t, []int{0, 0}, []int{rec.Attempt, rec.Crashes})
	})
}

// As many results wait as may, so those of what is given back find no room.
func TestStop_EndsContextsInTimeThoughNoResultFindsRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, portstest.Fault{Method: "Settle"})
		causes := make(chan error, 9)
		until := untilEnded(causes)
		w.enqueue(1, long)
		w.enqueue(12_000)
		cfg := w.config(func(ctx context.Context, r *job.Record) error {
			if r.DisplayName == "long" {
				return until(ctx, r)
			}
			time.Sleep(100 * time.Microsecond)
			return nil
		})
		worker := engine.New(cfg)
		done := make(chan error, 1)
		go func() { done <- worker.Run(t.Context()) }()
		time.Sleep(20 * time.Second)
		begun := time.Now()
		go func() { _ = worker.Stop(t.Context()) }()
		require.ErrorIs(t, <-causes, engine.ErrShutdown)
		require.Equal(t, grace, time.Since(begun).Truncate(time.Second))
		require.NoError(t, <-done)
		require.LessOrEqual(t, time.Since(begun), grace+overstay+lastWait)
	})
}

// A worker that is told to stop while it makes itself known does not wait for that.
func TestStop_EndsAStartThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, portstest.Fault{Method: "Register", Hang: true})
		worker := engine.New(w.config(nothing))
		done := make(chan error, 1)
		go func() { done <- worker.Run(t.Context()) }()
		synctest.Wait()
		begun := time.Now()
		require.NoError(t, worker.Stop(t.Context()))
		require.Zero(t, time.Since(begun))
		require.NoError(t, <-done)
	})
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
		require.LessOrEqual(t, time.Since(begun), inAHurry)
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

func TestStop_SaysWhyAJobWasGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(1)
		stop := w.start(w.config(func(ctx context.Context, _ *job.Record) error {
			<-ctx.Done()
			return ctx.Err()
		}))
		time.Sleep(time.Second)
		stop()
		told := w.heard.of(event.JobReleased)
		require.Len(t, told, 1)
		require.Equal(t, engine.ErrShutdown.Error(), told[0].Note)
		require.NoError(t, told[0].Err)
	})
}
