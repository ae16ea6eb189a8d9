package portstest

import (
	"bytes"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

var (
	someQueues = []string{"a", "b", "c"}
	someKinds  = []string{"k", "l"}
)

func (m *machine) drawSpec(rt *rapid.T) *job.Spec {
	s := spec(
		inQueue(rapid.SampledFrom(someQueues).Draw(rt, "queue")),
		ofKind(rapid.SampledFrom(someKinds).Draw(rt, "kind")),
		priority(rapid.SampledFrom([]int16{0, 0, 1, -1}).Draw(rt, "priority")),
		unique(rapid.SampledFrom([]string{"", "", "u", "v"}).Draw(rt, "unique")),
	)
	switch rapid.IntRange(0, 3).Draw(rt, "due") {
	case 1:
		s.RunAt = m.ago(time.Duration(rapid.IntRange(1, 5).Draw(rt, "minutes ago")) * time.Minute)
	case 2:
		s.RunAt = m.ago(time.Duration(rapid.IntRange(20, 25).Draw(rt, "minutes ago")) * time.Minute)
	case 3:
		s.Delay = long
	}
	if s.UniqueKey != "" && rapid.IntRange(0, 4).Draw(rt, "for a time") == 0 {
		s.UniqueFor = long
	}
	return s
}

func (m *machine) drawSpecs(rt *rapid.T) []*job.Spec {
	if len(m.model.jobs) >= maxModelJobs {
		rt.Skip("enough jobs")
	}
	specs := make([]*job.Spec, rapid.IntRange(1, 5).Draw(rt, "jobs"))
	for i := range specs {
		specs[i] = m.drawSpec(rt)
	}
	if rapid.Bool().Draw(rt, "alike") {
		for _, s := range specs[1:] {
			s.Queue, s.Kind, s.Priority, s.RunAt, s.Delay = specs[0].Queue, specs[0].Kind, specs[0].Priority, specs[0].RunAt, specs[0].Delay
		}
	}
	return specs
}

func (m *machine) stored(rt *rapid.T, specs []*job.Spec, out ports.Enqueued) {
	held := m.model.enqueue(specs, out.At)
	require.Len(rt, out.Held, len(held))
	for place, holder := range held {
		require.Equal(rt, holder, out.Held[place])
	}
	m.calls = append(m.calls, specs)
	for _, s := range specs {
		m.touched[s.ID] = true
	}
}

func (m *machine) enqueue(rt *rapid.T) {
	specs := m.drawSpecs(rt)
	out, err := m.Store.Enqueue(m.ctx, specs)
	require.NoError(rt, err)
	m.stored(rt, specs, out)
}

func (m *machine) enqueueAgain(rt *rapid.T) {
	if len(m.calls) == 0 || len(m.model.jobs) >= maxModelJobs {
		rt.Skip("nothing to repeat")
	}
	specs := m.calls[len(m.calls)-1]
	out, err := m.Store.Enqueue(m.ctx, specs)
	require.NoError(rt, err)
	m.stored(rt, specs, out)
}

func (m *machine) enqueueConflict(rt *rapid.T) {
	specs := m.drawSpecs(rt)
	other := spec(withID(m.drawID(rt)), ofKind("a kind that no other job has"))
	if m.model.jobs[other.ID] == nil {
		rt.Skip("nobody has the id")
	}
	specs = slices.Insert(specs, rapid.IntRange(0, len(specs)).Draw(rt, "place"), other)
	_, err := m.Store.Enqueue(m.ctx, specs)
	require.ErrorIs(rt, err, job.ErrConflict)
}

func (m *machine) enqueueInTx(rt *rapid.T) {
	specs := m.drawSpecs(rt)
	tx := m.begin()
	out, err := tx.Enqueue(m.ctx, specs)
	require.NoError(rt, err)
	if rapid.Bool().Draw(rt, "roll back") {
		require.NoError(rt, tx.rollback())
		return
	}
	require.NoError(rt, tx.commit())
	m.stored(rt, specs, out)
}

func (m *machine) claimOnce(rt *rapid.T) {
	h := rapid.SampledFrom(m.hands).Draw(rt, "worker")
	req := ports.ClaimRequest{
		Lease: h.lease(), Plan: drawPlan(rt), Limit: rapid.IntRange(1, 6).Draw(rt, "limit"),
		Kinds: rapid.SampledFrom([][]string{{"k", "l"}, {"k", "l"}, {"k"}, {"l"}, {}}).Draw(rt, "kinds"),
	}
	req.NoSuspects = rapid.IntRange(0, 3).Draw(rt, "no suspects") == 0
	if rapid.IntRange(0, 3).Draw(rt, "serves") == 0 {
		req.Queues = rapid.SampledFrom([][]string{{"a"}, {"b", "c"}, {"c", "a", "none"}}).Draw(rt, "queues")
	}
	if rapid.IntRange(0, 9).Draw(rt, "recalled before it comes") == 0 {
		m.recalled(rt, req.Lease, nil)
		_, err := m.Store.Claim(m.ctx, req)
		require.ErrorIs(rt, err, job.ErrLeaseLost)
		return
	}
	m.claimed(rt, h, req)
	if rapid.IntRange(0, 4).Draw(rt, "recalled") == 0 {
		m.recalled(rt, req.Lease, m.attempts)
	}
	if n := len(m.attempts); n > 0 && rapid.IntRange(0, 4).Draw(rt, "an earlier one recalled") == 0 {
		lease := m.attempts[rapid.IntRange(0, n-1).Draw(rt, "attempt")].Lease
		if m.model.live[lease.Worker()] {
			m.recalled(rt, lease, m.attempts)
		}
	}
}

// recalled recalls a claim and expects those of the attempts that it still holds.
func (m *machine) recalled(rt *rapid.T, lease job.Lease, attempts []*job.Record) {
	got, err := m.Store.Recall(m.ctx, lease)
	require.NoError(rt, err)
	for _, r := range attempts {
		j := m.model.jobs[r.ID]
		if r.Lease != lease || j == nil || j.rec.State != job.Processing || j.rec.Lease != lease {
			continue
		}
		require.NotEmpty(rt, got)
		j.rec.ClaimedAt = got[0].ClaimedAt
		requireSame(rt, &j.rec, got[0])
		got = got[1:]
	}
	require.Empty(rt, got)
}

func (m *machine) claimed(rt *rapid.T, h *hand, req ports.ClaimRequest) {
	got, err := m.Store.Claim(m.ctx, req)
	require.NoError(rt, err)
	want := m.model.choose(req, m.Now())
	var ids []job.ID
	for _, j := range want {
		ids = append(ids, j.rec.ID)
	}
	require.Equal(rt, ids, slices.Clip(append([]job.ID(nil), recordIDs(got)...)), "plan %+v", req.Plan)
	for i, j := range want {
		require.Greater(rt, got[i].Seq, j.rec.Seq-1)
		m.model.hold(j, req.Lease, h.id, got[i])
		requireSame(rt, &j.rec, got[i])
		m.attempts = append(m.attempts, got[i])
		m.touched[j.rec.ID] = true
	}
}

func (m *machine) settleSome(rt *rapid.T) {
	if len(m.attempts) == 0 {
		rt.Skip("nothing was claimed")
	}
	var results []*job.Settlement
	for range rapid.IntRange(1, 4).Draw(rt, "results") {
		back := rapid.IntRange(0, min(len(m.attempts)-1, 12)).Draw(rt, "attempt, counted back")
		r := m.attempts[len(m.attempts)-1-back]
		results = append(results, drawResult(rt, r))
	}
	m.report(rt, results...)
}

// zombies takes running jobs from their workers, lets others claim them, and has
// the first ones report nevertheless.
func (m *machine) zombies(rt *rapid.T) {
	var late []*job.Record
	for _, r := range m.attempts[max(0, len(m.attempts)-8):] {
		if j := m.model.jobs[r.ID]; j != nil && j.rec.State == job.Processing && j.rec.Lease == r.Lease {
			late = append(late, r)
		}
	}
	if len(late) == 0 {
		rt.Skip("nothing runs")
	}
	for _, r := range late {
		m.report(rt, rescued(r))
	}
	h := rapid.SampledFrom(m.hands).Draw(rt, "worker")
	m.claimed(rt, h, h.ask(10, handling(someKinds...)))
	for _, r := range late {
		m.report(rt, drawResult(rt, r))
	}
}

func (m *machine) report(rt *rapid.T, results ...*job.Settlement) {
	out, err := m.Store.Settle(m.ctx, results)
	require.NoError(rt, err)
	var want ports.Settled
	for i, s := range results {
		switch m.model.settle(s) {
		case lost:
			want.Lost = append(want.Lost, i)
		case refused:
			want.Cancelled = append(want.Cancelled, i)
		}
		m.touched[s.ID] = true
	}
	require.Equal(rt, want, settled(out))
}

func drawResult(rt *rapid.T, r *job.Record) *job.Settlement {
	wait := rapid.SampledFrom([]time.Duration{0, 0, long}).Draw(rt, "wait")
	ends := map[string]func() *job.Settlement{
		"completed": func() *job.Settlement { return completed(r) },
		"retrying":  func() *job.Settlement { return retrying(r, wait) },
		"snoozed":   func() *job.Settlement { return snoozed(r, wait) },
		"released":  func() *job.Settlement { return released(r) },
		"rescued":   func() *job.Settlement { return rescued(r) },
		"cancelled": func() *job.Settlement { return cancelled(r) },
		"dead":      func() *job.Settlement { return dead(r) },
		"missed":    func() *job.Settlement { return missed(r) },
	}
	names := []string{"completed", "retrying", "snoozed", "released", "rescued", "cancelled", "dead", "missed"}
	s := ends[rapid.SampledFrom(names).Draw(rt, "result")]()
	s.Note = rapid.SampledFrom([]string{"", "", "because"}).Draw(rt, "note")
	return s
}

func (m *machine) promoteSome(rt *rapid.T) {
	limit := rapid.IntRange(1, 5).Draw(rt, "limit")
	p := m.promote(limit)
	now := m.Now()
	moved, next := m.model.promote(limit, now)
	require.Equal(rt, len(moved), p.Moved)
	switch {
	case next.IsZero():
		require.Negative(rt, p.Next)
	case !next.After(now):
		require.Zero(rt, p.Next)
	default:
		require.InDelta(rt, next.Sub(now), p.Next, float64(near))
	}
	for _, id := range moved {
		m.touched[id] = true
	}
}

// drawID is the id of a job that is or was there, or of none.
func (m *machine) drawID(rt *rapid.T) job.ID {
	ids := []job.ID{newID()}
	for _, call := range m.calls {
		ids = append(ids, specIDs(call)...)
	}
	slices.SortFunc(ids, func(a, b job.ID) int { return bytes.Compare(a[:], b[:]) })
	id := rapid.SampledFrom(ids).Draw(rt, "job")
	m.touched[id] = true
	return id
}
