package portstest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
)

func orderCases() cases {
	return cases{
		"runs the higher priority first": func(w *world) {
			specs := []*job.Spec{spec(), spec(priority(32767)), spec(priority(-1)), spec(priority(5)), spec(priority(-32768)), spec()}
			w.enqueue(specs...)
			w.requireOrder(specs, []int{1, 3, 0, 5, 2, 4})
		},
		"runs the job first that was due first": func(w *world) {
			specs := []*job.Spec{spec(at(w.ago(time.Minute))), spec(), spec(at(w.ago(time.Hour))), spec(at(w.ago(time.Second)))}
			w.enqueue(specs...)
			w.requireOrder(specs, []int{2, 0, 3, 1})
		},
		"runs jobs due at once by id": func(w *world) {
			due := w.ago(time.Minute)
			specs := []*job.Spec{spec(at(due)), spec(at(due)), spec(at(due)), spec(at(due))}
			slices.Reverse(specs)
			w.enqueue(specs...)
			w.requireOrder(specs, []int{3, 2, 1, 0})
		},
		"puts priority before age and age before id": func(w *world) {
			old, young := w.ago(time.Hour), w.ago(time.Minute)
			specs := []*job.Spec{
				spec(at(young), priority(1)), spec(at(old)), spec(at(young)), spec(at(old), priority(1)), spec(at(old)),
			}
			w.enqueue(specs...)
			w.requireOrder(specs, []int{3, 0, 1, 4, 2})
		},
		"keeps the order over many claims": func(w *world) {
			h := w.hand()
			var specs []*job.Spec
			due := w.ago(time.Hour)
			for i := range 300 {
				specs = append(specs, spec(priority(int16(i*7%5)), at(due.Add(time.Duration(i*13%17)*time.Second))))
			}
			w.enqueue(specs...)
			slices.SortFunc(specs, compareSpecs)
			var got []job.ID
			for batch := h.claim(9); len(batch) > 0; batch = h.claim(9) {
				got = append(got, recordIDs(batch)...)
			}
			require.Equal(w.t, specIDs(specs), got)
		},
		"orders kinds of one queue as one": func(w *world) {
			due := w.ago(time.Hour)
			var specs []*job.Spec
			for i := range 40 {
				specs = append(specs, spec(ofKind([]string{"k", "l", "m"}[i%3]), priority(int16(i%2)), at(due.Add(time.Duration(i*7%11)*time.Second))))
			}
			w.enqueue(specs...)
			want := slices.Clone(specs)
			want = slices.DeleteFunc(want, func(s *job.Spec) bool { return s.Kind == "l" })
			slices.SortFunc(want, compareSpecs)
			require.Equal(w.t, specIDs(want), recordIDs(w.hand().claim(100, handling("m", "k"))))
		},
		"keeps the order over many kinds and priorities, by any number at a time": func(w *world) {
			// Some kinds have most jobs, some are due early, some late, some have few.
			kinds := []string{"a", "b", "c", "d", "e", "f", "g"}
			due := w.ago(time.Hour)
			for _, order := range []queue.Order{queue.ByPriority, queue.ByAge} {
				for _, limit := range []int{1, 3, 20, 90} {
					h := w.hand()
					var specs []*job.Spec
					for i := range 180 {
						kind := (i*i + i/9) % len(kinds)
						seconds := i*37%101 + 40*(kind%3)
						specs = append(specs, spec(ofKind(kinds[kind]), priority(int16(i%4-1)), at(due.Add(time.Duration(seconds)*time.Second))))
					}
					w.enqueue(specs...)
					if order == queue.ByAge {
						for _, s := range specs {
							s.Priority = 0
						}
					}
					slices.SortFunc(specs, compareSpecs)
					plan := queue.Plan{Steps: []queue.Step{{Queues: []string{job.DefaultQueue}, Quota: limit, Order: order}}, Rest: queue.RestNone}
					var got []job.ID
					for batch := h.claim(limit, by(plan), handling(kinds...)); len(batch) > 0; batch = h.claim(limit, by(plan), handling(kinds...)) {
						got = append(got, recordIDs(batch)...)
					}
					require.Equal(w.t, specIDs(specs), got, "%s, %d at a time", order, limit)
				}
			}
		},
		"puts promoted jobs where their due time says": func(w *world) {
			h := w.hand()
			early := w.one(after(soon))
			late := w.one(after(soon + time.Millisecond))
			w.Advance(w.tb, 2*soon)
			now := w.one()
			w.promote(10)
			require.Equal(w.t, []job.ID{early, late, now}, recordIDs(h.claim(10)))
		},
		"puts a job that is given back in its old place": func(w *world) {
			h := w.hand()
			first, second := w.one(at(w.ago(time.Hour))), w.one(at(w.ago(time.Minute)))
			r := h.take()
			h.settle(released(r))
			require.Equal(w.t, r.RunAt, w.get(first).RunAt)
			require.Equal(w.t, []job.ID{first, second}, recordIDs(h.claim(10)))
		},
		"puts a requeued job behind those that are due": func(w *world) {
			h := w.hand()
			again := h.inState(job.Completed, at(w.ago(time.Hour)))
			waiting := w.one(at(w.ago(time.Minute)))
			require.NoError(w.t, w.Store.Requeue(w.ctx, again, ""))
			require.Equal(w.t, []job.ID{waiting, again}, recordIDs(h.claim(10)))
		},
		"empties ten thousand jobs tier by tier": func(w *world) {
			const many, batch = 10_000, 1000
			tiers := []string{"critical", "default", "low"}
			specs := make([]*job.Spec, many)
			for i := range specs {
				specs[i] = spec(inQueue(tiers[(i*7)%3]))
			}
			w.enqueue(specs...)
			strict := queue.Plan{Rest: queue.RestNone}
			var want []job.ID
			for _, name := range tiers {
				strict.Steps = append(strict.Steps, queue.Step{Queues: []string{name}, Quota: batch, Order: queue.ByPriority})
				for _, s := range specs {
					if s.Queue == name {
						want = append(want, s.ID)
					}
				}
			}
			h := w.hand()
			var got []job.ID
			for range many / batch {
				got = append(got, recordIDs(h.claim(batch, by(strict)))...)
			}
			require.Equal(w.t, want, got)
			require.Empty(w.t, h.claim(batch, by(strict)))
		},
		"looks at higher tiers anew at each claim": func(w *world) {
			h := w.hand()
			strict := queue.Plan{Rest: queue.RestNone, Steps: []queue.Step{
				{Queues: []string{"critical"}, Quota: 1, Order: queue.ByPriority}, {Queues: []string{"low"}, Quota: 1, Order: queue.ByPriority},
			}}
			low := []job.ID{w.one(inQueue("low")), w.one(inQueue("low"))}
			require.Equal(w.t, low[:1], recordIDs(h.claim(1, by(strict))))
			critical := w.one(inQueue("critical"))
			require.Equal(w.t, []job.ID{critical}, recordIDs(h.claim(1, by(strict))))
			require.Equal(w.t, low[1:], recordIDs(h.claim(1, by(strict))))
		},
	}
}

// requireOrder claims everything and compares the places in specs.
func (w *world) requireOrder(specs []*job.Spec, want []int) {
	w.t.Helper()
	var got []int
	for _, r := range w.hand().claim(len(specs) + 1) {
		got = append(got, slices.IndexFunc(specs, func(s *job.Spec) bool { return s.ID == r.ID }))
	}
	require.Equal(w.t, want, got)
}

// compareSpecs is the order within a queue for specs with an absolute RunAt.
func compareSpecs(a, b *job.Spec) int {
	if a.Priority != b.Priority {
		return int(b.Priority) - int(a.Priority)
	}
	if c := a.RunAt.Compare(b.RunAt); c != 0 {
		return c
	}
	return a.ID.Compare(b.ID)
}
