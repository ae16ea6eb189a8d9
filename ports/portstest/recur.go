package portstest

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
	"github.com/task-tower/tasktower/ports"
)

func recurCases() cases {
	return cases{
		"keeps a recurring job as it was saved": func(w *world) {
			template := spec(inQueue("r"), priority(3), tagged("a", "b"), func(s *job.Spec) {
				s.DisplayName, s.Params = "Name", job.Params{"p": []byte(`{"deep": [1]}`)}
				s.MaxRetries, s.Retry, s.Timeout, s.DeadlineIn = 2, "fixed(1s)", time.Minute, time.Hour
				s.UniqueKey, s.UniqueFor, s.Payload = "u", time.Second, []byte(`{"n": 1}`)
			})
			w.save(recurring("k", func(r *ports.Recurring) {
				r.Job, r.Zone, r.Misfire, r.Overlap = template, "Europe/Berlin", schedule.MisfireAll, schedule.OverlapAllow
			}))
			r := w.recurring("k")
			require.WithinDuration(w.t, w.Now(), r.Anchor, near)
			require.Equal(w.t, r.Anchor, r.Since)
			want := *template
			want.ID = job.ID{}
			require.Equal(w.t, ports.Recurring{
				Key: "k", Spec: "@every 1m", Zone: "Europe/Berlin", Misfire: schedule.MisfireAll, Overlap: schedule.OverlapAllow,
				Job: &want, Version: r.Version, Anchor: r.Anchor, Since: r.Since,
			}, r)
		},
		"lists recurring jobs by key": func(w *world) {
			w.save(recurring("b"), recurring("a"), recurring("B"))
			all, err := w.Store.Recurring(w.ctx)
			require.NoError(w.t, err)
			require.Len(w.t, all, 3)
			require.Equal(w.t, []string{"B", "a", "b"}, []string{all[0].Key, all[1].Key, all[2].Key})
		},
		"begins anew when spec or zone change, and only then": func(w *world) {
			w.save(recurring("k"))
			next := w.Now().Add(time.Hour)
			w.fire("k", next, time.Time{})
			fired := w.recurring("k")
			w.save(recurring("k", func(r *ports.Recurring) { r.Job = spec(inQueue("other")) }))
			r := w.recurring("k")
			require.Equal(w.t, "other", r.Job.Queue)
			require.Equal(w.t, fired.Next, r.Next)
			require.Equal(w.t, fired.Anchor, r.Anchor)
			require.Greater(w.t, r.Version, fired.Version)

			w.Advance(w.tb, soon)
			w.save(recurring("k", func(r *ports.Recurring) { r.Zone = "Europe/Berlin" }))
			r = w.recurring("k")
			require.Zero(w.t, r.Next)
			require.True(w.t, r.Anchor.After(fired.Anchor))
			require.Equal(w.t, r.Anchor, r.Since)
		},
		"does not let code undo what somebody saved at run time": func(w *world) {
			declared := recurring("k", func(r *ports.Recurring) { r.Declared = true })
			w.save(declared)
			require.True(w.t, w.recurring("k").Declared)
			w.save(recurring("k", func(r *ports.Recurring) { r.Spec = "@every 2m" }))
			w.save(declared)
			r := w.recurring("k")
			require.Equal(w.t, "@every 2m", r.Spec)
			require.False(w.t, r.Declared)
		},
		"does not let code bring back what somebody removed": func(w *world) {
			code := func(r *ports.Recurring) { r.Declared = true }
			slower := func(r *ports.Recurring) { r.Spec = "@every 2m" }
			for key, before := range map[string][]func(*ports.Recurring){
				"declared": {code}, "changed since": {code, slower}, "added before": {slower, code},
			} {
				for _, change := range before {
					w.save(recurring(key, change))
				}
				w.fire(key, w.Now().Add(time.Hour), w.ago(time.Minute))
				require.NoError(w.t, w.Store.PauseRecurring(w.ctx, key, "ada", "why", time.Time{}))
				require.NoError(w.t, w.Store.RemoveRecurring(w.ctx, key), key)
				w.save(recurring(key, code), recurring(key, code, slower))
				all, err := w.Store.Recurring(w.ctx)
				require.NoError(w.t, err)
				require.Empty(w.t, all, key)
				found := w.due(10)
				require.Empty(w.t, found.Due)
				require.Negative(w.t, found.Next)
				requireUnknownKey(w, key)

				w.save(recurring(key))
				back := w.recurring(key)
				require.Equal(w.t, back.Anchor, back.Since)
				want := recurring(key)
				want.Job = back.Job
				want.Version, want.Anchor, want.Since = back.Version, back.Anchor, back.Since
				require.Equal(w.t, want, back, "it begins anew")
				w.save(recurring(key, code))
				require.False(w.t, w.recurring(key).Declared)
				require.NoError(w.t, w.Store.RemoveRecurring(w.ctx, key))
			}
		},
		"lets code declare what was removed before any code did": func(w *world) {
			w.save(recurring("k"))
			require.NoError(w.t, w.Store.RemoveRecurring(w.ctx, "k"))
			w.save(recurring("k", func(r *ports.Recurring) { r.Declared = true }))
			require.True(w.t, w.recurring("k").Declared)
		},
		"changes nothing when the same is saved again": func(w *world) {
			for _, declared := range []bool{true, false} {
				same := recurring("k", func(r *ports.Recurring) { r.Declared = declared })
				w.save(same)
				before := w.recurring("k")
				w.save(same)
				require.Equal(w.t, before, w.recurring("k"))
			}
		},
		"finds what is due and says when the next will be": func(w *world) {
			require.Equal(w.t, time.Duration(-1), w.due(10).Next)
			w.save(recurring("new"), recurring("past"), recurring("later"), recurring("latest"), recurring("holding"))
			past := w.ago(time.Minute)
			w.fire("past", past, time.Time{})
			w.fire("later", w.Now().Add(time.Hour), time.Time{})
			w.fire("latest", w.Now().Add(2*time.Hour), time.Time{})
			held := w.ago(time.Second)
			w.fire("holding", w.Now().Add(3*time.Hour), held)
			found := w.due(10)
			require.Equal(w.t, []string{"new", "past", "holding"}, keys(found.Due))
			require.Equal(w.t, past, found.Due[1].Next)
			require.Equal(w.t, held, found.Due[2].Held)
			require.InDelta(w.t, time.Hour, found.Next, float64(near))
			require.WithinDuration(w.t, w.Now(), found.Now, near)
			require.Equal(w.t, []string{"new"}, keys(w.due(1).Due))
		},
		"fires a version once, however many try": func(w *world) {
			w.save(recurring("k"))
			seen := w.recurring("k")
			next, slot := job.Micro(w.Now().Add(time.Hour)), w.ago(time.Minute)
			var won atomic.Int64
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					err := w.Store.Fire(w.ctx, ports.Firing{Key: "k", Version: seen.Version, Next: next, Slot: slot, Jobs: []*job.Spec{spec(at(slot))}})
					if err == nil {
						won.Add(1)
						return
					}
					assert.ErrorIs(w.t, err, job.ErrConflict)
				})
			}
			wg.Wait()
			require.EqualValues(w.t, 1, won.Load())
			r := w.recurring("k")
			require.Equal(w.t, next, r.Next)
			require.Equal(w.t, slot, r.LastSlot)
			require.Equal(w.t, job.Enqueued, r.LastState)
			jobs := w.hand().claim(10)
			require.Len(w.t, jobs, 1)
			require.Equal(w.t, r.LastJob, jobs[0].ID)
			require.Equal(w.t, slot, jobs[0].RunAt)
			require.Equal(w.t, job.Processing, w.recurring("k").LastState)
		},
		"fires nothing that was removed, saved anew or paused meanwhile": func(w *world) {
			for key, change := range map[string]func() error{
				"removed": func() error { return w.Store.RemoveRecurring(w.ctx, "removed") },
				"anew": func() error {
					require.NoError(w.t, w.Store.RemoveRecurring(w.ctx, "anew"))
					return w.Store.SaveRecurring(w.ctx, recurring("anew"))
				},
				"paused": func() error { return w.Store.PauseRecurring(w.ctx, "paused", "", "", time.Time{}) },
			} {
				w.save(recurring(key))
				seen := w.recurring(key)
				require.NoError(w.t, change())
				err := w.Store.Fire(w.ctx, ports.Firing{Key: key, Version: seen.Version, Next: w.Now(), Slot: w.Now(), Jobs: []*job.Spec{spec()}})
				require.ErrorIs(w.t, err, job.ErrConflict, key)
			}
			require.Empty(w.t, w.hand().claim(10))
		},
		"moves on nothing whose jobs cannot be stored": func(w *world) {
			w.save(recurring("k"))
			seen := w.recurring("k")
			taken := w.one()
			for _, bad := range []*job.Spec{spec(withID(taken), inQueue("other")), spec(withID(job.ID{}))} {
				err := w.Store.Fire(w.ctx, ports.Firing{Key: "k", Version: seen.Version, Next: w.Now(), Jobs: []*job.Spec{spec(), bad}})
				require.Error(w.t, err)
			}
			require.Equal(w.t, seen, w.recurring("k"))
			require.Len(w.t, w.hand().claim(10), 1)
		},
		"moves on also if somebody holds the job's unique key": func(w *world) {
			holder := w.one(unique("u"))
			w.save(recurring("k"))
			seen := w.recurring("k")
			next := job.Micro(w.Now().Add(time.Hour))
			require.NoError(w.t, w.Store.Fire(w.ctx, ports.Firing{
				Key: "k", Version: seen.Version, Next: next, Slot: w.ago(0), Jobs: []*job.Spec{spec(unique("u"))},
			}))
			r := w.recurring("k")
			require.Equal(w.t, next, r.Next)
			require.Empty(w.t, r.LastState)
			require.Equal(w.t, []job.ID{holder}, recordIDs(w.hand().claim(10)))
		},
		"is not due while it is paused": func(w *world) {
			w.save(recurring("k"))
			require.NoError(w.t, w.Store.PauseRecurring(w.ctx, "k", "ada", "why", time.Time{}))
			r := w.recurring("k")
			require.WithinDuration(w.t, w.Now(), r.PausedAt, near)
			require.Equal(w.t, []any{"ada", "why", time.Time{}}, []any{r.PausedBy, r.PauseNote, r.PausedUntil})
			found := w.due(10)
			require.Empty(w.t, found.Due)
			require.Negative(w.t, found.Next)
			w.save(recurring("k", func(r *ports.Recurring) { r.Spec = "@every 2m" }))
			require.Empty(w.t, w.due(10).Due)

			before := w.recurring("k")
			w.Advance(w.tb, soon)
			require.NoError(w.t, w.Store.ResumeRecurring(w.ctx, "k"))
			r = w.recurring("k")
			require.Zero(w.t, r.PausedAt)
			require.Empty(w.t, r.PausedBy+r.PauseNote)
			require.True(w.t, r.Since.After(before.Since))
			require.Equal(w.t, before.Anchor, r.Anchor)
			require.Equal(w.t, []string{"k"}, keys(w.due(10).Due))
			require.NoError(w.t, w.Store.ResumeRecurring(w.ctx, "k"))
			require.Equal(w.t, r.Since, w.recurring("k").Since)
		},
		"is due again when a pause ends by itself": func(w *world) {
			w.save(recurring("k"))
			until := job.Micro(w.Now().Add(time.Hour))
			require.NoError(w.t, w.Store.PauseRecurring(w.ctx, "k", "", "", until))
			found := w.due(10)
			require.Empty(w.t, found.Due)
			require.InDelta(w.t, time.Hour, found.Next, float64(near))
			until = job.Micro(w.Now().Add(soon))
			require.NoError(w.t, w.Store.PauseRecurring(w.ctx, "k", "", "", until))
			w.Advance(w.tb, 2*soon)
			found = w.due(10)
			require.Equal(w.t, []string{"k"}, keys(found.Due))
			require.Equal(w.t, until, found.Due[0].PausedUntil)
			w.fire("k", w.Now().Add(time.Hour), time.Time{})
			require.Zero(w.t, w.recurring("k").PausedAt)
			require.Zero(w.t, w.recurring("k").PausedUntil)
		},
		"refuses a pause that is over": func(w *world) {
			w.save(recurring("k"))
			before := w.recurring("k")
			for _, until := range []time.Time{w.ago(time.Hour), w.ago(0)} {
				err := w.Store.PauseRecurring(w.ctx, "k", "", "", until)
				require.ErrorIs(w.t, err, job.ErrInvalid)
				require.ErrorContains(w.t, err, "until")
			}
			require.Equal(w.t, before, w.recurring("k"))
			require.ErrorIs(w.t, w.Store.PauseRecurring(w.ctx, "other", "", "", w.ago(time.Hour)), job.ErrNotFound)
		},
		"refuses keys that no recurring job may have": func(w *world) {
			for _, key := range []string{"", strings.Repeat("k", 129), "a\x00b", "a\nb", "\xff"} {
				for _, err := range []error{
					w.Store.SaveRecurring(w.ctx, recurring(key)), w.Store.RemoveRecurring(w.ctx, key),
					w.Store.PauseRecurring(w.ctx, key, "", "", time.Time{}), w.Store.ResumeRecurring(w.ctx, key),
				} {
					require.ErrorIs(w.t, err, job.ErrInvalid, "%q", key)
					require.ErrorContains(w.t, err, "key")
				}
			}
		},
		"does not know keys that nobody saved": func(w *world) { requireUnknownKey(w, "k") },
	}
}

