package portstest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func promoteCases() cases {
	return cases{
		"says that nothing waits": func(w *world) {
			w.one()
			p := w.promote(10)
			require.Zero(w.t, p.Moved)
			require.Negative(w.t, p.Next)
		},
		"leaves jobs alone before their time and says how long": func(w *world) {
			id := w.one(after(long))
			w.one(after(2 * long))
			p := w.promote(10)
			require.Zero(w.t, p.Moved)
			require.InDelta(w.t, long, p.Next, float64(near))
			w.requireState(job.Scheduled, id)
			require.Empty(w.t, w.hand().claim(10))
		},
		"moves scheduled jobs when their time comes": func(w *world) {
			id := w.one(after(soon))
			due := w.get(id).RunAt
			w.Advance(w.tb, 2*soon)
			p := w.promote(10)
			require.Equal(w.t, 1, p.Moved)
			require.Negative(w.t, p.Next)

			r := w.get(id)
			require.Equal(w.t, job.Enqueued, r.State)
			require.Equal(w.t, due, r.RunAt)
			require.Zero(w.t, r.Attempt)
			require.Equal(w.t, []string{"scheduled 0 enqueue", "enqueued 0 due"}, w.history(id))
			entries, err := w.Store.History(w.ctx, id)
			require.NoError(w.t, err)
			require.Equal(w.t, due, entries[1].At, "it was due then, whenever somebody looked")
			require.Equal(w.t, id, w.hand().take().ID)
		},
		"moves retrying jobs when their time comes": func(w *world) {
			h := w.hand()
			id := w.one()
			h.settle(retrying(h.take(), 0))
			require.Empty(w.t, h.claim(1), "not before it is promoted")
			require.Equal(w.t, 1, w.promote(10).Moved)
			r := h.take()
			require.Equal(w.t, id, r.ID)
			require.Equal(w.t, 2, r.Attempt)
			require.Equal(w.t, []string{
				"enqueued 0 enqueue", "processing 1 claim", "retrying 1 failure", "enqueued 1 due", "processing 2 claim",
			}, w.history(id))
		},
		"moves the oldest first and no more than asked": func(w *world) {
			h := w.hand()
			specs := make([]*job.Spec, 5)
			for i := range specs {
				specs[i] = spec(inQueue("q"), after(soon-time.Duration(i)*time.Millisecond))
			}
			w.enqueue(specs...)
			far := w.one(after(long))
			w.Advance(w.tb, 2*soon)

			p := w.promote(2)
			require.Equal(w.t, 2, p.Moved)
			require.Zero(w.t, p.Next, "one is due already")
			require.Equal(w.t, []job.ID{specs[4].ID, specs[3].ID}, recordIDs(h.claim(10)))

			p = w.promote(10)
			require.Equal(w.t, 3, p.Moved)
			require.InDelta(w.t, long, p.Next, float64(near))
			w.requireState(job.Scheduled, far)
		},
		"moves each job once however many call": func(w *world) {
			const jobs, callers = 200, 10
			h := w.hand()
			for range jobs {
				w.one()
			}
			for _, r := range h.claim(jobs) {
				h.settle(retrying(r, 0))
			}
			var moved atomic.Int64
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for range jobs {
						p, err := w.Store.Promote(w.ctx, 7)
						if err != nil || p.Moved == 0 {
							return
						}
						moved.Add(int64(p.Moved))
					}
				})
			}
			wg.Wait()
			moved.Add(int64(w.promote(jobs).Moved))
			require.EqualValues(w.t, jobs, moved.Load())
			require.Len(w.t, h.claim(jobs), jobs)
		},
		"forgets what was cancelled, requeued or deleted": func(w *world) {
			gone, back, deleted := w.one(after(soon)), w.one(after(soon)), w.one(after(soon))
			_, err := w.Store.Cancel(w.ctx, gone, "")
			require.NoError(w.t, err)
			require.NoError(w.t, w.Store.Requeue(w.ctx, back, ""))
			require.NoError(w.t, w.Store.Delete(w.ctx, deleted))
			w.Advance(w.tb, 2*soon)
			p := w.promote(10)
			require.Zero(w.t, p.Moved)
			require.Negative(w.t, p.Next)
			require.Equal(w.t, []job.ID{back}, recordIDs(w.hand().claim(10)))
		},
	}
}
