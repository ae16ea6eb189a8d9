package portstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func rescueCases() cases {
	return cases{
		"finds no job of a live worker": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec())
			h.take()
			require.Empty(w.t, w.findLost(10))
		},
		"finds the jobs of a worker whose life has ended": func(w *world) {
			var taken *job.Record
			id := w.one()
			gone := w.lost(func(h *hand) error {
				jobs, err := w.Store.Claim(w.ctx, h.ask(1))
				if len(jobs) == 1 {
					taken = jobs[0]
				}
				return err
			})
			found := w.findLost(10)
			require.Len(w.t, found, 1)
			require.Equal(w.t, id, found[0].ID)
			require.Equal(w.t, job.Processing, found[0].State)
			require.Equal(w.t, taken.Lease, found[0].Lease)
			require.Equal(w.t, taken.Seq, found[0].Seq)
			require.Equal(w.t, gone.id, found[0].Worker)

			w.settle(rescued(found[0]))
			r := w.get(id)
			require.Equal(w.t, job.Enqueued, r.State)
			require.Equal(w.t, 1, r.Crashes)
			require.Empty(w.t, w.findLost(10))
			w.requireLost(completed(taken))
		},
		"finds what a worker left behind that took its leave": func(w *world) {
			h := w.hand()
			id := w.one()
			h.take()
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			found := w.findLost(10)
			require.Len(w.t, found, 1)
			require.Equal(w.t, id, found[0].ID)
		},
		"finds only what is not settled, and at most so many": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec())
			first := h.take()
			h.take()
			h.take()
			w.settle(completed(first))
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Len(w.t, w.findLost(1), 1)
			require.Len(w.t, w.findLost(10), 2)
		},
		"leaves out the leases that are named": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec())
			first, second := h.claim(2), h.take()
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			for range 2 { // what was left out is found again
				for busy, want := range map[job.Lease][]job.ID{first[0].Lease: {second.ID}, second.Lease: recordIDs(first)} {
					found, err := w.Store.Lost(w.ctx, 2, busy)
					require.NoError(w.t, err)
					require.Equal(w.t, want, recordIDs(found))
				}
				found, err := w.Store.Lost(w.ctx, 2, first[0].Lease, second.Lease)
				require.NoError(w.t, err)
				require.Empty(w.t, found)
			}
			require.Len(w.t, w.findLost(10), 3)
		},
		"tells a worker that was given up": func(w *world) {
			gone := w.lost(func(*hand) error { return nil })
			w.findLost(1)
			_, err := w.Store.Beat(w.ctx, ports.Beat{Number: gone.number}, long)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
		},
		"ends waiting jobs whose deadline has passed": func(w *world) {
			past := func(s *job.Spec) { s.Deadline = w.ago(time.Minute) }
			due, later := w.one(past), w.one(past, after(long))
			fine := w.one(func(s *job.Spec) { s.DeadlineIn = long })
			n, err := w.Store.Expire(w.ctx, 10)
			require.NoError(w.t, err)
			require.Equal(w.t, 2, n)
			for _, id := range []job.ID{due, later} {
				r := w.get(id)
				require.Equal(w.t, job.Dead, r.State)
				require.Equal(w.t, job.DeadDeadline, r.DeadReason)
				lines := w.history(id)
				require.Contains(w.t, lines[len(lines)-1], string(job.CauseDeadline))
			}
			w.requireState(job.Enqueued, fine)

			deaths, err := w.Store.TakeDeaths(w.ctx, w.hand().number, []string{"k"}, nil, 10)
			require.NoError(w.t, err)
			require.Len(w.t, deaths, 2)
			n, err = w.Store.Expire(w.ctx, 10)
			require.NoError(w.t, err)
			require.Zero(w.t, n)
		},
		"leaves jobs alone that run or have ended when their deadline passes": func(w *world) {
			h := w.hand()
			past := func(s *job.Spec) { s.Deadline = w.ago(time.Minute) }
			w.enqueue(spec(past), spec(past))
			ended, running := h.take(), h.take()
			w.settle(completed(ended))
			n, err := w.Store.Expire(w.ctx, 10)
			require.NoError(w.t, err)
			require.Zero(w.t, n)
			w.requireState(job.Completed, ended.ID)
			w.requireState(job.Processing, running.ID)
		},
		"frees the unique key of a job whose deadline has passed": func(w *world) {
			w.one(unique("u"), func(s *job.Spec) { s.Deadline = w.ago(time.Minute) })
			_, err := w.Store.Expire(w.ctx, 10)
			require.NoError(w.t, err)
			w.one(unique("u"))
		},
	}
}

func (w *world) findLost(limit int) []*job.Record {
	w.t.Helper()
	found, err := w.Store.Lost(w.ctx, limit)
	require.NoError(w.t, err)
	return found
}
