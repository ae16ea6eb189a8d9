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

// brisk runs jobs for a millisecond each, so that a worker claims ahead, and those
// called "long" until they are let go.
type brisk struct {
	leave   chan struct{}
	started atomic.Int64
}

func newBrisk() *brisk { return &brisk{leave: make(chan struct{})} }

func (b *brisk) run(ctx context.Context, r *job.Record) error {
	b.started.Add(1)
	if r.DisplayName == "long" {
		select {
		case <-b.leave:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	time.Sleep(time.Millisecond)
	return nil
}

func long(s *job.Spec) { s.DisplayName = "long" }

// blocked starts a worker that has claimed jobs ahead and then met a long job in
// each of its slots, and returns the jobs that come behind those.
func (w *world) blocked(b *brisk, change ...func(*engine.Config)) (behind []job.ID, stop func()) {
	w.Helper()
	cfg := w.config(b.run)
	for _, f := range change {
		f(&cfg)
	}
	before := 1000 * cfg.Concurrency
	w.enqueue(before)
	w.enqueue(cfg.Concurrency, long)
	behind = w.enqueue(50)
	stop = w.start(cfg)
	for b.started.Load() < int64(before+cfg.Concurrency) {
		time.Sleep(time.Millisecond)
	}
	require.Greater(w, w.count(job.Processing), cfg.Concurrency, "it holds jobs ahead")
	return behind, stop
}

func TestAhead_JobsDoNotWaitBehindLongOnesWhileAnotherWorkerIsIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := newBrisk()
		behind, stop := w.blocked(b)
		w.start(w.config(b.run))
		time.Sleep(2 * time.Second)
		for _, id := range behind {
			rec := w.get(id)
			require.Equal(t, job.Completed, rec.State)
			require.Equal(t, 1, rec.Attempt, "what did not start has its attempt back")
			require.Zero(t, rec.Crashes)
		}
		close(b.leave)
		stop()
	})
}

// A worker that had to give jobs back does not go by what it measured before.
func TestAhead_IsMeasuredAnewOnceJobsWereGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := newBrisk()
		_, stop := w.blocked(b)
		w.enqueue(500, long)
		time.Sleep(time.Second)
		for range 10 {
			require.Equal(t, 3, w.count(job.Processing), "only what runs is held")
			b.leave <- struct{}{}
			time.Sleep(time.Second)
		}
		stop()
	})
}

// A pause takes effect within a second, so a job that was claimed before it does
// not start long after, however much a worker is to hold ahead.
func TestAhead_LeavesAQueueAloneThatIsPaused(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{
		"little is held ahead": 20 * time.Millisecond,
		"much is held ahead":   10 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				b := newBrisk()
				behind, stop := w.blocked(b, func(cfg *engine.Config) { cfg.Prefetch = ahead })
				require.NoError(t, w.memory.PauseQueue(t.Context(), "q", "", ""))
				time.Sleep(time.Second)
				started := b.started.Load()
				close(b.leave)
				time.Sleep(time.Minute)
				require.Equal(t, started, b.started.Load())
				for _, id := range behind {
					require.Equal(t, job.Enqueued, w.get(id).State)
				}
				stop()
			})
		})
	}
}

// A steady rate gives nothing back.
func TestAhead_KeepsWhatItsSlotsComeTo(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{
		"little is held ahead": 20 * time.Millisecond,
		"much is held ahead":   10 * time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				cfg := w.config(newBrisk().run)
				cfg.Prefetch = ahead
				ids := w.enqueue(3000)
				stop := w.start(cfg)
				time.Sleep(5 * time.Second)
				for _, id := range ids {
					history, err := w.memory.History(t.Context(), id)
					require.NoError(t, err)
					require.Len(t, history, 3, "enqueued, processing, completed")
				}
				stop()
			})
		})
	}
}

// queued is a store whose claims come late, as if many workers queued for them.
type queued struct {
	*portstest.FaultyStore
	wait   time.Duration
	claims atomic.Int64
	most   atomic.Int64 // jobs that were ever processing once a claim had come
	count  func() int
}

func (q *queued) Claim(ctx context.Context, req ports.ClaimRequest) ([]*job.Record, error) {
	time.Sleep(q.wait)
	got, err := q.FaultyStore.Claim(ctx, req)
	q.claims.Add(1)
	q.most.Store(max(q.most.Load(), int64(q.count())))
	return got, err
}

// While claims are slow, each brings what the slots come to meanwhile.
func TestAhead_BridgesSlowClaims(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lasting  time.Duration
		prefetch time.Duration
		claims   int64 // at most, for 600 jobs on 10 slots
		held     int64 // at most
	}{
		"with brief jobs":                    {lasting: time.Millisecond, prefetch: 20 * time.Millisecond, claims: 75, held: 20},
		"with jobs longer than a claim":      {lasting: time.Second, prefetch: 20 * time.Millisecond, claims: 600, held: 14},
		"with brief jobs, unless it may not": {lasting: time.Millisecond, claims: 600, held: 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				ids := w.enqueue(600)
				q := &queued{FaultyStore: w.store, wait: 300 * time.Millisecond, count: func() int { return w.count(job.Processing) }}
				cfg := w.config(func(context.Context, *job.Record) error { time.Sleep(c.lasting); return nil })
				cfg.Concurrency, cfg.Prefetch, cfg.Store = 10, c.prefetch, q
				stop := w.start(cfg)
				for w.count(job.Completed) < 600 {
					time.Sleep(time.Second)
				}
				require.LessOrEqual(t, q.claims.Load(), c.claims)
				require.LessOrEqual(t, q.most.Load(), c.held)
				for _, id := range ids {
					history, err := w.memory.History(t.Context(), id)
					require.NoError(t, err)
					require.Len(t, history, 3, "nothing was given back")
				}
				stop()
			})
		})
	}
}
