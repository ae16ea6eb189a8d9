package portstest

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// atOnce keeps no final job; never lets none go.
var (
	atOnce = job.Retention{}
	never  = job.Retention{Completed: job.KeepForever, Cancelled: job.KeepForever, Dead: job.KeepForever}
)

func pruneCases() cases {
	return cases{
		"keeps jobs as long as the default says": func(w *world) {
			w.finished()
			require.Zero(w.t, w.prune())
			require.Equal(w.t, ports.Pruned{}, w.pruneOnce(), "and has nothing to do at once")
		},
		"forgets jobs whose retention is over, with all that belongs to them": func(w *world) {
			byState := w.finished(tagged("t"))
			w.retain(atOnce)
			require.Equal(w.t, len(byState), w.prune())
			for _, id := range byState {
				w.requireGone(id)
				_, err := w.Store.History(w.ctx, id)
				require.ErrorIs(w.t, err, job.ErrNotFound)
				_, err = w.Store.Failures(w.ctx, id)
				require.ErrorIs(w.t, err, job.ErrNotFound)
				requireNotFound(w.t, w.Store.Requeue(w.ctx, id, ""))
				requireNotFound(w.t, w.Store.Tag(w.ctx, id, []string{"x"}))
				requireNotFound(w.t, w.Store.Delete(w.ctx, id))
			}
			counts, err := w.Store.Counts(w.ctx, 100)
			require.NoError(w.t, err)
			require.Empty(w.t, counts)
		},
		"counts the retention from the end, in each state apart": func(w *world) {
			for state, kept := range map[job.State]job.Retention{
				job.Completed: {Cancelled: long, Dead: long},
				job.Cancelled: {Completed: job.KeepForever, Dead: long},
				job.Dead:      {Completed: long, Cancelled: job.KeepForever},
			} {
				byState := w.finished()
				w.retain(kept)
				require.Equal(w.t, 1, w.prune(), state)
				w.requireGone(byState[state])
				w.pruneAll(atOnce)
			}
		},
		"lets go of a job once its time is over": func(w *world) {
			byState := w.finished()
			w.retain(job.Retention{Completed: soon, Cancelled: long, Dead: long})
			w.Advance(w.tb, 2*soon)
			require.Equal(w.t, 1, w.prune())
			w.requireGone(byState[job.Completed])
		},
		"keeps jobs of a kind as long as that kind says": func(w *world) {
			mine, theirs := w.finished(ofKind("mine")), w.finished()
			require.NoError(w.t, w.Store.Retain(w.ctx, map[string]job.Retention{"mine": never, "": atOnce}))
			require.Equal(w.t, len(theirs), w.prune())
			for state, id := range mine {
				w.requireState(state, id)
			}
			require.NoError(w.t, w.Store.Retain(w.ctx, map[string]job.Retention{"mine": atOnce, "other": never}))
			require.Equal(w.t, len(mine), w.prune(), "and what is said later counts, also for those that ended before")
		},
		"keeps what is not final": func(w *world) {
			h := w.hand()
			w.retain(atOnce)
			var kept []job.ID
			for _, state := range job.States() {
				if !state.Final() {
					kept = append(kept, h.inState(state, inQueue(string(state))))
				}
			}
			require.Zero(w.t, w.prune())
			require.Zero(w.t, w.pruneAll(atOnce))
			for _, id := range kept {
				w.get(id)
			}
		},
		"keeps a job that was requeued": func(w *world) {
			id := w.finished()[job.Completed]
			require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
			w.retain(atOnce)
			require.Equal(w.t, 2, w.prune())
			w.requireState(job.Enqueued, id)
			require.Equal(w.t, id, w.hand().take().ID)
		},
		"keeps a dead job while a live worker is about to mourn it": func(w *world) {
			h := w.hand()
			id := h.inState(job.Dead)
			w.Advance(w.tb, soon)
			w.retain(atOnce)
			require.Zero(w.t, w.prune())
			require.Zero(w.t, w.pruneAll(atOnce))
			h.mourned(id)
			require.Equal(w.t, 1, w.pruneAll(atOnce))
		},
		"lets go of a dead job whose retention is over and that nobody is about to mourn": func(w *world) {
			h := w.hand()
			gone := h.inState(job.Dead)
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			late := w.one(func(s *job.Spec) { s.Deadline = w.ago(time.Minute) })
			_, err := w.Store.Expire(w.ctx, 10)
			require.NoError(w.t, err)
			w.Advance(w.tb, soon)
			require.Zero(w.t, w.pruneAll(job.Retention{Dead: long}), "until then somebody may come who does")
			require.Equal(w.t, 2, w.pruneAll(atOnce))
			w.requireGone(gone)
			w.requireGone(late)
			require.Empty(w.t, w.hand().deaths(10))
		},
		"keeps a job while it holds its unique key": func(w *world) {
			h := w.hand()
			held := w.one(uniqueFor("held", long))
			free := w.one(unique("free"))
			h.settle(completed(h.take()))
			h.settle(completed(h.take()))
			w.Advance(w.tb, soon)
			w.retain(atOnce)
			require.Equal(w.t, 1, w.prune())
			w.requireGone(free)
			w.requireState(job.Completed, held)
			w.one(unique("free"))
		},
		"lets go of the deadlines of what it forgets": func(w *world) {
			id := w.one(func(s *job.Spec) { s.DeadlineIn = soon })
			_, err := w.Store.Cancel(w.ctx, id, "")
			require.NoError(w.t, err)
			require.Equal(w.t, 1, w.pruneAll(atOnce))
			w.Advance(w.tb, 2*soon)
			moved, err := w.Store.Expire(w.ctx, 10)
			require.NoError(w.t, err)
			require.Zero(w.t, moved)
		},
		"prunes by what an operator says, whatever kinds say": func(w *world) {
			byState := w.finished()
			w.retain(never)
			require.Zero(w.t, w.prune())
			require.Equal(w.t, 1, w.pruneAll(job.Retention{Completed: job.KeepForever, Cancelled: 0, Dead: long}))
			w.requireGone(byState[job.Cancelled])
			require.Equal(w.t, 2, w.pruneAll(atOnce))
			require.Zero(w.t, w.pruneAll(never))
		},
		"goes on behind the last job": func(w *world) {
			ids := w.enqueue(spec(), spec(), spec(), spec(), spec())
			for _, id := range ids[2:] {
				_, err := w.Store.Cancel(w.ctx, id, "")
				require.NoError(w.t, err)
			}
			req := ports.PruneRequest{Retention: atOnce, Limit: 2}
			var jobs []int
			for more := true; more; {
				out, err := w.Store.PruneOlder(w.ctx, req)
				require.NoError(w.t, err)
				jobs, req.After, more = append(jobs, out.Jobs), out.Last, out.More
			}
			require.Equal(w.t, []int{0, 2, 1}, jobs)
		},
		"prunes more than fits into a call": func(w *world) {
			w.retain(atOnce)
			ids := w.enqueue(many(25)...)
			for _, id := range ids {
				_, err := w.Store.Cancel(w.ctx, id, "")
				require.NoError(w.t, err)
			}
			total, calls := 0, 0
			for more := true; more; calls++ {
				require.Less(w.t, calls, 100)
				out, err := w.Store.Prune(w.ctx, 10)
				require.NoError(w.t, err)
				require.LessOrEqual(w.t, out.Jobs, 10)
				total, more = total+out.Jobs, out.More
			}
			require.Equal(w.t, len(ids), total)
		},
		"lets many prune at once": func(w *world) {
			w.retain(job.Retention{Completed: job.KeepForever, Cancelled: 0, Dead: long})
			ids := w.enqueue(many(60)...)
			for _, id := range ids[10:] {
				_, err := w.Store.Cancel(w.ctx, id, "")
				require.NoError(w.t, err)
			}
			pruned := make([]int, 4)
			var wg sync.WaitGroup
			for i := range pruned {
				wg.Go(func() {
					for range 20 {
						out, err := w.Store.Prune(w.ctx, 7)
						if err != nil {
							w.t.Errorf("prune: %v", err)
							return
						}
						pruned[i] += out.Jobs
					}
				})
			}
			wg.Wait()
			total := w.prune() // of several that come at once, one may do it all
			for _, n := range pruned {
				total += n
			}
			require.Equal(w.t, 50, total)
			for _, id := range ids[:10] {
				w.requireState(job.Enqueued, id)
			}
		},
		"keeps workers that hold jobs, however long they are gone": func(w *world) {
			h := w.hand()
			id := w.one()
			h.take()
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			w.retain(atOnce)
			require.Zero(w.t, w.prune())
			found := w.findLost(10)
			require.Len(w.t, found, 1)
			require.Equal(w.t, id, found[0].ID)
		},
	}
}

