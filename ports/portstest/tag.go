package portstest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func tagCases() cases {
	return cases{
		"adds tags in any state": func(w *world) {
			h := w.hand()
			for _, state := range job.States() {
				id := h.inState(state, inQueue(string(state)), tagged("m"))
				before := w.get(id)
				require.NoError(w.t, w.Store.Tag(w.ctx, id, []string{"z", "a"}))
				before.Tags = []string{"a", "m", "z"}
				requireSame(w.t, before, w.get(id))
			}
		},
		"adds a tag once": func(w *world) {
			id := w.one(tagged("a"))
			for range 2 {
				require.NoError(w.t, w.Store.Tag(w.ctx, id, []string{"b", "a", "b"}))
			}
			require.Equal(w.t, []string{"a", "b"}, w.get(id).Tags)
			require.Len(w.t, w.history(id), 1)
		},
		"sorts tags byte by byte": func(w *world) {
			id := w.one()
			require.NoError(w.t, w.Store.Tag(w.ctx, id, []string{"é", "b", "B", "a b", "10", "9"}))
			require.Equal(w.t, []string{"10", "9", "B", "a b", "b", "é"}, w.get(id).Tags)
		},
		"hands tags to whoever claims later": func(w *world) {
			id := w.one()
			require.NoError(w.t, w.Store.Tag(w.ctx, id, []string{"vip"}))
			require.Equal(w.t, []string{"vip"}, w.hand().take().Tags)
		},
		"keeps tags over the job's life": func(w *world) {
			h := w.hand()
			id := w.one(tagged("a"))
			r := h.take()
			require.NoError(w.t, w.Store.Tag(w.ctx, id, []string{"b"}))
			h.settle(retrying(r, 0))
			w.promote(1)
			require.Equal(w.t, []string{"a", "b"}, h.take().Tags)
		},
		"refuses more than the limit and adds none of them": func(w *world) {
			id := w.one(tagged("zz"))
			many := make([]string, job.MaxTags)
			for i := range many {
				many[i] = fmt.Sprintf("t%03d", i)
			}
			require.ErrorIs(w.t, w.Store.Tag(w.ctx, id, many), job.ErrInvalid)
			require.Equal(w.t, []string{"zz"}, w.get(id).Tags)

			require.NoError(w.t, w.Store.Tag(w.ctx, id, many[1:]))
			require.NoError(w.t, w.Store.Tag(w.ctx, id, []string{"zz", many[5]}), "those it has do not count twice")
			require.ErrorIs(w.t, w.Store.Tag(w.ctx, id, many[:1]), job.ErrInvalid)
			require.Len(w.t, w.get(id).Tags, job.MaxTags)
		},
		"lets many tag one job": func(w *world) {
			id := w.one()
			var wg sync.WaitGroup
			var want []string
			for i := range 20 {
				tag := fmt.Sprintf("t%02d", i)
				want = append(want, tag)
				wg.Go(func() {
					if err := w.Store.Tag(w.ctx, id, []string{tag}); err != nil {
						w.t.Errorf("tag: %v", err)
					}
				})
			}
			wg.Wait()
			require.Equal(w.t, want, slices.Sorted(slices.Values(w.get(id).Tags)))
		},
		"knows nothing of jobs that are not there": func(w *world) {
			requireNotFound(w.t, w.Store.Tag(w.ctx, newID(), []string{"a"}))
		},
	}
}
