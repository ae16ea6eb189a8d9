package portstest

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func uniqueCases() cases {
	return cases{
		"holds the key in every state that is not final": func(w *world) {
			h := w.hand()
			for _, state := range []job.State{job.Scheduled, job.Enqueued, job.Processing, job.Retrying} {
				key := string(state)
				holder := h.inState(state, unique(key), inQueue(key))
				h.requireHeld(holder, key)
			}
		},
		"frees the key in every final state": func(w *world) {
			h := w.hand()
			for _, state := range []job.State{job.Completed, job.Cancelled, job.Dead} {
				key := string(state)
				h.inState(state, unique(key), inQueue(key))
				w.one(unique(key), inQueue("other"))
			}
		},
		"frees the key of a job that was cancelled while it waited": func(w *world) {
			for _, change := range []func(*job.Spec){after(0), after(long)} {
				id := w.one(unique("u"), change)
				_, err := w.Store.Cancel(w.ctx, id, "")
				require.NoError(w.t, err)
			}
			w.one(unique("u"))
		},
		"frees the key of a job that was deleted": func(w *world) {
			id := w.one(unique("u"), after(long))
			require.NoError(w.t, w.Store.Delete(w.ctx, id))
			w.one(unique("u"))
		},
		"holds the key for its time although the job is final": func(w *world) {
			h := w.hand()
			for _, state := range []job.State{job.Completed, job.Cancelled, job.Dead} {
				key := string(state)
				holder := h.inState(state, uniqueFor(key, long), inQueue(key))
				h.requireHeld(holder, key)
			}
		},
		"frees the key when its time is over": func(w *world) {
			h := w.hand()
			h.inState(job.Completed, uniqueFor("u", soon))
			w.Advance(w.tb, 2*soon)
			w.one(unique("u"))
		},
		"holds the key beyond its time while the job is not final": func(w *world) {
			id := w.one(uniqueFor("u", soon), after(long))
			w.Advance(w.tb, 2*soon)
			w.requireHeld(id, "u")
		},
		"holds nothing for jobs without a key": func(w *world) {
			w.enqueue(spec(), spec(), spec())
		},
		"lets the first of a call hold the key against the others": func(w *world) {
			specs := []*job.Spec{spec(unique("u")), spec(), spec(unique("u")), spec(unique("v")), spec(unique("u"))}
			for range 2 { // a repeat says the same
				out, err := w.Store.Enqueue(w.ctx, specs)
				require.NoError(w.t, err)
				require.Equal(w.t, map[int]job.ID{2: specs[0].ID, 4: specs[0].ID}, out.Held)
			}
			w.requireGone(specs[2].ID)
			w.requireGone(specs[4].ID)
			w.requireState(job.Enqueued, specs[1].ID)
		},
		"stores what is free and names who holds the rest": func(w *world) {
			holder := w.one(unique("u"))
			free, held := spec(unique("v")), spec(unique("u"))
			out, err := w.Store.Enqueue(w.ctx, []*job.Spec{free, held})
			require.NoError(w.t, err)
			require.Equal(w.t, map[int]job.ID{1: holder}, out.Held)
			w.requireState(job.Enqueued, free.ID)
			w.requireGone(held.ID)
			_, err = w.Store.History(w.ctx, held.ID)
			require.ErrorIs(w.t, err, job.ErrNotFound)
		},
		"holds one key across queues and kinds": func(w *world) {
			holder := w.one(unique("u"), inQueue("a"), ofKind("x"))
			out, err := w.Store.Enqueue(w.ctx, []*job.Spec{spec(unique("u"), inQueue("b"), ofKind("y"))})
			require.NoError(w.t, err)
			require.Equal(w.t, map[int]job.ID{0: holder}, out.Held)
		},
		"lets one of many callers have the key": func(w *world) {
			const callers = 20
			stored := make(chan job.ID, callers)
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					s := spec(unique("u"))
					out, err := w.Store.Enqueue(w.ctx, []*job.Spec{s})
					if err == nil && len(out.Held) == 0 {
						stored <- s.ID
					}
				})
			}
			wg.Wait()
			close(stored)
			require.Len(w.t, stored, 1)
			w.requireHeld(<-stored, "u")
		},
		"takes the key back when a job is requeued": func(w *world) {
			h := w.hand()
			id := h.inState(job.Dead, unique("u"))
			require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
			w.requireHeld(id, "u")
		},
		"refuses to requeue a job whose key another holds": func(w *world) {
			h := w.hand()
			id := h.inState(job.Dead, unique("u"))
			holder := w.one(unique("u"))
			err := w.Store.Requeue(w.ctx, id, "")
			requireDuplicate(w.t, err, "u", holder)
			w.requireState(job.Dead, id)

			h.settle(completed(h.take()))
			require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
			w.requireHeld(id, "u")
		},
		"refuses to requeue a job whose key another holds for a time": func(w *world) {
			h := w.hand()
			id := h.inState(job.Dead, unique("u"))
			holder := h.inState(job.Completed, uniqueFor("u", long))
			requireDuplicate(w.t, w.Store.Requeue(w.ctx, id, ""), "u", holder)
		},
		"keeps the key with its holder while others come and go": func(w *world) {
			h := w.hand()
			first := h.inState(job.Completed, unique("u"))
			second := w.one(unique("u"), after(time.Minute))
			require.NoError(w.t, w.Store.Delete(w.ctx, first))
			w.requireHeld(second, "u")
		},
	}
}

// requireHeld shows that the job holds the key.
func (w *world) requireHeld(holder job.ID, key string) {
	w.t.Helper()
	s := spec(unique(key), inQueue("elsewhere"))
	out, err := w.Store.Enqueue(w.ctx, []*job.Spec{s})
	require.NoError(w.t, err)
	require.Equal(w.t, map[int]job.ID{0: holder}, out.Held)
	w.requireGone(s.ID)
}

func requireDuplicate(t failer, err error, key string, holder job.ID) {
	t.Helper()
	require.ErrorIs(t, err, job.ErrDuplicate)
	var typed *job.DuplicateError
	require.ErrorAs(t, err, &typed)
	require.Equal(t, job.DuplicateError{Key: key, Holder: holder}, *typed)
}
