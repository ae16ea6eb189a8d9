package portstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func requeueCases() cases {
	return cases{
		"makes a job due now with a fresh budget": func(w *world) {
			h := w.hand()
			for _, state := range []job.State{job.Scheduled, job.Retrying, job.Completed, job.Cancelled, job.Dead} {
				id := h.inState(state, inQueue(string(state)))
				before, lines := w.get(id), w.history(id)
				require.NoError(w.t, w.Store.Requeue(w.ctx, id, "try again"))

				after := w.get(id)
				require.WithinDuration(w.t, w.Now(), after.RunAt, near)
				want := before.Clone()
				want.State, want.DeadReason, want.EndedAt = job.Enqueued, "", time.Time{}
				want.RunAt, want.Failures, want.Crashes = after.RunAt, 0, 0
				requireSame(w.t, want, after)

				entries, err := w.Store.History(w.ctx, id)
				require.NoError(w.t, err)
				require.Len(w.t, entries, len(lines)+1)
				require.Equal(w.t, job.Entry{At: after.RunAt, State: job.Enqueued, Attempt: before.Attempt, Reason: "requeue: try again"}, entries[len(lines)])

				r := h.take(serving(string(state)))
				require.Equal(w.t, before.Attempt+1, r.Attempt, "attempts count on")
				require.Zero(w.t, r.Failures)
				h.settle(completed(r))
			}
			require.Negative(w.t, w.promote(10).Next)
		},
		"keeps the failures of the runs before": func(w *world) {
			h := w.hand()
			id := h.inState(job.Dead)
			require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
			h.settle(dead(h.take()))
			failures, err := w.Store.Failures(w.ctx, id)
			require.NoError(w.t, err)
			require.Len(w.t, failures, 2)
			require.Equal(w.t, 1, failures[0].Attempt)
			require.Equal(w.t, 2, failures[1].Attempt)
			require.Equal(w.t, 1, w.get(id).Failures)
		},
		"clears crashes": func(w *world) {
			h := w.hand()
			id := w.one()
			h.settle(rescued(h.take()))
			r := h.take()
			require.Equal(w.t, 1, r.Crashes)
			h.settle(cancelled(r))
			require.Equal(w.t, 1, w.get(id).Crashes)
			require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
			require.Zero(w.t, w.get(id).Crashes)
		},
		"does it again and again": func(w *world) {
			h := w.hand()
			id := h.inState(job.Completed)
			for range 5 {
				require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
				h.settle(completed(h.take()))
			}
			require.Len(w.t, w.history(id), 3+5*3)
			require.Equal(w.t, 6, w.get(id).Attempt)
		},
		"refuses jobs that are due or run": func(w *world) {
			h := w.hand()
			for _, state := range []job.State{job.Enqueued, job.Processing} {
				id := h.inState(state, inQueue(string(state)))
				lines := w.history(id)
				requireTransition(w.t, w.Store.Requeue(w.ctx, id, ""), id, state, job.Enqueued)
				w.requireState(state, id)
				require.Equal(w.t, lines, w.history(id))
			}
		},
		"knows nothing of jobs that are not there": func(w *world) {
			requireNotFound(w.t, w.Store.Requeue(w.ctx, newID(), ""))
		},
	}
}

func deleteCases() cases {
	return cases{
		"forgets a job with its history and tags": func(w *world) {
			h := w.hand()
			for _, state := range job.States() {
				if state == job.Processing {
					continue
				}
				id := h.inState(state, inQueue(string(state)), tagged("t"))
				require.NoError(w.t, w.Store.Delete(w.ctx, id))
				w.requireGone(id)
				_, err := w.Store.History(w.ctx, id)
				requireNotFound(w.t, err)
				_, err = w.Store.Failures(w.ctx, id)
				requireNotFound(w.t, err)
				requireNotFound(w.t, w.Store.Tag(w.ctx, id, []string{"x"}))
				requireNotFound(w.t, w.Store.Delete(w.ctx, id))
			}
			page, err := w.Store.List(w.ctx, job.Filter{})
			require.NoError(w.t, err)
			require.Empty(w.t, page.Jobs)
			require.Empty(w.t, h.claim(10))
			require.Negative(w.t, w.promote(10).Next)
			w.requireCounts(nil)
		},
		"leaves the others alone": func(w *world) {
			h := w.hand()
			ids := w.enqueue(spec(), spec(), spec())
			require.NoError(w.t, w.Store.Delete(w.ctx, ids[1]))
			require.Equal(w.t, []job.ID{ids[0], ids[2]}, recordIDs(h.claim(10)))
		},
		"refuses a job that runs": func(w *world) {
			h := w.hand()
			id := h.inState(job.Processing)
			err := w.Store.Delete(w.ctx, id)
			require.ErrorIs(w.t, err, job.ErrConflict)
			var typed *job.TransitionError
			require.ErrorAs(w.t, err, &typed)
			require.Equal(w.t, id, typed.ID)
			require.Equal(w.t, job.Processing, typed.From)
			w.requireState(job.Processing, id)
		},
		"knows nothing of jobs that are not there": func(w *world) {
			requireNotFound(w.t, w.Store.Delete(w.ctx, newID()))
		},
	}
}
