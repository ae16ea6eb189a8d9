package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/ports/portstest"
)

// untilEnded holds its job until the context ends, and says why it did.
func untilEnded(causes chan<- error) func(context.Context, *job.Record) error {
	return func(ctx context.Context, _ *job.Record) error {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return ctx.Err()
	}
}

func TestWorker_ThatCannotBeatLetsGoBeforeItsLeaseEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		causes := make(chan error, 9)
		id := w.enqueue(1)[0]
		stop := w.start(w.config(untilEnded(causes)))
		synctest.Wait()
		w.store.Break(portstest.Fault{Method: "Beat"})
		begun := time.Now()
		require.ErrorIs(t, <-causes, job.ErrLeaseLost)
		require.Less(t, time.Since(begun), lease, "before others may take the job")
		require.Greater(t, time.Since(begun), lease-2*heartbeat, "no sooner than it must")

		time.Sleep(time.Second)
		again := w.get(id)
		require.Equal(t, job.Processing, again.State, "the worker is known anew and goes on")
		require.Equal(t, 1, again.Attempt, "the attempt was given back")
		require.Zero(t, again.Failures)
		w.store.Heal()
		stop()
		require.ErrorIs(t, <-causes, engine.ErrShutdown)
	})
}

func TestWorker_ThatWasGivenUpStartsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		causes := make(chan error, 9)
		first := w.enqueue(1)[0]
		stop := w.start(w.config(untilEnded(causes)))
		synctest.Wait()
		workers, err := w.memory.Workers(t.Context())
		require.NoError(t, err)
		require.NoError(t, w.memory.Deregister(t.Context(), workers[0].Number))
		require.ErrorIs(t, <-causes, job.ErrLeaseLost, "at the next beat")

		second := w.enqueue(1)[0]
		time.Sleep(2 * time.Second)
		for _, id := range []job.ID{first, second} {
			rec := w.get(id)
			require.Equal(t, job.Processing, rec.State)
			require.Equal(t, 1, rec.Attempt)
			require.Zero(t, rec.Failures)
		}
		stop()
	})
}

func TestWorker_RidesOutMissedBeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var ended atomic.Bool
		ids := w.enqueue(1)
		stop := w.start(w.config(func(ctx context.Context, _ *job.Record) error {
			select {
			case <-ctx.Done():
				ended.Store(true)
				return ctx.Err()
			case <-time.After(5 * time.Minute):
				return nil
			}
		}))
		for range 8 {
			time.Sleep(10 * time.Second)
			w.store.Break(portstest.Fault{})
			time.Sleep(20 * time.Second)
			w.store.Heal()
		}
		time.Sleep(2 * time.Minute)
		require.False(t, ended.Load(), "an outage shorter than the lease stops nobody")
		require.Equal(t, job.Completed, w.get(ids[0]).State)
		stop()
	})
}

func TestWorker_CancelsWhatItHoldsButHasNotStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var runs atomic.Int64
		cfg := w.config(func(context.Context, *job.Record) error {
			runs.Add(1)
			time.Sleep(time.Millisecond)
			return nil
		})
		cfg.Concurrency, cfg.Prefetch, cfg.Heartbeat = 1, time.Second, time.Second
		ids := w.enqueue(5000)
		stop := w.start(cfg)
		time.Sleep(200 * time.Millisecond)
		var held job.ID
		for _, id := range ids {
			if rec := w.get(id); rec.State == job.Processing {
				held = id // the last one claimed is the last to start
			}
		}
		require.False(t, held.IsZero())
		state, err := w.memory.Cancel(t.Context(), held, "")
		require.NoError(t, err)
		require.Equal(t, job.Processing, state)
		time.Sleep(20 * time.Millisecond)
		require.Equal(t, job.Cancelled, w.get(held).State)
		time.Sleep(time.Minute)
		require.EqualValues(t, 4999, runs.Load())
		stop()
	})
}

// frozen is a store whose beats and claims do not return while they are told so,
// whatever their context says: what a process sees that was stopped meanwhile.
type frozen struct {
	*portstest.FaultyStore
	beats, claims atomic.Bool
}

func (s *frozen) Beat(ctx context.Context, b ports.Beat, ttl time.Duration) (ports.Orders, error) {
	orders, err := s.FaultyStore.Beat(ctx, b, ttl)
	for s.beats.Load() {
		time.Sleep(time.Second)
	}
	return orders, err
}