// finished is one job in each final state, whose death is mourned.
func (w *world) finished(changes ...func(*job.Spec)) map[job.State]job.ID {
	w.t.Helper()
	h := w.hand()
	out := map[job.State]job.ID{}
	for _, to := range []func(*job.Record) *job.Settlement{completed, cancelled, dead} {
		s := spec(changes...)
		w.enqueue(s)
		got := h.take(handling(s.Kind))
		require.Equal(w.t, s.ID, got.ID)
		res := to(got)
		h.settle(res)
		out[res.To] = s.ID
	}
	h.mourned(out[job.Dead])
	w.Advance(w.tb, soon) // results end a millisecond after their claim
	return out
}

func many(n int) []*job.Spec {
	out := make([]*job.Spec, n)
	for i := range out {
		out[i] = spec()
	}
	return out
}

// retain stores how long jobs of any kind are kept.
func (w *world) retain(r job.Retention) {
	w.t.Helper()
	require.NoError(w.t, w.Store.Retain(w.ctx, map[string]job.Retention{"": r}))
}

// prune does all that is to do now, and returns how many jobs that took.
func (w *world) prune() int {
	w.t.Helper()
	total := 0
	for range 100 {
		out := w.pruneOnce()
		total += out.Jobs
		if !out.More {
			return total
		}
	}
	require.FailNow(w.t, "pruning does not come to an end")
	return 0
}

func (w *world) pruneOnce() ports.Pruned {
	w.t.Helper()
	out, err := w.Store.Prune(w.ctx, 100)
	require.NoError(w.t, err)
	return out
}

// pruneAll forgets what is older, of any kind.
func (w *world) pruneAll(r job.Retention) int {
	w.t.Helper()
	out, err := w.Store.PruneOlder(w.ctx, ports.PruneRequest{Retention: r, Limit: 100})
	require.NoError(w.t, err)
	require.False(w.t, out.More)
	return out.Jobs
}
