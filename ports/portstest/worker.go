package portstest

import (
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func workerCases() cases {
	return cases{
		"keeps what a worker says of itself": func(w *world) {
			me := ports.Worker{
				ID: uuid.NewString(), Host: "höst", PID: 4_000_000, Version: "v1.2.3-dirty",
				Queues: []string{"b", "a"}, Kinds: []string{"l", "k"}, Slots: 20,
				Heartbeat: 1500 * time.Millisecond,
				Terms: ports.Terms{Strategy: "strict", Takes: []string{"a"}, Caps: map[string]int{"a": 3, "b": 1},
					Limits: map[string]int{"a": 2}, Reserved: map[string]int{"b": 1}},
			}
			number, err := w.Store.Register(w.ctx, me, time.Minute)
			require.NoError(w.t, err)
			require.Positive(w.t, number)
			require.LessOrEqual(w.t, number, int64(job.MaxWorkerNumber))

			got := w.workers()
			require.Len(w.t, got, 1)
			require.WithinDuration(w.t, w.Now(), got[0].StartedAt, near)
			require.Equal(w.t, got[0].StartedAt, got[0].BeatAt)
			requireLife(w, time.Minute, got[0])
			me.State = ports.WorkerLive
			me.Number, me.StartedAt, me.BeatAt, me.LiveUntil = number, got[0].StartedAt, got[0].BeatAt, got[0].LiveUntil
			require.Equal(w.t, me, got[0])
		},
		"tells a worker of every queue from one of none": func(w *world) {
			for _, queues := range [][]string{nil, {}} {
				_, err := w.Store.Register(w.ctx, ports.Worker{ID: uuid.NewString(), Queues: queues}, long)
				require.NoError(w.t, err)
			}
			got := w.workers()
			require.Equal(w.t, []string{}, got[0].Queues)
			require.Nil(w.t, got[1].Queues)
		},
		"gives a number never twice": func(w *world) {
			seen := map[int64]bool{}
			for range 5 {
				h := w.hand()
				require.False(w.t, seen[h.number])
				seen[h.number] = true
				require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			}
		},
		"gives many workers their numbers at once": func(w *world) {
			const many = 20
			numbers := make(chan int64, many)
			var wg sync.WaitGroup
			for range many {
				wg.Go(func() {
					n, err := w.Store.Register(w.ctx, ports.Worker{ID: uuid.NewString()}, long)
					if err != nil {
						w.t.Errorf("register: %v", err)
					}
					numbers <- n
				})
			}
			wg.Wait()
			close(numbers)
			seen := map[int64]bool{}
			for n := range numbers {
				seen[n] = true
			}
			require.Len(w.t, seen, many)
		},
		"refuses a worker that is known": func(w *world) {
			h := w.hand()
			_, err := w.Store.Register(w.ctx, ports.Worker{ID: h.id}, long)
			require.ErrorIs(w.t, err, job.ErrConflict)
			require.Len(w.t, w.workers(), 1)
		},
		"lists workers newest first": func(w *world) {
			a, b, c := w.hand(), w.hand(), w.hand()
			require.NoError(w.t, w.Store.Deregister(w.ctx, b.number))
			var ids []string
			for _, k := range w.workers() {
				ids = append(ids, k.ID)
			}
			require.Equal(w.t, []string{c.id, b.id, a.id}, ids)
		},
		"renews a life with each beat": func(w *world) {
			h := w.hand()
			w.Advance(w.tb, soon)
			out, err := w.Store.Beat(w.ctx, ports.Beat{Number: h.number, Running: 3, Overstaying: 1}, long)
			require.NoError(w.t, err)
			require.Empty(w.t, out.Cancel)
			got := w.workers()[0]
			require.Equal(w.t, []int{3, 1}, []int{got.Running, got.Overstaying})
			requireLife(w, long, got)
			require.False(w.t, got.BeatAt.Before(got.StartedAt.Add(soon)))
			_, err = w.Store.Beat(w.ctx, ports.Beat{Number: h.number}, long)
			require.NoError(w.t, err)
			got = w.workers()[0]
			require.Equal(w.t, []int{0, 0}, []int{got.Running, got.Overstaying})
		},
		"gives up a worker that did not beat in time": func(w *world) {
			h := w.lost(func(*hand) error { return nil })
			for range 2 { // a late beat does not bring it back
				_, err := w.Store.Beat(w.ctx, ports.Beat{Number: h.number}, long)
				require.ErrorIs(w.t, err, job.ErrLeaseLost)
			}
			got := w.workers()
			require.Len(w.t, got, 1, "it stays in the list")
			require.True(w.t, got[0].LiveUntil.Before(w.Now().Add(time.Second)))
			require.Equal(w.t, ports.WorkerLost, got[0].State)
			w.findLost(1)
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Equal(w.t, ports.WorkerLost, w.workers()[0].State, "it did not take its leave in time")
		},
		"calls a worker stale that has missed two beats": func(w *world) {
			_, err := w.Store.Register(w.ctx, ports.Worker{ID: uuid.NewString(), Heartbeat: time.Millisecond}, long)
			require.NoError(w.t, err)
			w.Advance(w.tb, soon)
			require.Equal(w.t, ports.WorkerStale, w.workers()[0].State)
		},
		"ends a life for good": func(w *world) {
			h := w.hand()
			for range 2 {
				require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			}
			_, err := w.Store.Beat(w.ctx, ports.Beat{Number: h.number}, long)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
			got := w.workers()[0]
			require.WithinDuration(w.t, w.Now(), got.StoppedAt, near)
			require.Equal(w.t, ports.WorkerStopped, got.State)
		},
		"does not know a worker that never registered": func(w *world) {
			_, err := w.Store.Beat(w.ctx, ports.Beat{Number: 12345}, long)
			require.ErrorIs(w.t, err, job.ErrLeaseLost)
			require.NoError(w.t, w.Store.Deregister(w.ctx, 12345))
			require.Empty(w.t, w.workers())
		},
	}
}

// requireLife allows for the rounding of a store that adds before it cuts to microseconds.
func requireLife(w *world, ttl time.Duration, got ports.Worker) {
	w.t.Helper()
	require.WithinDuration(w.t, got.BeatAt.Add(ttl), got.LiveUntil, time.Microsecond)
}

func (w *world) workers() []ports.Worker {
	w.t.Helper()
	got, err := w.Store.Workers(w.ctx)
	require.NoError(w.t, err)
	return got
}
