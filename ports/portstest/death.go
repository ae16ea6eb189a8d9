package portstest

import (
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func deathCases() cases {
	return cases{
		"leaves a death to the worker that stored it": func(w *world) {
			h, other := w.hand(), w.hand()
			id := h.inState(job.Dead)
			require.Empty(w.t, other.deaths(10))
			require.Empty(w.t, h.deaths(10, id), "it is about to run the interceptors itself")
		},
		"gives the death of a worker that is gone to one other": func(w *world) {
			h, other, third := w.hand(), w.hand(), w.hand()
			id := h.inState(job.Dead)
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			got := other.deaths(10)
			require.Len(w.t, got, 1)
			requireSame(w.t, w.get(id), got[0].Job)
			failures, err := w.Store.Failures(w.ctx, id)
			require.NoError(w.t, err)
			require.Equal(w.t, &failures[0], got[0].Failure)
			require.Empty(w.t, other.deaths(10, id))
			require.Empty(w.t, third.deaths(10))
		},
		"gives the death of a worker that did not beat in time": func(w *world) {
			id := w.one()
			w.lost(func(h *hand) error {
				got, err := w.Store.Claim(w.ctx, h.ask(1))
				if err == nil {
					w.settle(dead(got[0]))
				}
				return err
			})
			other := w.hand()
			require.Equal(w.t, []job.ID{id}, deathIDs(other.deaths(10)))
		},
		"gives a death on when its taker is gone too": func(w *world) {
			h, second, third := w.hand(), w.hand(), w.hand()
			id := h.inState(job.Dead)
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Len(w.t, second.deaths(10), 1)
			require.NoError(w.t, w.Store.Deregister(w.ctx, second.number))
			require.Equal(w.t, []job.ID{id}, deathIDs(third.deaths(10)))
		},
		"forgets a death that is finished": func(w *world) {
			h, other := w.hand(), w.hand()
			mine, theirs := h.inState(job.Dead), h.inState(job.Dead)
			unknown := ports.DeathID{Job: newID(), Seq: 1}
			require.NoError(w.t, w.Store.FinishDeaths(w.ctx, h.number, []ports.DeathID{unknown, w.death(mine)}))
			h.mourned(mine) // twice is harmless
			require.NoError(w.t, w.Store.FinishDeaths(w.ctx, h.number, nil))
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Equal(w.t, []job.ID{theirs}, deathIDs(other.deaths(10)))
			other.mourned(theirs)
			require.NoError(w.t, w.Store.Deregister(w.ctx, other.number))
			require.Empty(w.t, w.hand().deaths(10))
			w.requireState(job.Dead, theirs)
		},
		"numbers a death by the result that it was": func(w *world) {
			h := w.hand()
			w.one()
			s := dead(h.take())
			h.settle(s)
			require.Equal(w.t, s.Seq+1, w.get(s.ID).Seq)
			require.NoError(w.t, w.Store.FinishDeaths(w.ctx, h.number, []ports.DeathID{{Job: s.ID, Seq: s.Seq + 1}}))
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Empty(w.t, w.hand().deaths(10))
		},
		"leaves a death to the worker that has taken it since": func(w *world) {
			h, other := w.hand(), w.hand()
			id := h.inState(job.Dead)
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Len(w.t, other.deaths(10), 1)
			h.mourned(id)
			require.NoError(w.t, w.Store.Deregister(w.ctx, other.number))
			require.Equal(w.t, []job.ID{id}, deathIDs(w.hand().deaths(10)))
		},
		"leaves another death of the job, whoever stored it": func(w *world) {
			for _, same := range []bool{true, false} {
				h, other := w.hand(), w.hand()
				id := h.inState(job.Dead)
				first := w.death(id)
				require.NoError(w.t, w.Store.Requeue(w.ctx, id, ""))
				require.NoError(w.t, w.Store.FinishDeaths(w.ctx, h.number, []ports.DeathID{first}), "while it waits")
				second := other
				if same {
					second = h
				}
				second.settle(dead(second.take()))
				require.NoError(w.t, w.Store.FinishDeaths(w.ctx, h.number, []ports.DeathID{first}))
				require.NoError(w.t, w.Store.Deregister(w.ctx, second.number))
				third := w.hand()
				require.Equal(w.t, []job.ID{id}, deathIDs(third.deaths(10)))
				require.NoError(w.t, w.Store.FinishDeaths(w.ctx, third.number, []ports.DeathID{first}))
				third.mourned(id)
				require.NoError(w.t, w.Store.Deregister(w.ctx, third.number))
				require.Empty(w.t, w.hand().deaths(10))
			}
		},
		"remembers only the deaths it is asked to": func(w *world) {
			h := w.hand()
			w.one()
			s := dead(h.take())
			s.Notice = false
			h.settle(s)
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Empty(w.t, w.hand().deaths(10))
		},
		"gives the kinds that are asked for, up to the limit": func(w *world) {
			h, other := w.hand(), w.hand()
			var ids []job.ID
			for range 3 {
				ids = append(ids, h.inState(job.Dead))
				h.inState(job.Dead, ofKind("l"))
			}
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			got := other.deaths(2)
			got = append(got, other.deaths(2, deathIDs(got)...)...)
			require.ElementsMatch(w.t, ids, deathIDs(got))
			none, err := w.Store.TakeDeaths(w.ctx, other.number, nil, nil, 10)
			require.NoError(w.t, err)
			require.Empty(w.t, none)
		},
		"gives a worker its own again, but for those in hand": func(w *world) {
			h := w.hand()
			own, other := h.inState(job.Dead), h.inState(job.Dead)
			require.ElementsMatch(w.t, []job.ID{own, other}, deathIDs(h.deaths(10)), "it says nothing of either")
			require.Equal(w.t, []job.ID{other}, deathIDs(h.deaths(10, own)))
			require.Empty(w.t, h.deaths(10, own, other))
			require.Empty(w.t, w.hand().deaths(10))
			h.mourned(own, other)
			require.Empty(w.t, h.deaths(10))
		},
		"names no failure where no attempt failed": func(w *world) {
			h := w.hand()
			w.one()
			h.settle(missed(h.take()))
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			got := w.hand().deaths(10)
			require.Len(w.t, got, 1)
			require.Nil(w.t, got[0].Failure)
			require.Equal(w.t, job.DeadDeadline, got[0].Job.DeadReason)
		},
		"names the last of many failures": func(w *world) {
			h := w.hand()
			w.one()
			h.settle(retrying(h.take(), 0))
			w.promote(1)
			h.settle(dead(h.take()))
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			got := w.hand().deaths(10)
			require.Len(w.t, got, 1)
			require.Equal(w.t, "no luck at all", got[0].Failure.Message)
			require.Equal(w.t, 2, got[0].Failure.Attempt)
		},
		"forgets the death of a job that is deleted": func(w *world) {
			h := w.hand()
			id := h.inState(job.Dead)
			require.NoError(w.t, w.Store.Delete(w.ctx, id))
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			require.Empty(w.t, w.hand().deaths(10))
		},
		"gives each death to one of many takers": func(w *world) {
			const many = 40
			h := w.hand()
			var ids []job.ID
			for range many {
				ids = append(ids, w.one())
			}
			for _, r := range h.claim(many) {
				h.settle(dead(r))
			}
			require.NoError(w.t, w.Store.Deregister(w.ctx, h.number))
			hands := make([]*hand, 8)
			for i := range hands {
				hands[i] = w.hand()
			}
			got := w.claimAtOnce(hands, func(h *hand) []*job.Record {
				var mine []*job.Record
				for {
					deaths, err := w.Store.TakeDeaths(w.ctx, h.number, []string{"k"}, recordIDs(mine), 3)
					if err != nil {
						w.t.Errorf("take deaths: %v", err)
					}
					if len(deaths) == 0 {
						return mine
					}
					for _, d := range deaths {
						mine = append(mine, d.Job)
					}
				}
			})
			for _, d := range hands[0].deaths(many, recordIDs(got)...) { // passed over because another had it in hand
				got = append(got, d.Job)
			}
			require.ElementsMatch(w.t, ids, recordIDs(got))
		},
	}
}

func (h *hand) deaths(limit int, inHand ...job.ID) []ports.Death {
	h.t.Helper()
	got, err := h.Store.TakeDeaths(h.ctx, h.number, []string{"k"}, inHand, limit)
	require.NoError(h.t, err)
	require.LessOrEqual(h.t, len(got), limit)
	return got
}

// mourned says that the worker has run the interceptors of the jobs' last deaths.
func (h *hand) mourned(ids ...job.ID) {
	h.t.Helper()
	deaths := make([]ports.DeathID, len(ids))
	for i, id := range ids {
		deaths[i] = h.death(id)
	}
	require.NoError(h.t, h.Store.FinishDeaths(h.ctx, h.number, deaths))
}

// death names a job's last death.
func (w *world) death(id job.ID) ports.DeathID {
	w.t.Helper()
	return ports.DeathID{Job: id, Seq: w.get(id).Seq}
}

func deathIDs(deaths []ports.Death) []job.ID {
	var out []job.ID
	for _, d := range deaths {
		out = append(out, d.Job.ID)
	}
	return out
}
