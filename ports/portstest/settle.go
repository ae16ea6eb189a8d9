package portstest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// ending is a result and what the job looks like after it.
type ending struct {
	settle  func(*job.Record) *job.Settlement
	attempt int
	wait    time.Duration // until the job is due again; negative: as before
	entry   string
	failed  bool
}

func endings() map[string]ending {
	return map[string]ending{
		"completes a job":              {settle: completed, attempt: 1, entry: "completed 1 success"},
		"lets a job retry":             {settle: func(r *job.Record) *job.Settlement { return retrying(r, long) }, attempt: 1, wait: long, entry: "retrying 1 failure", failed: true},
		"lets a job retry at once":     {settle: func(r *job.Record) *job.Settlement { return retrying(r, 0) }, attempt: 1, entry: "retrying 1 failure", failed: true},
		"lets a job snooze":            {settle: func(r *job.Record) *job.Settlement { return snoozed(r, long) }, wait: long, entry: "scheduled 0 snooze"},
		"takes a job back":             {settle: released, wait: -1, entry: "enqueued 0 release"},
		"takes a lost job back":        {settle: rescued, attempt: 1, wait: -1, entry: "enqueued 1 rescue"},
		"ends a job that failed":       {settle: dead, attempt: 1, entry: "dead 1 failure", failed: true},
		"ends a job that came late":    {settle: missed, entry: "dead 0 deadline"},
		"ends a job that was given up": {settle: cancelled, attempt: 1, entry: "cancelled 1 cancel"},
		"ends a job that crashed too often": {settle: func(r *job.Record) *job.Settlement {
			s := result(r, job.Dead, job.CauseRescue)
			s.Crashes, s.DeadReason, s.Notice = 3, job.DeadPoison, true
			return s
		}, attempt: 1, entry: "dead 1 rescue"},
		"ends a job that is rejected": {settle: func(r *job.Record) *job.Settlement {
			s := dead(r)
			s.DeadReason = job.DeadRejected
			return s
		}, attempt: 1, entry: "dead 1 failure", failed: true},
	}
}

func settleCases() cases {
	out := cases{
		"takes nothing": func(w *world) { w.settle() },
		"refuses a state that there is not, and goes on": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec())
			batch := h.claim(2)
			for _, to := range []job.State{"", "done", job.Processing} {
				bad := completed(batch[0])
				bad.To = to
				_, err := w.Store.Settle(w.ctx, []*job.Settlement{completed(batch[1]), bad})
				var refused *job.TransitionError
				require.ErrorAs(w.t, err, &refused)
				require.Equal(w.t, to, refused.To)
				w.requireState(job.Processing, batch[1].ID)
			}
			_, err := w.Store.List(w.ctx, job.Filter{State: "done", Limit: 1})
			require.ErrorIs(w.t, err, job.ErrInvalid)
			w.settle(completed(batch[0]), completed(batch[1]))
			w.requireCounts(map[string]int{"default completed": 2})
		},
		"settles a thousand results of many kinds in one call": func(w *world) {
			const many = 1000
			specs := make([]*job.Spec, many)
			for i := range specs {
				specs[i] = spec()
			}
			w.enqueue(specs...)
			results := make([]*job.Settlement, many)
			ends := []func(*job.Record) *job.Settlement{completed, dead, cancelled, func(r *job.Record) *job.Settlement { return retrying(r, long) }}
			for i, r := range w.hand().claim(many) {
				results[i] = ends[i%len(ends)](r)
			}
			w.settle(results...)
			w.requireCounts(map[string]int{"default completed": 250, "default dead": 250, "default cancelled": 250, "default retrying": 250})
		},
		"settles jobs of several leases in one call": func(w *world) {
			h, other := w.hand(), w.hand()
			w.enqueue(spec(), spec(), spec())
			a, b, c := h.take(), other.take(), h.take()
			w.settle(completed(c), retrying(a, long), completed(b))
			w.requireCounts(map[string]int{"default completed": 2, "default retrying": 1})
		},
		"settles one job of a batch while others run": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec())
			batch := h.claim(3)
			w.settle(completed(batch[1]))
			w.requireState(job.Processing, batch[0].ID)
			w.settle(released(batch[0]))
			w.requireState(job.Processing, batch[2].ID)
			w.settle(completed(batch[2]))
		},
		"keeps a failure as it was reported": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			s := retrying(r, 0)
			s.Failure = job.NewFailure("*net.OpError", "нет сети: ☃", "goroutine 1\n\tmain.go:7")
			w.settle(s)
			failures, err := w.Store.Failures(w.ctx, id)
			require.NoError(w.t, err)
			require.Len(w.t, failures, 1)
			got := failures[0]
			require.WithinDuration(w.t, s.EndedAt, got.At, time.Microsecond)
			got.At = time.Time{}
			require.Equal(w.t, job.Failure{Attempt: 1, Worker: h.id, Type: "*net.OpError", Message: "нет сети: ☃", Stack: "goroutine 1\n\tmain.go:7"}, got)
		},
		"keeps why behind the cause": func(w *world) {
			h := w.hand()
			id := w.one()
			s := cancelled(h.take())
			s.Note = "the user is gone"
			w.settle(s)
			require.Equal(w.t, "cancelled 1 cancel: the user is gone", w.history(id)[2])
		},
		"tells who ended the attempt and when": func(w *world) {
			h := w.hand()
			id := w.one()
			s := completed(h.take())
			w.settle(s)
			entries, err := w.Store.History(w.ctx, id)
			require.NoError(w.t, err)
			require.Equal(w.t, h.id, entries[2].Worker)
			require.WithinDuration(w.t, s.EndedAt, entries[2].At, time.Microsecond)
			require.WithinDuration(w.t, s.EndedAt, w.get(id).EndedAt, time.Microsecond)
		},
	}
	for sentence, e := range endings() {
		out[sentence] = e.play
	}
	for _, state := range job.States() {
		if state != job.Processing {
			out[fmt.Sprintf("refuses a cause that does not lead to %s and stores none of the call", state)] = func(w *world) { refuseMove(w, state) }
		}
	}
	return out
}

