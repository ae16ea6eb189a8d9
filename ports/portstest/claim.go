package portstest

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

func claimCases() cases {
	return cases{
		"recalls what a claim took whose answer was lost": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec(), spec())
			req := h.ask(3)
			first, err := w.Store.Claim(w.ctx, req)
			require.NoError(w.t, err)
			require.Len(w.t, first, 3)
			for range 2 {
				again, err := w.Store.Recall(w.ctx, req.Lease)
				require.NoError(w.t, err)
				require.Equal(w.t, recordIDs(first), recordIDs(again))
				for _, r := range again {
					require.Equal(w.t, 1, r.Attempt)
					require.False(w.t, r.ClaimedAt.Before(first[0].ClaimedAt))
					requireSame(w.t, w.get(r.ID), r)
				}
			}
			w.settle(completed(first[1]))
			again, err := w.Store.Recall(w.ctx, req.Lease)
			require.NoError(w.t, err)
			require.Equal(w.t, []job.ID{first[0].ID, first[2].ID}, recordIDs(again))
			for _, r := range again {
				w.settle(completed(r))
			}
			again, err = w.Store.Recall(w.ctx, req.Lease)
			require.NoError(w.t, err)
			require.Empty(w.t, again)
			require.Len(w.t, h.claim(5), 1)
		},
		"recalls jobs of a later stay as they are by then": func(w *world) {
			h := w.hand()
			id := w.one()
			w.settle(retrying(h.take(), 0))
			require.Equal(w.t, 1, w.promote(10).Moved)
			req := h.ask(1)
			_, err := w.Store.Claim(w.ctx, req)
			require.NoError(w.t, err)
			again, err := w.Store.Recall(w.ctx, req.Lease)
			require.NoError(w.t, err)
			require.Len(w.t, again, 1)
			requireSame(w.t, w.get(id), again[0])
			require.Equal(w.t, 2, again[0].Attempt)
		},
		"takes nothing for a claim that comes after its recall": func(w *world) {
			h := w.hand()
			id := w.one()
			late := h.ask(1)
			got, err := w.Store.Recall(w.ctx, late.Lease)
			require.NoError(w.t, err)
			require.Empty(w.t, got)
			_, err = w.Store.Claim(w.ctx, late)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
			w.requireState(job.Enqueued, id)
			require.Equal(w.t, id, h.take().ID, "the next lease is another")
		},
		"recalls each of several claims, in any order": func(w *world) {
			for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
				h := w.hand()
				w.enqueue(spec(), spec(priority(1)), spec(), spec(priority(1)), spec(), spec(priority(1)))
				var leases []job.Lease
				var took [][]*job.Record
				for range 3 {
					req := h.ask(2)
					got, err := w.Store.Claim(w.ctx, req)
					require.NoError(w.t, err)
					require.Len(w.t, got, 2)
					leases, took = append(leases, req.Lease), append(took, got)
				}
				for _, i := range order {
					got, err := w.Store.Recall(w.ctx, leases[i])
					require.NoError(w.t, err)
					require.Equal(w.t, recordIDs(took[i]), recordIDs(got), "in run order")
					for _, r := range got {
						requireSame(w.t, w.get(r.ID), r)
						w.settle(completed(r))
					}
				}
			}
		},
		"takes nothing for a claim that comes after the recall of a later one": func(w *world) {
			h := w.hand()
			w.one()
			late, next := h.ask(1), h.ask(1)
			got, err := w.Store.Claim(w.ctx, next)
			require.NoError(w.t, err)
			id := w.one()
			again, err := w.Store.Recall(w.ctx, next.Lease)
			require.NoError(w.t, err)
			require.Equal(w.t, recordIDs(got), recordIDs(again))
			_, err = w.Store.Claim(w.ctx, late)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
			w.requireState(job.Enqueued, id)
			again, err = w.Store.Recall(w.ctx, late.Lease)
			require.NoError(w.t, err)
			require.Empty(w.t, again)
		},
		"recalls nothing of a worker that is gone": func(w *world) {
			h := w.hand()
			w.one()
			req := h.ask(1)
			_, err := w.Store.Claim(w.ctx, req)
			require.NoError(w.t, err)
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			_, err = w.Store.Recall(w.ctx, req.Lease)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
		},
		"recalls for a paused worker": func(w *world) {
			h := w.hand()
			id := w.one()
			req := h.ask(1)
			_, err := w.Store.Claim(w.ctx, req)
			require.NoError(w.t, err)
			require.NoError(w.t, w.Store.PauseWorker(w.ctx, h.id, "", ""))
			got, err := w.Store.Recall(w.ctx, req.Lease)
			require.NoError(w.t, err)
			require.Equal(w.t, []job.ID{id}, recordIDs(got))
		},
		"hands out a job with everything it has": func(w *world) {
			s := fullSpec(w)
			out, err := w.Store.Enqueue(w.ctx, []*job.Spec{s})
			require.NoError(w.t, err)
			h := w.hand()
			req := h.ask(1, handling(s.Kind))
			got, err := w.Store.Claim(w.ctx, req)
			require.NoError(w.t, err)
			require.Len(w.t, got, 1)

			want := job.NewRecord(s, out.At)
			want.State, want.Attempt, want.Lease, want.Worker = job.Processing, 1, req.Lease, h.id
			want.ClaimedAt = got[0].ClaimedAt
			requireSame(w.t, want, got[0])
			require.WithinDuration(w.t, w.Now(), got[0].ClaimedAt, near)
			require.False(w.t, got[0].ClaimedAt.Before(out.At))
			requireSame(w.t, got[0], w.get(s.ID))
			require.Equal(w.t, got[0].Seq, w.get(s.ID).Seq)
		},
		"hands out a job of a later stay as it is by then": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec())
			first := h.take()
			w.settle(retrying(first, 0))
			require.Equal(w.t, 1, w.promote(10).Moved)
			var again, fresh *job.Record
			for _, r := range h.claim(10) {
				requireSame(w.t, w.get(r.ID), r)
				if r.ID == first.ID {
					again = r
				} else {
					fresh = r
				}
			}
			require.True(w.t, again.RunAt.After(first.RunAt), "due again at %s", again.RunAt)
			require.Equal(w.t, []int{2, 1, 0}, []int{again.Attempt, again.Failures, again.Crashes})
			require.Equal(w.t, []int{1, 0, 0}, []int{fresh.Attempt, fresh.Failures, fresh.Crashes})
		},
		"writes the claim into the history": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			entries, err := w.Store.History(w.ctx, id)
			require.NoError(w.t, err)
			require.Equal(w.t, job.Entry{At: r.ClaimedAt, State: job.Processing, Attempt: 1, Worker: h.id, Reason: "claim"}, entries[1])
		},
		"gives nothing where nothing is due": func(w *world) {
			w.one(after(long))
			got, err := w.Store.Claim(w.ctx, w.hand().ask(10))
			require.NoError(w.t, err)
			require.Empty(w.t, got)
		},
		"gives a job once": func(w *world) {
			h := w.hand()
			w.one()
			require.Len(w.t, h.claim(10), 1)
			require.Empty(w.t, h.claim(10))
			require.Empty(w.t, w.hand().claim(10))
		},
		"gives no more than the limit": func(w *world) {
			h := w.hand()
			for range 7 {
				w.one()
			}
			require.Len(w.t, h.claim(3), 3)
			require.Len(w.t, h.claim(3), 3)
			require.Len(w.t, h.claim(3), 1)
		},
		"leaves jobs of other kinds untouched": func(w *world) {
			h := w.hand()
			other, mine := w.one(ofKind("other"), priority(9)), w.one()
			require.Equal(w.t, []job.ID{mine}, recordIDs(h.claim(10)))
			w.requireState(job.Enqueued, other)
			require.Zero(w.t, w.get(other).Attempt)
			require.Empty(w.t, h.claim(10, handling()), "no kinds take nothing")
			require.Empty(w.t, h.claim(10, handling("K", "others")), "kinds are compared exactly")
			require.Equal(w.t, []job.ID{other}, recordIDs(h.claim(10, handling("other", "k", "other"))))
		},
		"leaves suspects alone if it is told to": func(w *world) {
			h := w.hand()
			a, b := w.one(priority(1)), w.one(inQueue("b"))
			for _, r := range h.claim(2) {
				h.settle(rescued(r))
			}
			var plain []job.ID
			for range 3 {
				plain = append(plain, w.one(priority(1)), w.one(inQueue("b")))
			}
			noSuspects := func(r *ports.ClaimRequest) { r.NoSuspects = true }
			for _, plan := range []queue.Plan{anything(), {Rest: queue.RestByAge}, {Rest: queue.RestByAge, Caps: map[string]int{"b": 9}}} {
				got := recordIDs(h.claim(2, by(plan), noSuspects))
				require.Len(w.t, got, 2, "those behind a suspect are found")
				require.Subset(w.t, plain, got)
			}
			require.Empty(w.t, h.claim(10, noSuspects))
			for _, id := range []job.ID{a, b} {
				require.Equal(w.t, 1, w.get(id).Attempt)
			}
			require.Equal(w.t, []job.ID{a, b}, recordIDs(h.claim(10, by(queue.Plan{Rest: queue.RestByAge}))), "others may take them")
		},
		"finds a job behind a thousand of another kind": func(w *world) {
			var specs []*job.Spec
			for range 1000 {
				specs = append(specs, spec(ofKind("other")))
			}
			mine := spec()
			w.enqueue(append(specs, mine)...)
			require.Equal(w.t, []job.ID{mine.ID}, recordIDs(w.hand().claim(10)))
		},
		"serves the queues it is told to": func(w *world) {
			h := w.hand()
			a, b, c := w.one(inQueue("a")), w.one(inQueue("b")), w.one(inQueue("c"))
			require.Equal(w.t, []job.ID{b}, recordIDs(h.claim(10, serving("b", "unheard of"))))
			none := h.ask(10)
			none.Queues = []string{}
			got, err := w.Store.Claim(w.ctx, none)
			require.NoError(w.t, err)
			require.Empty(w.t, got, "an empty list serves nothing")
			require.Equal(w.t, []job.ID{a, c}, recordIDs(h.claim(10)), "nil serves all")
		},
		"takes from served queues only whatever the plan says": func(w *world) {
			h := w.hand()
			w.one(inQueue("a"))
			b := w.one(inQueue("b"))
			plan := queue.Plan{Steps: []queue.Step{{Queues: []string{"a", "b"}, Quota: 9, Order: queue.ByPriority}}, Spill: []string{"a"}, Rest: queue.RestByAge}
			require.Equal(w.t, []job.ID{b}, recordIDs(h.claim(10, by(plan), serving("b"))))
		},
		"counts attempts up and gives them back as told": func(w *world) {
			h := w.hand()
			id := w.one()
			h.settle(released(h.take()))
			require.Zero(w.t, w.get(id).Attempt)
			r := h.take()
			require.Equal(w.t, 1, r.Attempt)
			h.settle(retrying(r, 0))
			w.promote(1)
			require.Equal(w.t, 2, h.take().Attempt)
		},
		"refuses a worker that is not registered": func(w *world) {
			w.one()
			h := w.hand()
			req := h.ask(1)
			req.Lease = job.NewLease(h.number+1000, 1)
			_, err := w.Store.Claim(w.ctx, req)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
		},
		"refuses a worker whose life has ended": func(w *world) {
			id := w.one()
			h := w.lost(func(*hand) error { return nil })
			_, err := w.Store.Claim(w.ctx, h.ask(1))
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
			w.requireState(job.Enqueued, id)
		},
		"refuses a worker that has deregistered": func(w *world) {
			id := w.one()
			h := w.hand()
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			_, err := w.Store.Claim(w.ctx, h.ask(1))
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
			w.requireState(job.Enqueued, id)
		},
		"serves a worker that registered anew": func(w *world) {
			h := w.lost(func(*hand) error { return nil })
			number, err := w.Store.Register(w.ctx, ports.Worker{ID: uuid.NewString()}, long)
			require.NoError(w.t, err)
			require.Greater(w.t, number, h.number)
			h.number = number
			w.one()
			require.Len(w.t, h.claim(1), 1)
		},
		"gives jobs past their deadline to whoever decides": func(w *world) {
			s := spec()
			s.DeadlineIn = time.Millisecond
			out, err := w.Store.Enqueue(w.ctx, []*job.Spec{s})
			require.NoError(w.t, err)
			w.Advance(w.tb, soon)
			require.Equal(w.t, out.At.Add(time.Millisecond), w.hand().take().Deadline)
		},
	}
}
