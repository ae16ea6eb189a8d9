package portstest

import (
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// alikeCases are about jobs that one call has stored and that differ in nothing but
// the id: a store may keep them together, and must not let anybody notice.
func alikeCases() cases {
	const many = 150
	alike := func(w *world, changes ...func(*job.Spec)) []job.ID {
		specs := make([]*job.Spec, many)
		for i := range specs {
			specs[i] = spec(changes...)
		}
		return w.enqueue(specs...)
	}
	return cases{
		"hands out jobs of one call in order, however few at a time": func(w *world) {
			h := w.hand()
			want := alike(w)
			var got []job.ID
			for _, limit := range []int{1, 2, 7, 61, 64, 15} {
				got = append(got, recordIDs(h.claim(limit))...)
			}
			require.Equal(w.t, want, got)
			require.Empty(w.t, h.claim(1))
		},
		"shares jobs of one call out by a plan": func(w *world) {
			h := w.hand()
			a, b := alike(w, inQueue("a")), alike(w, inQueue("b"))
			var inTurn []queue.Step
			for range 10 {
				for _, name := range []string{"a", "b"} {
					inTurn = append(inTurn, queue.Step{Queues: []string{name}, Quota: 2, Order: queue.ByPriority})
				}
			}
			plan := queue.Plan{Steps: inTurn, Rest: queue.RestAlphaNumeric}
			got := recordIDs(h.claim(30, by(plan)))
			require.Equal(w.t, []job.ID{a[0], a[1], b[0], b[1], a[2], a[3]}, got[:6])
			require.ElementsMatch(w.t, slices.Concat(a[:16], b[:14]), got)
			got = recordIDs(h.claim(7, by(plan)))
			require.Equal(w.t, []job.ID{a[16], a[17], b[14], b[15], a[18], a[19], b[16]}, got)
			require.Equal(w.t, slices.Concat(a[20:], b[17:]), recordIDs(h.claim(2*many)))
		},
		"moves one job of a call and leaves the others": func(w *world) {
			h := w.hand()
			ids := alike(w)
			_, err := w.Store.Cancel(w.ctx, ids[0], "")
			require.NoError(w.t, err)
			_, err = w.Store.Cancel(w.ctx, ids[70], "")
			require.NoError(w.t, err)
			require.NoError(w.t, w.Store.Delete(w.ctx, ids[149]))
			w.requireState(job.Cancelled, ids[0])
			w.requireState(job.Cancelled, ids[70])
			w.requireState(job.Enqueued, ids[1])
			w.requireState(job.Enqueued, ids[148])
			w.requireCounts(map[string]int{"default enqueued": many - 3, "default cancelled": 2})

			first := h.claim(68)
			require.Equal(w.t, ids[1:69], recordIDs(first))
			w.requireState(job.Processing, ids[68])
			w.requireState(job.Enqueued, ids[69])
			w.settle(released(first[0]))
			require.NoError(w.t, w.Store.Requeue(w.ctx, ids[70], ""))
			got := recordIDs(h.claim(many))
			require.Equal(w.t, slices.Concat(ids[1:2], ids[69:70], ids[71:149], ids[70:71]), got)
		},
		"lists and places every job of a call": func(w *world) {
			h := w.hand()
			ids := alike(w)
			require.Len(w.t, h.claim(10), 10)
			page, err := w.Store.List(w.ctx, job.Filter{State: job.Enqueued, Limit: job.MaxListLimit})
			require.NoError(w.t, err)
			require.Len(w.t, page.Jobs, many-10)
			require.Equal(w.t, ids[149], page.Jobs[0].ID)
			for place, id := range map[int]job.ID{0: ids[10], 60: ids[70], 139: ids[149]} {
				s, err := w.Store.Standing(w.ctx, id, many)
				require.NoError(w.t, err)
				require.Equal(w.t, place, s.Ahead)
				require.Equal(w.t, []ports.Holding{{Worker: h.number, Queue: job.DefaultQueue, Jobs: 10}}, s.Holdings)
			}
			counts, err := w.Store.Counts(w.ctx, 100)
			require.NoError(w.t, err)
			require.Contains(w.t, counts, ports.Count{Queue: job.DefaultQueue, State: job.Enqueued, Jobs: 100})
		},
		"takes each deadline of a call for itself": func(w *world) {
			h := w.hand()
			specs := make([]*job.Spec, many)
			for i := range specs {
				specs[i] = spec()
			}
			specs[40].DeadlineIn, specs[90].DeadlineIn = soon, soon
			ids := w.enqueue(specs...)
			w.Advance(w.tb, 2*soon)
			n, err := w.Store.Expire(w.ctx, 10)
			require.NoError(w.t, err)
			require.Equal(w.t, 2, n)
			w.requireState(job.Dead, ids[90])
			require.Equal(w.t, slices.Concat(ids[:40], ids[41:90], ids[91:]), recordIDs(h.claim(many)))
		},
		"gives jobs of one call to many takers, each once": func(w *world) {
			want := alike(w)
			got := make(chan []job.ID, 10)
			for range 10 {
				h := w.hand()
				go func() {
					var mine []job.ID
					for {
						jobs, err := h.Store.Claim(h.ctx, h.ask(3))
						if err != nil || len(jobs) == 0 {
							got <- mine
							return
						}
						mine = append(mine, recordIDs(jobs)...)
					}
				}()
			}
			var all []job.ID
			for range 10 {
				all = append(all, <-got...)
			}
			require.ElementsMatch(w.t, want, all)
		},
	}
}
