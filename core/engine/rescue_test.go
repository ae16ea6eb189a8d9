package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
	"github.com/task-tower/tasktower/ports/portstest"
)

// Suspects run one at a time, so a crash speaks against the first of them only.
func TestRescue_BlamesOneSuspectPerCrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ids := w.enqueue(3, func(s *job.Spec) { s.Kind = "deadly" })
		w.start(w.config(func(context.Context, *job.Record) error { return nil }))
		crash := func() {
			number, err := w.memory.Register(t.Context(), ports.Worker{ID: w.ids.NewID().String(), Kinds: []string{"deadly"}, Slots: 3}, lease)
			require.NoError(t, err)
			jobs, err := w.memory.Claim(t.Context(), ports.ClaimRequest{
				Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"deadly"}, Limit: 3,
			})
			require.NoError(t, err)
			require.Len(t, jobs, 3)
			time.Sleep(2 * lease)
		}
		crash()
		for _, id := range ids {
			require.Equal(t, 1, w.get(id).Crashes, "each of them may have done it")
		}
		crash()
		for i, id := range ids {
			rec := w.get(id)
			require.Equal(t, job.Enqueued, rec.State)
			require.Equal(t, []int{2, 1, 1}[i], rec.Crashes)
			require.Equal(t, []int{2, 1, 1}[i], rec.Attempt, "what did not start has its attempt back")
		}
		crash()
		require.Equal(t, job.DeadPoison, w.get(ids[0]).DeadReason)
		require.Equal(t, 1, w.get(ids[1]).Crashes)
	})
}

// doomed is a worker that is never heard of again.
type doomed struct {
	*world
	number, claims int64
}

func (w *world) doomed() *doomed {
	w.Helper()
	number, err := w.memory.Register(w.Context(), ports.Worker{ID: w.ids.NewID().String(), Kinds: []string{"deadly"}, Slots: 1}, lease)
	require.NoError(w, err)
	return &doomed{world: w, number: number}
}

// claim claims so many jobs of a kind, which must be there.
func (d *doomed) claim(kind string, n int) []*job.Record {
	d.Helper()
	d.claims++
	jobs, err := d.memory.Claim(d.Context(), ports.ClaimRequest{
		Lease: job.NewLease(d.number, d.claims), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{kind}, Limit: n,
	})
	require.NoError(d, err)
	require.Len(d, jobs, n)
	return jobs
}

// suspects are jobs of a kind that nobody handles, and were in flight at a crash.
func (w *world) suspects(kind string, n int) []job.ID {
	w.Helper()
	ids := w.enqueue(n, ofKind(kind))
	w.doomed().claim(kind, n)
	time.Sleep(2 * lease)
	return ids
}

func (w *world) requireCrashes(want int, ids ...job.ID) {
	w.Helper()
	for _, id := range ids {
		rec := w.get(id)
		require.Equal(w, job.Enqueued, rec.State)
		require.Equal(w, []int{want, want}, []int{rec.Crashes, rec.Attempt})
	}
}

// The suspect that ran may be settled late by the worker that was given up. That
// does not make the next one the culprit.
func TestRescue_BlamesNobodyElseWhenTheSuspectThatRanIsSettled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(w.config(nothing))
		ids := w.suspects("deadly", 3)
		ran := w.doomed().claim("deadly", 3)[0]
		w.store.Break(portstest.Fault{Method: "Settle"}) // of the rescuer
		time.Sleep(2 * lease)
		out, err := w.memory.Settle(t.Context(), []*job.Settlement{{
			ID: ran.ID, Lease: ran.Lease, Seq: ran.Seq, To: job.Completed, Cause: job.CauseSuccess, Attempt: ran.Attempt, Crashes: 1,
		}})
		require.NoError(t, err)
		require.Empty(t, out.Lost)
		w.store.Heal()
		time.Sleep(lease)
		require.Equal(t, job.Completed, w.get(ids[0]).State)
		w.requireCrashes(1, ids[1:]...)
	})
}

// A worker claims no suspect before the one that it holds has ended, so one of the
// last such claim ran, however many jobs are left behind.
func TestRescue_BlamesASuspectThatWasClaimedLast(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]int{"among few other jobs": 3, "among more than one look finds": 2500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.start(w.config(nothing))
				ended, ran := w.suspects("a", 2), w.suspects("b", 2)
				plain := w.enqueue(others, ofKind("c"))
				d := w.doomed()
				d.claim("a", 2)
				d.claim("c", others)
				d.claim("b", 2)
				time.Sleep(2 * lease)
				w.requireCrashes(1, append(ended, ran[1])...)
				w.requireCrashes(2, ran[0])
				w.requireCrashes(1, plain...)
			})
		})
	}
}

