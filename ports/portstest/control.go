package portstest

import (
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

func controlCases() cases {
	return cases{
		"keeps a paused worker from claiming until it is resumed": func(w *world) {
			h, other := w.hand(), w.hand()
			w.enqueue(spec(), spec(), spec())
			running := h.take()
			require.NoError(w.t, w.Store.PauseWorker(w.ctx, h.id, "ada", "disk full"))
			byAge := queue.Plan{Steps: []queue.Step{{Queues: []string{"default"}, Quota: 5, Order: queue.ByAge}}, Rest: queue.RestByAge}
			require.Empty(w.t, h.claim(10))
			require.Empty(w.t, h.claim(10, by(byAge)))
			require.Empty(w.t, h.claim(10, serving("default")))
			h.settle(completed(running))
			require.Len(w.t, other.claim(1), 1, "others go on")
			require.NoError(w.t, w.Store.ResumeWorker(w.ctx, h.id))
			require.Len(w.t, h.claim(10), 1)
		},
		"tells who paused a worker and why, until it is resumed": func(w *world) {
			h := w.hand()
			require.NoError(w.t, w.Store.PauseWorker(w.ctx, h.id, "ada", "disk full"))
			require.NoError(w.t, w.Store.PauseWorker(w.ctx, h.id, "bob", "still full"))
			got := w.workers()[0]
			require.True(w.t, got.Paused())
			require.Equal(w.t, []string{"bob", "still full"}, []string{got.PausedBy, got.PauseNote})
			require.WithinDuration(w.t, w.Now(), got.PausedAt, near)
			require.Equal(w.t, ports.WorkerLive, got.State, "a pause is no state")
			for range 2 {
				require.NoError(w.t, w.Store.ResumeWorker(w.ctx, h.id))
			}
			got = w.workers()[0]
			require.False(w.t, got.Paused())
			require.Empty(w.t, got.PausedBy+got.PauseNote)
		},
		"keeps a draining worker from claiming for good": func(w *world) {
			h := w.hand()
			w.one()
			for range 2 {
				require.NoError(w.t, w.Store.DrainWorker(w.ctx, h.id))
			}
			require.NoError(w.t, w.Store.ResumeWorker(w.ctx, h.id))
			require.Empty(w.t, h.claim(10))
			got := w.workers()[0]
			require.Equal(w.t, ports.WorkerDraining, got.State)
			require.WithinDuration(w.t, w.Now(), got.DrainingAt, near)
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Equal(w.t, ports.WorkerStopped, w.workers()[0].State)
		},
		"hears from a worker that it drains": func(w *world) {
			h := w.hand()
			out, err := w.Store.Beat(w.ctx, ports.Beat{Number: h.number, Draining: true}, long)
			require.NoError(w.t, err)
			require.True(w.t, out.Drain)
			since := w.workers()[0].DrainingAt
			require.False(w.t, since.IsZero())
			_, err = w.Store.Beat(w.ctx, ports.Beat{Number: h.number, Draining: true}, long)
			require.NoError(w.t, err)
			require.Equal(w.t, since, w.workers()[0].DrainingAt)
		},
		"orders what was commanded, with each beat and without": func(w *world) {
			h := w.hand()
			id := h.inState(job.Processing)
			want := ports.Orders{Slots: 10}
			h.hears(want)
			require.NoError(w.t, w.Store.SetConcurrency(w.ctx, h.id, 77))
			require.NoError(w.t, w.Store.PauseWorker(w.ctx, h.id, "ada", "disk full"))
			w.cancelRunning(id)
			want = ports.Orders{Cancel: []job.ID{id}, Slots: 77, Paused: true, PausedBy: "ada", PauseNote: "disk full"}
			h.hears(want)
			require.NoError(w.t, w.Store.DrainWorker(w.ctx, h.id))
			want.Drain = true
			h.hears(want)
			require.Equal(w.t, 77, w.workers()[0].Slots)
		},
		"lets a worker choose its slots": func(w *world) {
			h := w.hand()
			require.NoError(w.t, w.Store.SetConcurrency(w.ctx, h.id, 77))
			out, err := w.Store.Beat(w.ctx, ports.Beat{Number: h.number, Slots: 5}, long)
			require.NoError(w.t, err)
			require.Equal(w.t, 5, out.Slots)
			require.Equal(w.t, 5, w.workers()[0].Slots)
		},
		"renews no life with a look at the orders": func(w *world) {
			h := w.hand()
			before := w.workers()[0]
			w.Advance(w.tb, soon)
			_, err := w.Store.Orders(w.ctx, h.number)
			require.NoError(w.t, err)
			require.Equal(w.t, before, w.workers()[0])
		},
		"has no orders for a worker that is gone": func(w *world) {
			gone := w.lost(func(*hand) error { return nil })
			_, err := w.Store.Orders(w.ctx, gone.number)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
			_, err = w.Store.Orders(w.ctx, 12345)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
		},
		"hands pause and drain on to the worker that starts anew": func(w *world) {
			before := w.hand()
			require.NoError(w.t, w.Store.PauseWorker(w.ctx, before.id, "ada", "disk full"))
			require.NoError(w.t, w.Store.DrainWorker(w.ctx, before.id))
			old := w.workers()[0]
			h := &hand{world: w, id: uuid.NewString()}
			number, err := w.Store.Register(w.ctx, ports.Worker{ID: h.id, Number: before.number, Slots: 3}, long)
			require.NoError(w.t, err)
			require.NotEqual(w.t, before.number, number)
			h.number = number
			got := w.workers()[0]
			require.Equal(w.t, old.PausedAt, got.PausedAt)
			require.Equal(w.t, old.DrainingAt, got.DrainingAt)
			h.hears(ports.Orders{Slots: 3, Paused: true, PausedBy: "ada", PauseNote: "disk full", Drain: true})
		},
		"refuses commands to workers that are not there": func(w *world) {
			gone := w.lost(func(*hand) error { return nil })
			stopped := w.hand()
			require.NoError(w.t, w.Store.Deregister(w.ctx, stopped.number))
			for name, command := range map[string]func(id string) error{
				"pause":  func(id string) error { return w.Store.PauseWorker(w.ctx, id, "", "") },
				"resume": func(id string) error { return w.Store.ResumeWorker(w.ctx, id) },
				"drain":  func(id string) error { return w.Store.DrainWorker(w.ctx, id) },
				"slots":  func(id string) error { return w.Store.SetConcurrency(w.ctx, id, 2) },
			} {
				require.ErrorIs(w.t, command(uuid.NewString()), job.ErrNotFound, name)
				require.ErrorIs(w.t, command("nobody"), job.ErrNotFound, name)
				require.ErrorIs(w.t, command(gone.id), job.ErrConflict, name)
				require.ErrorIs(w.t, command(stopped.id), job.ErrConflict, name)
			}
			for _, k := range w.workers() {
				require.False(w.t, k.Paused())
				require.Zero(w.t, k.DrainingAt)
			}
		},
	}
}

// hears beats and looks at the orders, which must be these.
func (h *hand) hears(want ports.Orders) {
	h.t.Helper()
	beat, err := h.Store.Beat(h.ctx, ports.Beat{Number: h.number}, long)
	require.NoError(h.t, err)
	look, err := h.Store.Orders(h.ctx, h.number)
	require.NoError(h.t, err)
	for _, got := range []ports.Orders{beat, look} {
		require.ElementsMatch(h.t, want.Cancel, got.Cancel)
		got.Cancel = want.Cancel
		require.Equal(h.t, want, got)
	}
}