func (s *frozen) Claim(ctx context.Context, req ports.ClaimRequest) ([]*job.Record, error) {
	jobs, err := s.FaultyStore.Claim(ctx, req)
	for len(jobs) > 0 && s.claims.Load() {
		time.Sleep(time.Second)
	}
	return jobs, err
}

func (s *frozen) thaw() {
	s.beats.Store(false)
	s.claims.Store(false)
}

func TestWorker_StartsNothingPastItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		begun := time.Now()
		var late atomic.Int64
		cfg := w.config(func(context.Context, *job.Record) error {
			if time.Since(begun) > lease {
				late.Add(1)
			}
			return nil
		})
		store := &frozen{FaultyStore: w.store}
		cfg.Store, cfg.RescueInterval = store, 0
		stop := w.start(cfg)
		t.Cleanup(store.thaw)
		synctest.Wait()
		store.beats.Store(true)
		store.claims.Store(true)
		id := w.enqueue(1)[0]
		time.Sleep(2 * lease)
		require.Equal(t, job.Processing, w.get(id).State)
		store.claims.Store(false) // what was claimed before the freeze comes to its slot
		time.Sleep(2 * time.Second)
		require.Zero(t, late.Load())
		store.thaw()
		stop()
	})
}

// Nor does it claim anything, since that would have to go back at once.
func TestWorker_ClaimsNothingPastItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		store := &frozen{FaultyStore: w.store}
		cfg := w.config(nothing)
		cfg.Store, cfg.RescueInterval = store, 0
		stop := w.start(cfg)
		t.Cleanup(store.thaw)
		store.beats.Store(true)
		time.Sleep(lease - time.Second) // it may be stopped for so long that its time is up
		id := w.enqueue(1)[0]
		time.Sleep(time.Minute)
		history, err := w.memory.History(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, history, 1, "nobody has touched it")
		store.thaw()
		time.Sleep(time.Minute)
		require.Equal(t, job.Completed, w.get(id).State)
		stop()
	})
}

// A beat's answer may come when the time is up that the worker gave itself: then it
// lives on under its number, and must know all of its claims.
func TestWorker_ForgetsNoClaimWhileItsBeatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		store := &frozen{FaultyStore: w.store}
		cfg := w.config(nothing)
		cfg.Store, cfg.RescueInterval = store, 0
		worker := engine.New(cfg)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- worker.Run(ctx) }()
		t.Cleanup(func() {
			store.thaw()
			cancel()
			require.NoError(t, <-done)
		})
		synctest.Wait()
		number := w.only().Number
		w.store.Break(portstest.Fault{Method: "Beat"})
		time.Sleep(lease - lease/10 - 100*time.Millisecond) // so much less is left
		w.store.Heal()
		store.beats.Store(true)
		worker.SetConcurrency(4) // is told by a beat now, whose answer comes late
		w.store.Break(portstest.Fault{Method: "Claim", Call: 1, After: true})
		w.store.Break(portstest.Fault{Method: "Claim", Call: 2})
		w.store.Break(portstest.Fault{Method: "Claim", Call: 3})
		w.store.Break(portstest.Fault{Method: "Recall"})
		id := w.enqueue(1)[0]
		synctest.Wait()
		require.Equal(t, job.Processing, w.get(id).State, "and the worker does not know it")
		time.Sleep(500 * time.Millisecond)
		w.store.Heal()
		store.thaw()
		time.Sleep(time.Minute)
		require.Equal(t, number, w.only().Number, "it has lived on")
		require.Equal(t, job.Completed, w.get(id).State)
	})
}

func TestWorker_LetsGoOfWhatRunsThoughNoResultFindsRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, portstest.Fault{Method: "Settle"})
		causes := make(chan error, 9)
		long := w.enqueue(1)[0]
		w.enqueue(12_000)
		until := untilEnded(causes)
		cfg := w.config(func(ctx context.Context, r *job.Record) error {
			if r.ID == long {
				return until(ctx, r)
			}
			time.Sleep(100 * time.Microsecond)
			return nil
		})
		cfg.Prefetch = time.Second
		stop := w.start(cfg)
		time.Sleep(20 * time.Second) // as many results wait as may
		w.store.Break(portstest.Fault{})
		begun := time.Now()
		select {
		case err := <-causes:
			require.ErrorIs(t, err, job.ErrLeaseLost)
			require.Less(t, time.Since(begun), lease, "before others may take the job")
		case <-time.After(time.Minute):
			t.Error("the handler runs on under a lease that is over")
		}
		w.store.Heal()
		stop()
	})
}
