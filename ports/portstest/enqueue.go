package portstest

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
)

func enqueueCases() cases {
	return cases{
		"stores a job as it was asked for": func(w *world) {
			s := fullSpec(w)
			out, err := w.Store.Enqueue(w.ctx, []*job.Spec{s})
			require.NoError(w.t, err)
			require.WithinDuration(w.t, w.Now(), out.At, near)
			require.Equal(w.t, job.Micro(out.At), out.At, "in UTC and microseconds")
			requireSame(w.t, job.NewRecord(s, out.At), w.get(s.ID))
		},
		"stores jobs that are due now as they were asked for": func(w *world) {
			w.enqueue(spec(inQueue("mail"), ofKind("mail.send"))) // so that the names are known
			for _, together := range []int{1, 3, 100} {
				var specs []*job.Spec
				for range together {
					specs = append(specs, dueSpec(w))
				}
				out, err := w.Store.Enqueue(w.ctx, specs)
				require.NoError(w.t, err)
				for _, s := range specs {
					requireSame(w.t, job.NewRecord(s, out.At), w.get(s.ID))
				}
			}
		},
		"stores a job with nothing but a kind and a queue": func(w *world) {
			s := &job.Spec{ID: newID(), Kind: "k", Queue: "q", Payload: []byte(`null`)}
			out, err := w.Store.Enqueue(w.ctx, []*job.Spec{s})
			require.NoError(w.t, err)
			requireSame(w.t, job.NewRecord(s, out.At), w.get(s.ID))
		},
		"keeps names and texts in any script": func(w *world) {
			s := spec(inQueue("очередь · 队列"), ofKind("kind'\"\\%_$1"), tagged("a b", "ünï"), unique("ключ"))
			s.DisplayName = "Ωmega ☃ {\"x\"}"
			s.Payload = []byte(`{"t":"é\u2028\\ \"q\" 🂡"}`)
			out, err := w.Store.Enqueue(w.ctx, []*job.Spec{s})
			require.NoError(w.t, err)
			requireSame(w.t, job.NewRecord(s, out.At), w.get(s.ID))
		},
		"keeps a large payload": func(w *world) {
			s := spec()
			s.Payload = append(append([]byte(`"`), make([]byte, 1<<20)...), '"')
			for i := range 1 << 20 {
				s.Payload[1+i] = 'a' + byte(i%26)
			}
			w.enqueue(s)
			require.Equal(w.t, s.Payload, w.get(s.ID).Payload)
		},
		"takes nothing and stores nothing": func(w *world) {
			out, err := w.Store.Enqueue(w.ctx, nil)
			require.NoError(w.t, err)
			require.Empty(w.t, out.Held)
			queues, err := w.Store.Queues(w.ctx)
			require.NoError(w.t, err)
			require.Empty(w.t, queues)
		},
		"dates all jobs of a call alike": func(w *world) {
			specs := []*job.Spec{spec(), spec(inQueue("q")), spec(after(long))}
			out, err := w.Store.Enqueue(w.ctx, specs)
			require.NoError(w.t, err)
			for _, s := range specs {
				require.Equal(w.t, out.At, w.get(s.ID).CreatedAt)
			}
		},
		"makes due jobs enqueued and later ones scheduled": func(w *world) {
			cases := map[string]struct {
				change func(*job.Spec)
				want   job.State
			}{
				"now":             {after(0), job.Enqueued},
				"a moment ago":    {at(w.ago(time.Second)), job.Enqueued},
				"long ago":        {at(time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)), job.Enqueued},
				"in an hour":      {after(time.Hour), job.Scheduled},
				"at a time":       {at(w.ago(-time.Hour)), job.Scheduled},
				"in a far future": {at(time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC)), job.Scheduled},
			}
			for name, c := range cases {
				s := spec(c.change)
				out, err := w.Store.Enqueue(w.ctx, []*job.Spec{s})
				require.NoError(w.t, err, name)
				r := w.get(s.ID)
				require.Equal(w.t, c.want, r.State, name)
				require.Equal(w.t, s.DueAt(out.At), r.RunAt, name)
			}
		},
		"cuts times to microseconds": func(w *world) {
			due := time.Date(2001, 2, 3, 4, 5, 6, 123456789, time.FixedZone("elsewhere", 3600))
			require.Equal(w.t, time.Date(2001, 2, 3, 3, 5, 6, 123456000, time.UTC), w.get(w.one(at(due))).RunAt)
		},
		"writes the first line of the history": func(w *world) {
			now, later := w.one(), w.one(after(long))
			require.Equal(w.t, []string{"enqueued 0 enqueue"}, w.history(now))
			require.Equal(w.t, []string{"scheduled 0 enqueue"}, w.history(later))
			entries, err := w.Store.History(w.ctx, now)
			require.NoError(w.t, err)
			require.Equal(w.t, w.get(now).CreatedAt, entries[0].At)
			require.Empty(w.t, entries[0].Worker)
		},
		"stores each job once when the call is repeated": func(w *world) {
			specs := []*job.Spec{fullSpec(w), spec(), spec(after(long)), spec(unique("once"))}
			first, err := w.Store.Enqueue(w.ctx, specs)
			require.NoError(w.t, err)
			second, err := w.Store.Enqueue(w.ctx, specs)
			require.NoError(w.t, err)
			require.Empty(w.t, second.Held)
			require.Equal(w.t, first.At, second.At)
			page, err := w.Store.List(w.ctx, job.Filter{})
			require.NoError(w.t, err)
			require.Len(w.t, page.Jobs, len(specs))
			require.Len(w.t, w.history(specs[0].ID), 1)
		},
		"leaves a job alone that ran before the call is repeated": func(w *world) {
			s := spec()
			w.enqueue(s)
			h := w.hand()
			h.settle(completed(h.take()))
			w.enqueue(s)
			w.requireState(job.Completed, s.ID)
			require.Empty(w.t, h.claim(1))
		},
		"refuses the id of another job and stores none of the call": func(w *world) {
			taken := w.one()
			first, last := spec(), spec(unique("u"))
			_, err := w.Store.Enqueue(w.ctx, []*job.Spec{first, spec(withID(taken), ofKind("other")), last})
			require.ErrorIs(w.t, err, job.ErrConflict)
			w.requireGone(first.ID)
			w.requireGone(last.ID)
			require.Equal(w.t, "k", w.get(taken).Kind)
			w.one(unique("u"))
		},
		"refuses ids that do not tell their time and stores none of the call": func(w *world) {
			for name, id := range map[string]job.ID{"none": {}, "version 4": job.ID(uuid.New()), "all bits": job.ID(uuid.Max)} {
				for _, n := range []int{1, 100} {
					first := many(n)
					specs := append(first, spec(withID(id)))
					_, err := w.Store.Enqueue(w.ctx, specs)
					require.ErrorIs(w.t, err, job.ErrInvalid, name)
					var typed *job.InvalidError
					require.ErrorAs(w.t, err, &typed)
					require.Equal(w.t, fmt.Sprintf("jobs[%d].id", n), typed.Field)
					require.Contains(w.t, typed.Rule, "UUIDv7")
					w.requireGone(first[0].ID)
					tx := w.begin()
					_, err = tx.Enqueue(w.ctx, specs)
					require.ErrorIs(w.t, err, job.ErrInvalid, name)
					require.NoError(w.t, tx.rollback())
				}
			}
		},
		"refuses one id twice in a call": func(w *world) {
			s := spec()
			_, err := w.Store.Enqueue(w.ctx, []*job.Spec{s, spec(withID(s.ID), inQueue("other"))})
			require.ErrorIs(w.t, err, job.ErrConflict)
			w.requireGone(s.ID)
		},
		"stores ten thousand jobs in one call": func(w *world) {
			const many = 10_000
			specs := make([]*job.Spec, many)
			for i := range specs {
				specs[i] = spec()
			}
			w.enqueue(specs...)
			h := w.hand()
			var got []job.ID
			for {
				batch := h.claim(1000)
				if len(batch) == 0 {
					break
				}
				got = append(got, recordIDs(batch)...)
			}
			require.Equal(w.t, specIDs(specs), got)
		},
	}
}

// dueSpec sets every field that a job may have which is due now and needs nothing besides.
func dueSpec(w *world) *job.Spec {
	s := fullSpec(w)
	s.RunAt, s.Deadline, s.UniqueKey, s.UniqueFor = time.Time{}, time.Time{}, "", 0
	return s
}

// fullSpec sets every field that does not exclude another.
func fullSpec(w *world) *job.Spec {
	return &job.Spec{
		ID: newID(), Kind: "mail.send", Queue: "mail", DisplayName: "Welcome mail", Priority: -32768,
		Payload: []byte(`{"to":"ada","n":[1,2.5,-3e9,true,null]}`),
		Params:  job.Params{"user": []byte(`{"id":7}`), "trace": []byte(`"abc"`), "none": []byte(`null`)},
		Tags:    []string{"eu", "signup"}, MaxRetries: 1000, Retry: "fixed:1s", Timeout: 90 * time.Second,
		RunAt: w.ago(48 * time.Hour), Deadline: w.ago(-72 * time.Hour),
		UniqueKey: "ada", UniqueFor: 36 * time.Hour,
	}
}
