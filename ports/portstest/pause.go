package portstest

import (
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

func pauseCases() cases {
	return cases{
		"keeps workers from a queue until it is resumed": func(w *world) {
			h := w.hand()
			a, b := w.one(inQueue("a")), w.one(inQueue("b"))
			w.pause("a")
			require.Equal(w.t, []job.ID{b}, recordIDs(h.claim(10)))
			w.requireState(job.Enqueued, a)
			plan := queue.Plan{Steps: []queue.Step{{Queues: []string{"a"}, Quota: 5, Order: queue.ByPriority}}, Spill: []string{"a"}, Rest: queue.RestByAge}
			require.Empty(w.t, h.claim(10, by(plan), serving("a")), "whatever the plan says")
			require.NoError(w.t, w.Store.ResumeQueue(w.ctx, "a"))
			require.Equal(w.t, []job.ID{a}, recordIDs(h.claim(10)))
		},
		"lets running jobs end and others come in": func(w *world) {
			h := w.hand()
			w.one(inQueue("a"))
			r := h.take()
			w.pause("a")
			h.settle(retrying(r, 0))
			w.one(inQueue("a"), after(0))
			require.Equal(w.t, 1, w.promote(10).Moved)
			require.Empty(w.t, h.claim(10))
			require.NoError(w.t, w.Store.ResumeQueue(w.ctx, "a"))
			require.Len(w.t, h.claim(10), 2)
		},
		"tells who paused and why": func(w *world) {
			w.one(inQueue("b"))
			require.NoError(w.t, w.Store.PauseQueue(w.ctx, "a", "ada", "the mail server is down"))
			got := w.queues()
			require.Len(w.t, got, 2)
			require.True(w.t, got[0].Paused())
			require.WithinDuration(w.t, w.Now(), got[0].PausedAt, near)
			got[0].PausedAt = got[1].PausedAt
			require.Equal(w.t, ports.Queue{Name: "a", PausedBy: "ada", Note: "the mail server is down"}, got[0])
			require.Equal(w.t, ports.Queue{Name: "b"}, got[1])
			require.False(w.t, got[1].Paused())
		},
		"renews who paused and why": func(w *world) {
			w.pause("a")
			require.NoError(w.t, w.Store.PauseQueue(w.ctx, "a", "bob", "still down"))
			got := w.queues()
			require.Len(w.t, got, 1)
			require.Equal(w.t, "bob", got[0].PausedBy)
			require.Equal(w.t, "still down", got[0].Note)
		},
		"forgets who paused when the queue is resumed": func(w *world) {
			w.pause("a")
			for range 2 {
				require.NoError(w.t, w.Store.ResumeQueue(w.ctx, "a"))
			}
			for _, q := range w.queues() {
				require.Equal(w.t, ports.Queue{Name: q.Name}, q)
			}
		},
		"pauses a queue before its first job": func(w *world) {
			w.pause("a")
			w.one(inQueue("a"))
			require.Empty(w.t, w.hand().claim(10))
		},
		"resumes what was never paused": func(w *world) {
			require.NoError(w.t, w.Store.ResumeQueue(w.ctx, "nobody"))
			id := w.one(inQueue("a"))
			require.NoError(w.t, w.Store.ResumeQueue(w.ctx, "a"))
			require.Equal(w.t, id, w.hand().take().ID)
		},
	}
}

func (w *world) pause(name string) {
	w.t.Helper()
	require.NoError(w.t, w.Store.PauseQueue(w.ctx, name, "ada", "why not"))
}

func (w *world) queues() []ports.Queue {
	w.t.Helper()
	got, err := w.Store.Queues(w.ctx)
	require.NoError(w.t, err)
	return got
}
