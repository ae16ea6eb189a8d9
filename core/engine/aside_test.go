package engine_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/engine"
	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// holder is a store of which somebody holds leases, as a transaction does in which a
// job was completed and that is not committed yet.
type holder struct {
	ports.Store
	holds func(*job.Settlement) bool
	calls atomic.Int64
}

func (h *holder) Settle(ctx context.Context, results []*job.Settlement) (ports.Settled, error) {
	h.calls.Add(1)
	var busy, places []int
	var free []*job.Settlement
	for i, s := range results {
		if h.holds(s) {
			busy = append(busy, i)
		} else {
			places, free = append(places, i), append(free, s)
		}
	}
	out, err := h.Store.Settle(ctx, free)
	for _, list := range [][]int{out.Lost, out.Cancelled, out.Unstorable} {
		for i := range list {
			list[i] = places[list[i]]
		}
	}
	out.Busy = busy
	return out, err
}

func TestSettle_HoldsNobodyUpForALeaseThatSomebodyHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.enqueue(1)[0]
		var release atomic.Bool
		h := &holder{Store: w.store, holds: func(s *job.Settlement) bool { return s.ID == first && !release.Load() }}
		cfg := w.config(nothing)
		cfg.Store = h
		stop := w.start(cfg)
		time.Sleep(time.Second)
		others := w.enqueue(500)
		time.Sleep(time.Second)
		for _, id := range others {
			require.Equal(t, job.Completed, w.get(id).State)
		}
		require.Equal(t, job.Processing, w.get(first).State)

		before := h.calls.Load()
		time.Sleep(time.Minute)
		require.LessOrEqual(t, h.calls.Load()-before, int64(130), "it is tried about once a second")
		release.Store(true)
		time.Sleep(time.Second)
		require.Equal(t, job.Completed, w.get(first).State)
		require.Empty(t, w.heard.of(event.JobLeaseLost))
		stop()
	})
}

func TestSettle_BoundsTheResultsThatWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const jobs, inMemory, batch = 16_000, 10_000, 2000
		ids := w.enqueue(jobs)
		var release atomic.Bool
		var runs atomic.Int64
		cfg := w.config(func(context.Context, *job.Record) error { runs.Add(1); return nil })
		cfg.Store = &holder{Store: w.store, holds: func(*job.Settlement) bool { return !release.Load() }}
		stop := w.start(cfg)
		time.Sleep(2 * time.Minute)
		require.GreaterOrEqual(t, runs.Load(), int64(inMemory))
		require.LessOrEqual(t, runs.Load(), int64(inMemory+batch+cfg.Concurrency), "slots wait for room")
		release.Store(true)
		time.Sleep(time.Minute)
		for _, id := range ids {
			require.Equal(t, job.Completed, w.get(id).State)
		}
		stop()
	})
}

func TestStop_TriesResultsAsLongAsItMay(t *testing.T) {
	t.Parallel()
	for name, released := range map[string]bool{"somebody lets go in time": true, "nobody lets go": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.enqueue(1)[0]
				var release atomic.Bool
				cfg := w.config(nothing)
				cfg.Store = &holder{Store: w.store, holds: func(*job.Settlement) bool { return !release.Load() }}
				stop := w.start(cfg)
				time.Sleep(time.Minute)
				begun := time.Now()
				if released {
					time.AfterFunc(5*time.Second, func() { release.Store(true) })
				}
				stop()
				require.Equal(t, released, w.get(id).State == job.Completed)
				require.LessOrEqual(t, time.Since(begun), drained)
			})
		})
	}
}

// ghostOf claims jobs of a kind and is not heard of again.
func (w *world) ghostOf(name string, jobs int) []*job.Record {
	w.Helper()
	number, err := w.memory.Register(w.Context(), ports.Worker{ID: name, Kinds: []string{name}, Slots: jobs}, lease)
	require.NoError(w, err)
	got, err := w.memory.Claim(w.Context(), ports.ClaimRequest{
		Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{name}, Limit: jobs,
	})
	require.NoError(w, err)
	require.Len(w, got, jobs)
	return got
}

func TestRescue_LeavesLeasesThatSomebodyHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const many = 1000 // as many as are looked at in one go
		w.enqueue(many, func(s *job.Spec) { s.Kind = "frozen" })
		w.enqueue(1, func(s *job.Spec) { s.Kind = "killed" })
		frozen, killed := w.ghostOf("frozen", many), w.ghostOf("killed", 1)
		var release atomic.Bool
		cfg := w.config(nothing)
		cfg.Store = &holder{Store: w.store, holds: func(s *job.Settlement) bool { return s.Lease == frozen[0].Lease && !release.Load() }}
		stop := w.start(cfg)
		time.Sleep(2*lease + 5*heartbeat)
		require.Equal(t, job.Enqueued, w.get(killed[0].ID).State)
		require.Equal(t, job.Processing, w.get(frozen[0].ID).State)
		release.Store(true)
		time.Sleep(2 * cfg.RescueInterval)
		for _, r := range frozen {
			require.Equal(t, 1, w.get(r.ID).Crashes)
		}
		stop()
	})
}

// A suspect that has to be left for the next time is no other suspect's excuse.
func TestRescue_BlamesTheSameSuspectNextTime(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]int{"the first is held": 0, "the second is held": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.enqueue(2, func(s *job.Spec) { s.Kind = "deadly" })
				for _, r := range w.ghostOf("deadly", 2) { // each crashed once
					crashed := &job.Settlement{
						ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: job.Enqueued, Cause: job.CauseRescue, Attempt: r.Attempt, Crashes: 1,
					}
					_, err := w.memory.Settle(t.Context(), []*job.Settlement{crashed})
					require.NoError(t, err)
				}
				number, err := w.memory.Register(t.Context(), ports.Worker{ID: "again", Kinds: []string{"deadly"}, Slots: 2}, lease)
				require.NoError(t, err)
				var suspects []*job.Record
				for claim := range int64(2) {
					got, err := w.memory.Claim(t.Context(), ports.ClaimRequest{
						Lease: job.NewLease(number, claim+1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"deadly"}, Limit: 1,
					})
					require.NoError(t, err)
					suspects = append(suspects, got...)
				}
				require.Len(t, suspects, 2)

				var release atomic.Bool
				cfg := w.config(nothing)
				cfg.Store = &holder{Store: w.store, holds: func(s *job.Settlement) bool { return s.ID == suspects[place].ID && !release.Load() }}
				stop := w.start(cfg)
				time.Sleep(2*lease + 5*heartbeat)
				release.Store(true)
				time.Sleep(2 * cfg.RescueInterval)
				require.Equal(t, 1, w.get(suspects[0].ID).Crashes, "it had ended before the other was claimed")
				require.Equal(t, 2, w.get(suspects[1].ID).Crashes)
				stop()
			})
		})
	}
}

// busyReports is a store that names updates busy.
type busyReports struct {
	ports.Store
	busy    func(*job.ReportUpdate) bool
	updates atomic.Int64
}

func (b *busyReports) Report(ctx context.Context, updates []*job.ReportUpdate) error {
	b.updates.Add(int64(len(updates)))
	busy := &ports.BusyError{}
	var free []*job.ReportUpdate
	for i, u := range updates {
		if b.busy(u) {
			busy.Places = append(busy.Places, i)
		} else {
			free = append(free, u)
		}
	}
	if err := b.Store.Report(ctx, free); err != nil || len(busy.Places) == 0 {
		return err
	}
	return busy
}

func TestReporter_TellsAgainOnlyWhatSomebodyHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(2)
		var release atomic.Bool
		cfg := w.telling(func(ctx context.Context, to engine.Reporter) error {
			to.Line(slog.LevelInfo, "begun")
			<-ctx.Done()
			return ctx.Err()
		})
		b := &busyReports{Store: w.store, busy: func(u *job.ReportUpdate) bool { return u.ID == ids[0] && !release.Load() }}
		cfg.Store = b
		stop := w.start(cfg)
		time.Sleep(10*time.Second + 500*time.Millisecond)
		require.Empty(t, w.reports(ids[0]))
		require.Len(t, w.reports(ids[1]), 1)
		require.LessOrEqual(t, b.updates.Load(), int64(2+10))
		require.Empty(t, w.heard.of(event.StoreFailed))
		release.Store(true)
		time.Sleep(2 * time.Second)
		require.Len(t, w.reports(ids[0]), 1)
		stop()
	})
}
