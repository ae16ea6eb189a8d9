package portstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func fenceCases() cases {
	return cases{
		"refuses a lease that does not hold the job": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			foreign := completed(r)
			foreign.Lease = h.lease()
			none := completed(r)
			none.Lease = 0
			w.requireLost(foreign, none)
			w.requireState(job.Processing, id)
			w.settle(completed(r))
		},
		"refuses a lease that holds other jobs": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec())
			a, b := h.take(), h.take()
			mixed := completed(a)
			mixed.Lease = b.Lease
			w.requireLost(mixed)
			w.requireState(job.Processing, a.ID)
		},
		"refuses a job that waits": func(w *world) {
			h := w.hand()
			for _, state := range []job.State{job.Scheduled, job.Enqueued} {
				r := w.get(h.inState(state))
				r.Lease = h.lease()
				w.requireLost(completed(r))
				w.requireState(state, r.ID)
			}
		},
		"refuses a job that is not there": func(w *world) {
			h := w.hand()
			s := completed(&job.Record{ID: newID(), Lease: h.lease(), Seq: 1, Attempt: 1})
			w.requireLost(s)
			w.requireGone(s.ID)
		},
		"refuses a job that was deleted": func(w *world) {
			h := w.hand()
			w.one()
			s := completed(h.take())
			w.settle(s)
			require.NoError(w.t, w.Store.Delete(w.ctx, s.ID))
			w.requireLost(dead(&job.Record{ID: s.ID, Lease: s.Lease, Seq: s.Seq, Attempt: 1}))
			w.requireGone(s.ID)
		},
		"refuses a job that was deleted while others of its claim go on": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec())
			claimed := h.claim(2)
			gone, stays := completed(claimed[0]), completed(claimed[1])
			w.settle(gone)
			require.NoError(w.t, w.Store.Delete(w.ctx, gone.ID))
			w.requireLost(gone)
			w.requireGone(gone.ID)
			w.requireState(job.Processing, stays.ID)
			w.settle(stays)
			w.requireState(job.Completed, stays.ID)
		},
		"refuses a zombie whose job was rescued": func(w *world) {
			h, other := w.hand(), w.hand()
			id := w.one()
			zombie := h.take()
			w.settle(rescued(zombie))
			w.requireLost(completed(zombie), retrying(zombie, long))
			w.requireState(job.Enqueued, id)

			mine := other.take()
			require.Greater(w.t, mine.Seq, zombie.Seq)
			w.requireLost(completed(zombie), cancelled(zombie))
			w.requireState(job.Processing, id)
			w.settle(completed(mine))
			w.requireLost(dead(zombie))
			w.requireState(job.Completed, id)
		},
		"refuses a second outcome of an attempt": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			w.settle(completed(r))
			w.requireLost(dead(r), retrying(r, 0), released(r), cancelled(r))
			w.requireState(job.Completed, id)
			require.Len(w.t, w.history(id), 3)
		},
		"refuses a result of an earlier attempt by the same worker": func(w *world) {
			h := w.hand()
			w.one()
			first := h.take()
			w.settle(released(first))
			second := h.take()
			require.Equal(w.t, first.Attempt, second.Attempt, "attempt numbers repeat, leases do not")
			w.requireLost(completed(first))
			w.settle(completed(second))
		},
		"accepts a stored result again": func(w *world) {
			h := w.hand()
			for _, e := range endings() {
				id := w.one()
				s := e.settle(h.take())
				w.settle(s)
				before, lines := w.get(id), w.history(id)
				w.settle(s)
				w.settle(s, s)
				requireSame(w.t, before, w.get(id))
				require.Equal(w.t, lines, w.history(id))
				failures, err := w.Store.Failures(w.ctx, id)
				require.NoError(w.t, err)
				require.Equal(w.t, e.failed, len(failures) == 1)
				if !before.State.Final() {
					_, err := w.Store.Cancel(w.ctx, id, "")
					require.NoError(w.t, err)
				}
			}
		},
		"accepts a stored result again after the job went on": func(w *world) {
			h := w.hand()
			id := w.one()
			s := retrying(h.take(), 0)
			w.settle(s)
			w.promote(1)
			w.settle(s)
			next := h.take()
			w.settle(s)
			w.requireState(job.Processing, id)
			w.settle(completed(next))
			w.settle(s)
			w.requireState(job.Completed, id)
			require.Len(w.t, w.history(id), 6)
		},
		"accepts a result once although a call names it twice": func(w *world) {
			h := w.hand()
			id := w.one()
			s := retrying(h.take(), long)
			w.settle(s, s)
			require.Len(w.t, w.history(id), 3)
		},
		"stores the good of a call and names the others": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec(), spec(), spec())
			batch := h.claim(5)
			lost := completed(batch[0])
			lost.Lease = h.lease()
			_, err := w.Store.Cancel(w.ctx, batch[2].ID, "")
			require.NoError(w.t, err)
			odd := dead(batch[3])
			odd.Failure.Message = "a\x00b"

			out, err := w.Store.Settle(w.ctx, []*job.Settlement{
				lost, completed(batch[1]), retrying(batch[2], 0), odd, completed(batch[4]),
			})
			require.NoError(w.t, err)
			require.Equal(w.t, ports.Settled{Lost: []int{0}, Cancelled: []int{2}, Unstorable: []int{3}}, settled(out))
			for i, want := range []job.State{job.Processing, job.Completed, job.Processing, job.Processing, job.Completed} {
				w.requireState(want, batch[i].ID)
			}
			require.Len(w.t, w.history(batch[3].ID), 2)
		},
		"names texts that cannot be stored": func(w *world) {
			texts := map[string]func(s *job.Settlement){
				"NUL in the message":      func(s *job.Settlement) { s.Failure.Message = "\x00" },
				"NUL in the type":         func(s *job.Settlement) { s.Failure.Type = "*a\x00" },
				"NUL in the stack":        func(s *job.Settlement) { s.Failure.Stack = "at\x00" },
				"NUL in the note":         func(s *job.Settlement) { s.Note = "x\x00" },
				"broken UTF-8 in message": func(s *job.Settlement) { s.Failure.Message = "\xff" },
				"broken UTF-8 in note":    func(s *job.Settlement) { s.Note = "a\xc3" },
			}
			h := w.hand()
			for name, spoil := range texts {
				id := w.one()
				r := h.take()
				s := dead(r)
				spoil(s)
				out, err := w.Store.Settle(w.ctx, []*job.Settlement{s})
				require.NoError(w.t, err, name)
				require.Equal(w.t, ports.Settled{Unstorable: []int{0}}, settled(out), name)
				w.requireState(job.Processing, id)
				w.settle(dead(r))
			}
		},
		"settles for a worker whose life has ended until somebody takes its jobs": func(w *world) {
			id := w.one()
			var claimed []*job.Record
			w.lost(func(h *hand) (err error) {
				claimed, err = w.Store.Claim(w.ctx, h.ask(1))
				return err
			})
			w.settle(completed(claimed[0]))
			w.requireState(job.Completed, id)
		},
		"settles for a worker that has deregistered": func(w *world) {
			id := w.one()
			h := w.hand()
			r := h.take()
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			w.settle(released(r))
			w.requireState(job.Enqueued, id)
		},
		"lets one of two outcomes win": func(w *world) {
			h := w.hand()
			for range 10 {
				id := w.one()
				r := h.take()
				ends := []*job.Settlement{completed(r), rescued(r)}
				lost := make(chan int, len(ends))
				for i := range ends {
					go func() {
						lost <- len(w.settleAtLast(ends[i]).Lost)
					}()
				}
				require.Equal(w.t, 1, <-lost+<-lost)
				require.Len(w.t, w.history(id), 3)
				if r := w.get(id); r.State == job.Enqueued {
					w.settle(completed(h.take()))
				}
			}
		},
		"dates a retry by the store's clock and not by the worker's": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			s := retrying(r, time.Minute)
			s.StartedAt, s.EndedAt = s.StartedAt.Add(-long), s.EndedAt.Add(-long)
			w.settle(s)
			require.WithinDuration(w.t, w.Now().Add(time.Minute), w.get(id).RunAt, near)
		},
	}
}