// While the store is out of reach nobody can beat, and everybody looks lost.
func TestRescue_WaitsForAFullLeaseAfterAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.enqueue(1, func(s *job.Spec) { s.Kind = "elsewhere" })[0]
		number, err := w.memory.Register(t.Context(), ports.Worker{ID: w.ids.NewID().String(), Kinds: []string{"elsewhere"}, Slots: 1}, lease)
		require.NoError(t, err)
		_, err = w.memory.Claim(t.Context(), ports.ClaimRequest{
			Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"elsewhere"}, Limit: 1,
		})
		require.NoError(t, err)
		w.start(w.config(func(context.Context, *job.Record) error { return nil }))
		synctest.Wait()

		w.store.Break(portstest.Fault{})
		time.Sleep(2 * lease)
		w.store.Heal()
		time.Sleep(lease - heartbeat)
		require.Equal(t, job.Processing, w.get(id).State, "its worker may beat again any moment")
		time.Sleep(5 * heartbeat)
		require.Equal(t, 1, w.get(id).Crashes)
	})
}

// Whatever keeps deadlines from ending jobs, lost workers' jobs run again.
func TestRescue_GoesOnWhileExpireFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, portstest.Fault{Method: "Expire"})
		id := w.enqueue(1, func(s *job.Spec) { s.Kind = "elsewhere" })[0]
		number, err := w.memory.Register(t.Context(), ports.Worker{ID: w.ids.NewID().String(), Kinds: []string{"elsewhere"}, Slots: 1}, lease)
		require.NoError(t, err)
		_, err = w.memory.Claim(t.Context(), ports.ClaimRequest{
			Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"elsewhere"}, Limit: 1,
		})
		require.NoError(t, err)
		w.start(w.config(func(context.Context, *job.Record) error { return nil }))
		time.Sleep(2*lease + 5*heartbeat)
		require.Equal(t, job.Enqueued, w.get(id).State)
	})
}

// elsewhere is a job that another worker holds, which lives for so long without a beat.
func (w *world) elsewhere(life time.Duration) job.ID {
	w.Helper()
	number, err := w.memory.Register(w.Context(), ports.Worker{ID: "other", Kinds: []string{"x"}, Slots: 1}, life)
	require.NoError(w, err)
	id := w.enqueue(1, func(s *job.Spec) { s.Kind = "x" })[0]
	_, err = w.memory.Claim(w.Context(), ports.ClaimRequest{
		Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"x"}, Limit: 1,
	})
	require.NoError(w, err)
	return id
}

// While the store was out of reach others could not beat either, though this
// worker's own life lasted just long enough. Nor could they at once when it was back:
// what they try then may take a heartbeat, and the next try another one.
func TestRescue_WaitsForALeaseAfterAnOutageThatItsWorkerSurvived(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]time.Duration{
		"for almost a lease":              lease - heartbeat + 500*time.Millisecond,
		"for so long that a beat is late": lease - lease/10 - 2*heartbeat + 500*time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				stop := w.start(w.config(nothing))
				time.Sleep(time.Minute + 100*time.Millisecond) // it has just beaten
				id := w.elsewhere(outage + 500*time.Millisecond)
				w.store.Break(portstest.Fault{})
				time.Sleep(outage)
				w.store.Heal()
				time.Sleep(lease - heartbeat)
				workers, err := w.memory.Workers(t.Context())
				require.NoError(t, err)
				require.Len(t, workers, 2, "the worker has not started anew")
				require.Equal(t, job.Processing, w.get(id).State)
				time.Sleep(3 * heartbeat)
				require.Equal(t, job.Enqueued, w.get(id).State)
				stop()
			})
		})
	}
}

// When the store is back, others may look lost to whoever looks before he has beaten.
func TestRescue_WaitsForABeatAfterAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		cfg := w.config(nothing)
		cfg.RescueInterval = 100 * time.Millisecond
		stop := w.start(cfg)
		time.Sleep(time.Minute + 100*time.Millisecond) // it has just beaten
		outage := lease - lease/10 - 2*heartbeat + 500*time.Millisecond
		id := w.elsewhere(outage)
		w.store.Break(portstest.Fault{})
		time.Sleep(outage)
		w.store.Heal()
		w.store.Break(portstest.Fault{Method: "Beat"})
		time.Sleep(2 * time.Second)
		require.Equal(t, job.Processing, w.get(id).State)
		w.store.Heal()
		time.Sleep(lease - heartbeat)
		require.Equal(t, job.Processing, w.get(id).State)
		time.Sleep(3 * heartbeat)
		require.Equal(t, job.Enqueued, w.get(id).State)
		stop()
	})
}
