package portstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func (w *world) standing(id job.ID, limit int) ports.Standing {
	w.t.Helper()
	out, err := w.Store.Standing(w.ctx, id, limit)
	require.NoError(w.t, err)
	return out
}

func standingCases() cases {
	return cases{
		"knows nothing of a job that is not there": func(w *world) {
			_, err := w.Store.Standing(w.ctx, newID(), 10)
			requireNotFound(w.t, err)
		},
		"tells the store's time and the job": func(w *world) {
			id := w.one(inQueue("mail"))
			got := w.standing(id, 10)
			require.WithinDuration(w.t, w.Now(), got.Now, near)
			requireSame(w.t, w.get(id), got.Job)
			got.Job, got.Now = nil, time.Time{}
			require.Equal(w.t, ports.Standing{Queue: ports.Queue{Name: "mail"}}, got)
		},
		"counts the jobs of the queue that come first": func(w *world) {
			due := w.ago(time.Minute)
			first := w.one(priority(1), at(due.Add(time.Second)))
			third := w.one(at(due))
			second := w.one(at(due.Add(-time.Second)))
			fifth := w.one(priority(-1), at(due.Add(-time.Hour)))
			fourth := w.one(at(due.Add(time.Second)))
			w.one(inQueue("other"), priority(9), at(due.Add(-time.Hour)))
			w.one(priority(9), after(long))
			for ahead, id := range []job.ID{first, second, third, fourth, fifth} {
				require.Equal(w.t, ahead, w.standing(id, 10).Ahead)
				require.Equal(w.t, min(ahead, 2), w.standing(id, 2).Ahead)
			}
			h := w.hand()
			h.claim(2)
			require.Equal(w.t, 2, w.standing(fifth, 10).Ahead)
		},
		"orders jobs due at once by id, also those stored out of order": func(w *world) {
			due := w.ago(time.Minute)
			a, b, c, d := newID(), newID(), newID(), newID()
			for _, id := range []job.ID{d, b, a, c} {
				w.one(withID(id), at(due))
			}
			for ahead, id := range []job.ID{a, b, c, d} {
				require.Equal(w.t, ahead, w.standing(id, 10).Ahead)
			}
			require.NoError(w.t, w.Store.Delete(w.ctx, b))
			require.Equal(w.t, 2, w.standing(d, 10).Ahead)
		},
		"counts the running jobs by worker and queue": func(w *world) {
			h := w.hand()
			w.enqueue(spec(), spec(), spec())
			h.inState(job.Processing, inQueue("other"))
			batch := h.claim(2)
			id := w.one()
			holds := func(h *hand, queue string, jobs int) ports.Holding {
				return ports.Holding{Worker: h.number, Queue: queue, Jobs: jobs}
			}
			other := holds(h, "other", 1)
			require.Equal(w.t, []ports.Holding{holds(h, job.DefaultQueue, 2), other}, w.standing(id, 10).Holdings)
			w.settle(completed(batch[0]))
			require.Equal(w.t, []ports.Holding{holds(h, job.DefaultQueue, 1), other}, w.standing(id, 10).Holdings)
			g := w.hand()
			g.take()
			require.Equal(w.t, []ports.Holding{holds(h, job.DefaultQueue, 1), other, holds(g, job.DefaultQueue, 1)},
				w.standing(batch[1].ID, 10).Holdings)
		},
		"tells those that were in flight at a crash, before it and running": func(w *world) {
			h := w.hand()
			crash := func(queue string, options ...func(*job.Spec)) job.ID {
				id := w.one(append(options, inQueue(queue))...)
				h.settle(rescued(h.take(serving(queue))))
				return id
			}
			held := crash(job.DefaultQueue, priority(9))
			h.take()
			w.one(inQueue("other"))
			h.take()
			first := crash(job.DefaultQueue)
			urgent, other := crash(job.DefaultQueue, priority(1)), crash("other", priority(1))
			plain, last := w.one(), w.one(priority(-1))
			for _, c := range []struct {
				id              job.ID
				ahead, suspects int
			}{{urgent, 0, 0}, {first, 1, 1}, {plain, 2, 2}, {last, 3, 2}, {other, 0, 0}} {
				got := w.standing(c.id, 10)
				require.Equal(w.t, []int{c.ahead, c.suspects}, []int{got.Ahead, got.Suspects})
			}
			require.Equal(w.t, 1, w.standing(last, 1).Suspects)
			require.Equal(w.t, []ports.Holding{
				{Worker: h.number, Queue: job.DefaultQueue, Jobs: 1, Suspects: 1},
				{Worker: h.number, Queue: "other", Jobs: 1},
			}, w.standing(held, 10).Holdings)
		},
		"counts only for jobs that are enqueued or processing": func(w *world) {
			h := w.hand()
			for _, state := range job.States() {
				if state == job.Enqueued {
					continue
				}
				id := h.inState(state)
				got := w.standing(id, 10)
				require.Equal(w.t, state, got.Job.State)
				require.Zero(w.t, got.Ahead)
				require.Equal(w.t, state == job.Processing, len(got.Holdings) > 0)
				require.False(w.t, got.CancelRequested)
			}
		},
		"tells the last failure": func(w *world) {
			h := w.hand()
			id := w.one()
			h.settle(retrying(h.take(), 0))
			w.promote(1)
			h.settle(dead(h.take()))
			got := w.standing(id, 10)
			require.Equal(w.t, "no luck at all", got.Failure.Message)
			require.Equal(w.t, 2, got.Failure.Attempt)
			require.Equal(w.t, h.id, got.Failure.Worker)
		},
		"tells who paused the queue": func(w *world) {
			id := w.one()
			require.NoError(w.t, w.Store.PauseQueue(w.ctx, job.DefaultQueue, "ops", "why"))
			require.Equal(w.t, w.queues()[0], w.standing(id, 10).Queue)
			require.NoError(w.t, w.Store.ResumeQueue(w.ctx, job.DefaultQueue))
			require.False(w.t, w.standing(id, 10).Queue.Paused())
		},
		"tells that somebody asked to cancel": func(w *world) {
			h := w.hand()
			id := w.one()
			r := h.take()
			require.False(w.t, w.standing(id, 10).CancelRequested)
			_, err := w.Store.Cancel(w.ctx, id, "")
			require.NoError(w.t, err)
			require.True(w.t, w.standing(id, 10).CancelRequested)
			h.settle(completed(r))
			require.False(w.t, w.standing(id, 10).CancelRequested)
		},
	}
}
