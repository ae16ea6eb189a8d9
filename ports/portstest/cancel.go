package portstest

import (
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func cancelCases() cases {
	return cases{
		"ends a waiting job at once": func(w *world) {
			h := w.hand()
			for _, state := range []job.State{job.Scheduled, job.Enqueued, job.Retrying} {
				id := h.inState(state, inQueue(string(state)))
				before := w.get(id)
				got, err := w.Store.Cancel(w.ctx, id, "not needed")
				require.NoError(w.t, err)
				require.Equal(w.t, job.Cancelled, got)

				after := w.get(id)
				require.WithinDuration(w.t, w.Now(), after.EndedAt, near)
				want := before.Clone()
				want.State, want.EndedAt = job.Cancelled, after.EndedAt
				requireSame(w.t, want, after)
				entries, err := w.Store.History(w.ctx, id)
				require.NoError(w.t, err)
				require.Equal(w.t, job.Entry{At: after.EndedAt, State: job.Cancelled, Attempt: before.Attempt, Reason: "cancel: not needed"}, entries[len(entries)-1])
			}
			require.Empty(w.t, h.claim(10))
			require.Negative(w.t, w.promote(10).Next)
		},
		"needs no note": func(w *world) {
			id := w.one()
			_, err := w.Store.Cancel(w.ctx, id, "")
			require.NoError(w.t, err)
			require.Equal(w.t, []string{"enqueued 0 enqueue", "cancelled 0 cancel"}, w.history(id))
		},
		"asks the worker that runs the job": func(w *world) {
			h, other := w.hand(), w.hand()
			w.enqueue(spec(), spec())
			mine, spared := h.take(), h.take()
			w.cancelRunning(mine.ID)
			w.requireState(job.Processing, mine.ID)
			for range 2 { // until it is settled
				require.Equal(w.t, []job.ID{mine.ID}, h.orders())
			}
			require.Empty(w.t, other.orders())

			w.settle(cancelled(mine))
			w.requireState(job.Cancelled, mine.ID)
			require.Empty(w.t, h.orders())
			w.settle(completed(spared))
			require.Len(w.t, w.history(mine.ID), 3, "the request itself is no transition")
		},
		"asks for many jobs at once": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec())
			batch := recordIDs(h.claim(3))
			for _, id := range batch {
				w.cancelRunning(id)
			}
			require.ElementsMatch(w.t, batch, h.orders())
		},
		"may be asked twice": func(w *world) {
			h := w.hand()
			id := w.one()
			h.take()
			w.cancelRunning(id)
			w.cancelRunning(id)
			require.Equal(w.t, []job.ID{id}, h.orders())
		},
		"refuses every result but a success and a cancellation": func(w *world) {
			h := w.hand()
			unwanted := map[string]func(*job.Record) *job.Settlement{
				"retry":    func(r *job.Record) *job.Settlement { return retrying(r, 0) },
				"snooze":   func(r *job.Record) *job.Settlement { return snoozed(r, long) },
				"release":  released,
				"rescue":   rescued,
				"death":    dead,
				"deadline": missed,
				"poison":   endings()["ends a job that crashed too often"].settle,
				"reject":   endings()["ends a job that is rejected"].settle,
			}
			for name, result := range unwanted {
				id := w.one()
				r := h.take()
				w.cancelRunning(id)
				out, err := w.Store.Settle(w.ctx, []*job.Settlement{result(r)})
				require.NoError(w.t, err, name)
				require.Equal(w.t, ports.Settled{Cancelled: []int{0}}, settled(out), name)
				w.requireState(job.Processing, id)
				require.Len(w.t, w.history(id), 2)
				require.Equal(w.t, []job.ID{id}, h.orders())
				w.settle(cancelled(r))
				w.requireState(job.Cancelled, id)
				require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
				h = w.hand()
				require.Empty(w.t, h.deaths(10), "%s: nobody is to mourn it", name)
			}
		},
		"lets a success win": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			w.cancelRunning(id)
			w.settle(completed(r))
			w.requireState(job.Completed, id)
			require.Empty(w.t, h.orders())
		},
		"does not reach beyond the attempt it was asked of": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			w.cancelRunning(id)
			w.settle(cancelled(r))
			require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
			next := h.take()
			require.Empty(w.t, h.orders())
			w.settle(retrying(next, 0))
			w.requireState(job.Retrying, id)
		},
		"asks for no cancellation of what an earlier result of the call has ended": func(w *world) {
			h := w.hand()
			w.one()
			r := h.take()
			w.cancelRunning(r.ID)
			out, err := w.Store.Settle(w.ctx, []*job.Settlement{released(r), completed(r), dead(r)})
			require.NoError(w.t, err)
			require.Equal(w.t, ports.Settled{Lost: []int{2}, Cancelled: []int{0}}, settled(out))
			w.requireState(job.Completed, r.ID)
		},
		"asks for no cancellation of a stay that has ended": func(w *world) {
			h := w.hand()
			w.one()
			w.one()
			both := h.claim(2) // the other one keeps the lease open
			r := both[0]
			w.settle(rescued(r))
			again := h.take()
			require.Equal(w.t, r.ID, again.ID)
			w.cancelRunning(r.ID)
			w.requireLost(dead(r), retrying(r, 0))
			w.requireState(job.Processing, r.ID)
			w.settle(cancelled(again))
		},
		"refuses jobs that have ended": func(w *world) {
			h := w.hand()
			for _, state := range []job.State{job.Completed, job.Cancelled, job.Dead} {
				id := h.inState(state)
				lines := w.history(id)
				_, err := w.Store.Cancel(w.ctx, id, "")
				requireTransition(w.t, err, id, state, job.Cancelled)
				w.requireState(state, id)
				require.Equal(w.t, lines, w.history(id))
			}
		},
		"knows nothing of jobs that are not there": func(w *world) {
			_, err := w.Store.Cancel(w.ctx, newID(), "")
			requireNotFound(w.t, err)
		},
	}
}

// cancelRunning asks to cancel a job that is processing.
func (w *world) cancelRunning(id job.ID) {
	w.t.Helper()
	state, err := w.Store.Cancel(w.ctx, id, "stop")
	require.NoError(w.t, err)
	require.Equal(w.t, job.Processing, state)
}

// orders beats and returns the jobs whose contexts should end.
func (h *hand) orders() []job.ID {
	h.t.Helper()
	out, err := h.Store.Beat(h.ctx, ports.Beat{Number: h.number}, long)
	require.NoError(h.t, err)
	return out.Cancel
}

func requireTransition(t failer, err error, id job.ID, from, to job.State) {
	t.Helper()
	require.ErrorIs(t, err, job.ErrConflict)
	var typed *job.TransitionError
	require.ErrorAs(t, err, &typed)
	require.Equal(t, job.TransitionError{ID: id, From: from, To: to}, *typed)
}

func requireNotFound(t failer, err error) {
	t.Helper()
	require.ErrorIs(t, err, job.ErrNotFound)
	var typed *job.NotFoundError
	require.ErrorAs(t, err, &typed)
	require.Equal(t, "job", typed.What)
}
