package portstest

import (
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func copyCases() cases {
	return cases{
		"keeps a job whatever happens to the spec": func(w *world) {
			s := fullSpec(w)
			w.enqueue(s)
			before := w.get(s.ID)
			spoil(&job.Record{Payload: s.Payload, Params: s.Params, Tags: s.Tags})
			s.Queue, s.UniqueKey = "other", ""
			requireSame(w.t, before, w.get(s.ID))
		},
		"keeps a job whatever happens to its records": func(w *world) {
			h := w.hand()
			s := fullSpec(w)
			w.enqueue(s)
			claimed := h.take(handling(s.Kind))
			before := claimed.Clone()
			before.Params = job.Params{}
			for name, value := range claimed.Params {
				before.Params[name] = append([]byte(nil), value...)
			}
			spoil(claimed)
			requireSame(w.t, before, w.get(s.ID))
			spoil(w.get(s.ID))
			requireSame(w.t, before, w.get(s.ID))
			spoil(w.list(job.Filter{}).Jobs[0])
			requireSame(w.t, before, w.get(s.ID))

			h.settle(dead(before))
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			after := w.get(s.ID)
			deaths, err := w.Store.TakeDeaths(w.ctx, w.hand().number, []string{s.Kind}, nil, 1)
			require.NoError(w.t, err)
			spoil(deaths[0].Job)
			deaths[0].Failure.Message = "spoilt"
			requireSame(w.t, after, w.get(s.ID))
			failures, err := w.Store.Failures(w.ctx, s.ID)
			require.NoError(w.t, err)
			require.Equal(w.t, "no luck at all", failures[0].Message)
		},
		"gives the jobs of a claim apart": func(w *world) {
			w.enqueue(spec(), spec())
			got := w.hand().claim(2)
			got[0].Payload = append(got[0].Payload[:len(got[0].Payload)], "spoilt, and longer than before"...)
			spoil(got[0])
			require.JSONEq(w.t, `{"n":1}`, string(got[1].Payload))
		},
		"keeps results, histories and failures whatever happens to them": func(w *world) {
			h := w.hand()
			id := w.one()
			s := dead(h.take())
			h.settle(s)
			s.Failure.Message, s.Note = "spoilt", "spoilt"
			entries, err := w.Store.History(w.ctx, id)
			require.NoError(w.t, err)
			lines := w.history(id)
			entries[0].Reason = "spoilt"
			failures, err := w.Store.Failures(w.ctx, id)
			require.NoError(w.t, err)
			require.Equal(w.t, "no luck at all", failures[0].Message)
			failures[0].Message = "spoilt"
			require.Equal(w.t, lines, w.history(id))
			failures, err = w.Store.Failures(w.ctx, id)
			require.NoError(w.t, err)
			require.Equal(w.t, "no luck at all", failures[0].Message)
		},
		"keeps tags whatever happens to the list of them": func(w *world) {
			id := w.one()
			tags := []string{"a", "b"}
			require.NoError(w.t, w.Store.Tag(w.ctx, id, tags))
			tags[0] = "spoilt"
			require.Equal(w.t, []string{"a", "b"}, w.get(id).Tags)
		},
		"keeps workers whatever happens to their lists": func(w *world) {
			me := ports.Worker{ID: uuid.NewString(), Queues: []string{"q"}, Kinds: []string{"k"}}
			_, err := w.Store.Register(w.ctx, me, long)
			require.NoError(w.t, err)
			me.Queues[0], me.Kinds[0] = "spoilt", "spoilt"
			got := w.workers()[0]
			require.Equal(w.t, []string{"q"}, got.Queues)
			got.Queues[0], got.Kinds[0] = "spoilt", "spoilt"
			require.Equal(w.t, []string{"k"}, w.workers()[0].Kinds)
			require.Equal(w.t, []string{"q"}, w.workers()[0].Queues)
		},
		"keeps queues whatever happens to the list of them": func(w *world) {
			w.pause("q")
			w.queues()[0] = ports.Queue{Name: "spoilt"}
			require.Equal(w.t, "q", w.queues()[0].Name)
		},
	}
}

// spoil changes everything that a record points at.
func spoil(r *job.Record) {
	for i := range r.Payload {
		r.Payload[i] = 'x'
	}
	for name, value := range r.Params {
		for i := range value {
			value[i] = 'x'
		}
		delete(r.Params, name)
	}
	if r.Params != nil {
		r.Params["spoilt"] = []byte("1")
	}
	for i := range r.Tags {
		r.Tags[i] = "spoilt"
	}
	r.State, r.Queue, r.Attempt = job.Completed, "spoilt", 99
}