func (e ending) play(w *world) {
	h := w.hand()
	due := w.ago(time.Minute)
	id := w.one(at(due))
	r := h.take()
	s := e.settle(r)
	w.settle(s)

	want := r.Clone()
	want.State, want.DeadReason = s.To, s.DeadReason
	want.Attempt, want.Failures, want.Crashes = e.attempt, s.Failures, s.Crashes
	want.ClaimedAt, want.Lease, want.Worker = time.Time{}, 0, ""
	got := w.get(id)
	switch {
	case s.To.Final():
		require.WithinDuration(w.t, w.Now(), got.EndedAt, near)
		want.EndedAt = got.EndedAt
	case e.wait >= 0:
		require.WithinDuration(w.t, w.Now().Add(e.wait), got.RunAt, near)
		require.False(w.t, got.RunAt.Before(r.ClaimedAt.Add(e.wait)), "the wait is counted from the store's now")
		want.RunAt = got.RunAt
	}
	requireSame(w.t, want, got)
	require.Equal(w.t, []string{"enqueued 0 enqueue", "processing 1 claim", e.entry}, w.history(id))

	failures, err := w.Store.Failures(w.ctx, id)
	require.NoError(w.t, err)
	require.Equal(w.t, e.failed, len(failures) == 1)
	require.Equal(w.t, s.To == job.Enqueued, len(h.claim(1)) == 1)
}

// refuseMove reports a result that the transition table does not hold next to one that it does.
func refuseMove(w *world, to job.State) {
	h := w.hand()
	w.enqueue(spec(), spec())
	batch := h.claim(2)
	wrong := result(batch[1], to, job.CauseClaim)
	out, err := w.Store.Settle(w.ctx, []*job.Settlement{completed(batch[0]), wrong})
	require.Equal(w.t, ports.Settled{}, out)
	require.ErrorIs(w.t, err, job.ErrConflict)
	var typed *job.TransitionError
	require.ErrorAs(w.t, err, &typed)
	require.Equal(w.t, job.TransitionError{ID: batch[1].ID, From: job.Processing, To: to}, *typed)
	for _, r := range batch {
		w.requireState(job.Processing, r.ID)
	}
	w.settle(completed(batch[0]), completed(batch[1]))
}
