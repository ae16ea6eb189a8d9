package portstest

import (
	"slices"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

func drawNote(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"", "so be it"}).Draw(rt, "note")
}

// requireKind compares errors by their sentinels.
func requireKind(rt *rapid.T, want, got error) {
	if want == nil {
		require.NoError(rt, got)
		return
	}
	require.ErrorIs(rt, got, want)
}

func (m *machine) cancelOne(rt *rapid.T) {
	id, note := m.drawID(rt), drawNote(rt)
	got, err := m.Store.Cancel(m.ctx, id, note)
	want, wantErr := m.model.cancel(id, note)
	requireKind(rt, wantErr, err)
	if wantErr == nil {
		require.Equal(rt, want, got)
	}
}

func (m *machine) requeueOne(rt *rapid.T) {
	id, note := m.drawID(rt), drawNote(rt)
	err := m.Store.Requeue(m.ctx, id, note)
	requireKind(rt, m.model.requeue(id, note), err)
}

func (m *machine) deleteOne(rt *rapid.T) {
	id := m.drawID(rt)
	err := m.Store.Delete(m.ctx, id)
	requireKind(rt, m.model.delete(id), err)
}

func (m *machine) tagOne(rt *rapid.T) {
	id := m.drawID(rt)
	tags := rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y", "z"}), 1, 3).Draw(rt, "tags")
	err := m.Store.Tag(m.ctx, id, tags)
	requireKind(rt, m.model.tag(id, tags), err)
}

func (m *machine) pauseOrResume(rt *rapid.T) {
	name := rapid.SampledFrom(someQueues).Draw(rt, "queue")
	if m.model.paused[name] {
		require.NoError(rt, m.Store.ResumeQueue(m.ctx, name))
		delete(m.model.paused, name)
		return
	}
	m.pause(name)
	m.model.paused[name], m.model.queues[name] = true, true
}

func (m *machine) beat(rt *rapid.T) {
	for _, h := range m.hands {
		require.ElementsMatch(rt, m.model.orders(h.number), h.orders())
	}
}

func (m *machine) takeDeaths(rt *rapid.T) {
	h := rapid.SampledFrom(m.hands).Draw(rt, "worker")
	kinds := rapid.SampledFrom([][]string{{"k", "l"}, {"l"}}).Draw(rt, "kinds")
	limit := rapid.IntRange(1, 3).Draw(rt, "limit")
	inHand := m.model.owedBy(h.number, rapid.Bool().Draw(rt, "all in hand"))
	got, err := m.Store.TakeDeaths(m.ctx, h.number, kinds, inHand, limit)
	require.NoError(rt, err)
	orphans := m.model.orphans(h.number, kinds, inHand)
	require.Len(rt, got, min(limit, len(orphans)))
	for _, d := range got {
		require.True(rt, orphans[d.Job.ID], "job %s is nobody's to take", d.Job.ID)
		delete(orphans, d.Job.ID)
		j := m.model.jobs[d.Job.ID]
		j.owed = h.number
		requireSame(rt, &j.rec, d.Job)
		require.Equal(rt, j.failures > 0, d.Failure != nil)
	}
}

func (m *machine) finishDeaths(rt *rapid.T) {
	h := rapid.SampledFrom(m.hands).Draw(rt, "worker")
	d := ports.DeathID{Job: m.drawID(rt)}
	j, before := m.model.jobs[d.Job], rapid.Bool().Draw(rt, "one before")
	if j != nil {
		d = m.death(d.Job)
	}
	if before {
		d.Seq--
	}
	require.NoError(rt, m.Store.FinishDeaths(m.ctx, h.number, []ports.DeathID{d}))
	if j != nil && j.owed == h.number && !before {
		j.owed = 0
	}
}

func (m *machine) replaceWorker(rt *rapid.T) {
	at := rapid.IntRange(0, len(m.hands)-1).Draw(rt, "worker")
	gone := m.hands[at]
	require.NoError(rt, m.Store.Deregister(m.ctx, gone.number))
	delete(m.model.live, gone.number)
	_, err := m.Store.Claim(m.ctx, ports.ClaimRequest{Lease: gone.lease(), Plan: anything(), Kinds: someKinds, Limit: 1})
	require.ErrorIs(rt, err, job.ErrLeaseLost)
	m.hands = slices.Delete(m.hands, at, at+1)
	m.join()
}

// drawPlan is any plan that passes its check.
func drawPlan(rt *rapid.T) queue.Plan {
	names := rapid.Permutation(append([]string{"none"}, someQueues...)).Draw(rt, "queues")
	orders := rapid.SampledFrom([]queue.Order{queue.ByPriority, queue.ByAge})
	p := queue.Plan{Rest: rapid.SampledFrom([]queue.Rest{queue.RestNone, queue.RestAlphaNumeric, queue.RestByAge}).Draw(rt, "rest")}
	if rapid.IntRange(0, 3).Draw(rt, "ageing") == 0 {
		p.Steps = append(p.Steps, queue.Step{
			Queues: slices.Clone(names[:2]), Quota: rapid.IntRange(1, 2).Draw(rt, "aged"),
			Order: orders.Draw(rt, "order"), MinWaitMicros: (10 * 60) * 1_000_000,
		})
	}
	for rest := names; len(rest) > 0 && rapid.Bool().Draw(rt, "step"); {
		n := rapid.IntRange(1, len(rest)).Draw(rt, "queues in step")
		p.Steps = append(p.Steps, queue.Step{Queues: slices.Clone(rest[:n]), Quota: rapid.IntRange(0, 4).Draw(rt, "quota"), Order: orders.Draw(rt, "order")})
		rest = rest[n:]
	}
	if rapid.IntRange(0, 2).Draw(rt, "spills") == 0 {
		p.Spill = rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 3, rapid.ID).Draw(rt, "spill")
	}
	if rapid.IntRange(0, 2).Draw(rt, "limits") == 0 {
		p.Limits = map[string]int{"a": rapid.IntRange(0, 3).Draw(rt, "limit of a"), "none": 1}
	}
	if rapid.IntRange(0, 2).Draw(rt, "caps") == 0 {
		p.Caps = map[string]int{"b": rapid.IntRange(0, 3).Draw(rt, "cap of b")}
	}
	require.NoError(rt, p.Check())
	return p
}