func requireUnknownKey(w *world, key string) {
	w.t.Helper()
	require.ErrorIs(w.t, w.Store.RemoveRecurring(w.ctx, key), job.ErrNotFound)
	require.ErrorIs(w.t, w.Store.PauseRecurring(w.ctx, key, "", "", time.Time{}), job.ErrNotFound)
	require.ErrorIs(w.t, w.Store.ResumeRecurring(w.ctx, key), job.ErrNotFound)
	require.ErrorIs(w.t, w.Store.Fire(w.ctx, ports.Firing{Key: key, Version: 1, Next: w.Now()}), job.ErrConflict)
}

// recurring is a recurring job each minute, changed as told.
func recurring(key string, changes ...func(*ports.Recurring)) ports.Recurring {
	r := ports.Recurring{
		Key: key, Spec: "@every 1m", Zone: "UTC", Misfire: schedule.MisfireOnce, Overlap: schedule.OverlapSkip, Job: spec(),
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func (w *world) save(rows ...ports.Recurring) {
	w.t.Helper()
	for _, r := range rows {
		require.NoError(w.t, w.Store.SaveRecurring(w.ctx, r))
	}
}

func (w *world) recurring(key string) ports.Recurring {
	w.t.Helper()
	all, err := w.Store.Recurring(w.ctx)
	require.NoError(w.t, err)
	for _, r := range all {
		if r.Key == key {
			return r
		}
	}
	require.Fail(w.t, "no recurring job "+key)
	return ports.Recurring{}
}

// fire moves a recurring job on without a job.
func (w *world) fire(key string, next, held time.Time) {
	w.t.Helper()
	require.NoError(w.t, w.Store.Fire(w.ctx, ports.Firing{Key: key, Version: w.recurring(key).Version, Next: next, Held: held}))
}

func (w *world) due(limit int) ports.DueRecurring {
	w.t.Helper()
	found, err := w.Store.DueRecurring(w.ctx, limit)
	require.NoError(w.t, err)
	return found
}

func keys(rows []ports.Recurring) (out []string) {
	for _, r := range rows {
		out = append(out, r.Key)
	}
	return out
}
