package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/ports/portstest"
)

// deaf is a world whose workers get no hints: polls are all they have.
func deaf(t *testing.T) *world {
	w := newWorld(t)
	w.store.Break(portstest.Fault{Method: "Listen"})
	return w
}

// learned is how long a worker without hints may take to learn of an order.
const learned = time.Second + time.Millisecond

func (w *world) only() ports.Worker {
	w.Helper()
	workers, err := w.memory.Workers(w.Context())
	require.NoError(w, err)
	return workers[0]
}

// crowd is a handler that keeps count of how many run, until they are let go.
type crowd struct {
	now, most atomic.Int64
	leave     chan struct{}
}

func newCrowd() *crowd { return &crowd{leave: make(chan struct{})} }

func (c *crowd) run(context.Context, *job.Record) error {
	c.most.Store(max(c.most.Load(), c.now.Add(1)))
	defer c.now.Add(-1)
	<-c.leave
	return nil
}

// A worker is paused while it does not know what its last claim took, and cannot learn
// it for a while: it gives the jobs back as soon as it can, though nothing wakes it.
func TestPause_GivesBackWhatALostAnswerTook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := deaf(t)
		w.store.Break(portstest.Fault{Method: "Claim", Call: 1, After: true})
		w.store.Break(portstest.Fault{Method: "Recall"})
		ids := w.enqueue(3)
		stop := w.start(w.config(nothing))
		synctest.Wait()
		require.Equal(t, job.Processing, w.get(ids[0]).State)
		require.NoError(t, w.memory.PauseWorker(t.Context(), w.only().ID, "ada", ""))
		time.Sleep(time.Minute)
		w.store.Heal()
		w.store.Break(portstest.Fault{Method: "Listen"})
		time.Sleep(10 * time.Second)
		for _, id := range ids {
			require.Equal(t, job.Enqueued, w.get(id).State)
		}
		stop()
	})
}

func TestPause_KeepsOneWorkerFromClaiming(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := deaf(t)
		var first, second atomic.Int64
		runs := func(n *atomic.Int64) func(context.Context, *job.Record) error {
			return func(context.Context, *job.Record) error { n.Add(1); return nil }
		}
		w.start(w.config(runs(&first)))
		synctest.Wait()
		id := w.only().ID
		require.NoError(t, w.memory.PauseWorker(t.Context(), id, "ada", "disk full"))
		w.enqueue(50)
		time.Sleep(10 * time.Second)
		require.Zero(t, first.Load())
		paused := w.heard.of(event.WorkerPaused)
		require.Len(t, paused, 1)
		require.Equal(t, "ada: disk full", paused[0].Note)
		require.Equal(t, ports.WorkerLive, w.only().State)

		stop := w.start(w.config(runs(&second)))
		time.Sleep(5 * time.Second)
		require.EqualValues(t, 50, second.Load(), "another worker takes the jobs")
		stop()

		w.enqueue(5)
		require.NoError(t, w.memory.ResumeWorker(t.Context(), id))
		time.Sleep(2 * learned)
		require.EqualValues(t, 5, first.Load())
		require.Len(t, w.heard.of(event.WorkerResumed), 1)
	})
}

func TestPause_GivesBackWhatHasNotStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := deaf(t)
		house := newCrowd()
		var quick atomic.Bool
		quick.Store(true)
		cfg := w.config(func(ctx context.Context, r *job.Record) error {
			if quick.Load() {
				time.Sleep(time.Millisecond)
				return nil
			}
			return house.run(ctx, r)
		})
		cfg.Prefetch = 20 * time.Millisecond // hold some ahead, once the rate is known, and leave others
		w.enqueue(3000)
		w.start(cfg)
		time.Sleep(500 * time.Millisecond)
		quick.Store(false)
		synctest.Wait()
		held := func() int { return w.count(job.Processing) }
		require.Greater(t, held(), cfg.Concurrency)
		require.NoError(t, w.memory.PauseWorker(t.Context(), w.only().ID, "", ""))
		time.Sleep(learned + 100*time.Millisecond)
		require.Equal(t, cfg.Concurrency, held(), "running jobs go on, the others are given back")
		close(house.leave)
		synctest.Wait()
		time.Sleep(time.Second)
		require.Zero(t, held())
	})
}

func TestPause_OutlivesTheLossOfALease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var runs atomic.Int64
		w.start(w.config(func(context.Context, *job.Record) error { runs.Add(1); return nil }))
		synctest.Wait()
		before := w.only()
		w.store.Break(portstest.Fault{})
		require.NoError(t, w.memory.PauseWorker(t.Context(), before.ID, "ada", "disk full"))
		time.Sleep(2 * lease)
		w.store.Heal()
		w.enqueue(1)
		time.Sleep(time.Minute)
		now := w.only()
		require.NotEqual(t, before.ID, now.ID)
		require.Equal(t, "ada", now.PausedBy)
		require.Zero(t, runs.Load())
		require.NoError(t, w.memory.ResumeWorker(t.Context(), now.ID))
		time.Sleep(learned)
		require.EqualValues(t, 1, runs.Load())
	})
}

func TestPause_ResolvesAClaimWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, portstest.Fault{Method: "Claim", Call: 1, After: true})
		house := newCrowd()
		defer close(house.leave)
		id := w.enqueue(1)[0]
		done := make(chan struct{})
		w.start(w.config(house.run))
		go func() {
			defer close(done)
			for w.get(id).State != job.Processing { // claimed, and nobody knows
				time.Sleep(time.Microsecond)
			}
			_ = w.memory.PauseWorker(context.Background(), w.only().ID, "", "")
		}()
		<-done
		time.Sleep(10 * time.Second)
		state := w.get(id).State
		require.True(t, state == job.Enqueued || house.now.Load() == 1, "the job is %s and runs nowhere", state)
	})
}

func TestDrain_WaitsForRunningJobsWithoutEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := deaf(t)
		house := newCrowd()
		w.enqueue(5)
		worker := engine.New(w.config(house.run))
		done := make(chan error, 1)
		go func() { done <- worker.Run(t.Context()) }()
		time.Sleep(time.Second)
		require.EqualValues(t, 3, house.now.Load())
		require.NoError(t, w.memory.DrainWorker(t.Context(), w.only().ID))
		time.Sleep(learned)
		require.Len(t, w.heard.of(event.WorkerDraining), 1)
		time.Sleep(time.Hour)
		require.EqualValues(t, 3, house.now.Load(), "no grace period ends them")
		require.Equal(t, ports.WorkerDraining, w.only().State)
		close(house.leave)
		require.NoError(t, <-done)
		require.Equal(t, ports.WorkerStopped, w.only().State)
		require.Equal(t, []int{3, 2}, []int{w.count(job.Completed), w.count(job.Enqueued)})
	})
}

func TestDrain_IsOverruledByAStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		causes := make(chan error, 1)
		id := w.enqueue(1)[0]
		worker := engine.New(w.config(untilEnded(causes)))
		done := make(chan error, 1)
		go func() { done <- worker.Run(t.Context()) }()
		synctest.Wait()
		require.NoError(t, w.memory.DrainWorker(t.Context(), w.only().ID))
		time.Sleep(time.Hour)
		begun := time.Now()
		require.NoError(t, worker.Stop(t.Context()))
		require.Equal(t, grace, time.Since(begun).Truncate(time.Second))
		require.ErrorIs(t, <-causes, engine.ErrShutdown)
		require.NoError(t, <-done)
		require.Zero(t, w.get(id).Attempt)
	})
}

func TestStop_ShowsAsDraining(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.enqueue(1)
		worker := engine.New(w.config(stubborn(10 * time.Second)))
		go func() { _ = worker.Run(t.Context()) }()
		synctest.Wait()
		go func() { _ = worker.Stop(t.Context()) }()
		time.Sleep(time.Second)
		require.Equal(t, ports.WorkerDraining, w.only().State)
		time.Sleep(10 * time.Second)
		require.Equal(t, ports.WorkerStopped, w.only().State)
	})
}

func TestSetConcurrency_GrowsAndShrinksWhileJobsRun(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(w *world, worker *engine.Worker, n int){
		"by a command": func(w *world, _ *engine.Worker, n int) {
			require.NoError(w, w.memory.SetConcurrency(w.Context(), w.only().ID, n))
		},
		"by the program itself": func(_ *world, worker *engine.Worker, n int) { worker.SetConcurrency(n) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := deaf(t)
				house := newCrowd()
				w.enqueue(200)
				worker := engine.New(w.config(house.run))
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- worker.Run(ctx) }()
				time.Sleep(100 * time.Millisecond)
				require.EqualValues(t, 3, house.now.Load())

				set(w, worker, 100)
				time.Sleep(2 * learned)
				require.EqualValues(t, 100, house.now.Load())
				require.Equal(t, 100, w.only().Slots)

				set(w, worker, 2)
				time.Sleep(2 * learned)
				require.EqualValues(t, 100, house.now.Load(), "no handler is killed")
				for range 98 {
					house.leave <- struct{}{}
				}
				time.Sleep(10 * time.Second)
				require.EqualValues(t, 2, house.now.Load())
				require.Equal(t, 2, w.only().Slots)

				set(w, worker, 10)
				time.Sleep(2 * learned)
				require.EqualValues(t, 10, house.now.Load())
				require.Equal(t, 10, w.heard.of(event.WorkerResized)[2].Count)
				close(house.leave)
				time.Sleep(10 * time.Second)
				require.Equal(t, 200, w.count(job.Completed))
				require.EqualValues(t, 100, house.most.Load())
				cancel()
				require.NoError(t, <-done)
			})
		})
	}
}

func TestSetConcurrency_OutlivesTheLossOfALease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(w.config(func(context.Context, *job.Record) error { return nil }))
		synctest.Wait()
		before := w.only().ID
		require.NoError(t, w.memory.SetConcurrency(t.Context(), before, 7))
		time.Sleep(learned)
		w.store.Break(portstest.Fault{})
		time.Sleep(2 * lease)
		w.store.Heal()
		time.Sleep(time.Minute)
		require.NotEqual(t, before, w.only().ID)
		require.Equal(t, 7, w.only().Slots)
	})
}

func TestCancel_ReachesAWorkerWithoutHintsWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := deaf(t)
		causes := make(chan error, 1)
		id := w.enqueue(1)[0]
		w.start(w.config(untilEnded(causes)))
		synctest.Wait()
		begun := time.Now()
		_, err := w.memory.Cancel(t.Context(), id, "")
		require.NoError(t, err)
		require.ErrorIs(t, <-causes, engine.ErrCancelled)
		require.LessOrEqual(t, time.Since(begun), learned)
	})
}

// count is how many jobs are in the state.
func (w *world) count(state job.State) (n int) {
	w.Helper()
	counts, err := w.memory.Counts(w.Context(), 10_000)
	require.NoError(w, err)
	for _, c := range counts {
		if c.State == state {
			n += c.Jobs
		}
	}
	return n
}
