package portstest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/task-tower/tasktower/core/job"
)

// TestHistories plays random histories on a store and on a model of it, and
// after every step compares what a caller can see of both: answers, records,
// histories, counts and queues. It plays so many histories, each on a store of
// its own; a failing one is made as short as can be and printed with its seed,
// which the flag -rapid.seed plays again.
func TestHistories(t *testing.T, open Open, histories int) {
	played, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if played >= histories && !failed {
			return
		}
		played++
		ended := false
		defer func() { failed = failed || !ended }()
		tb := &passing{TB: t}
		defer tb.end()
		newMachine(t, rt, open(tb)).play()
		ended = true
	})
}

// passing is a test within a test: what it cleans up is gone when the history is
// over, so that a failing one can be played as often as it takes to shorten it.
type passing struct {
	testing.TB
	cleanups []func()
}

func (p *passing) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }

func (p *passing) end() {
	for _, f := range slices.Backward(p.cleanups) {
		f()
	}
}

// maxModelJobs keeps all jobs of a history on one page of a list.
const maxModelJobs = 120

// machine plays one history.
type machine struct {
	*world
	model    *model
	hands    []*hand
	attempts []*job.Record // claimed in the past, settled or not
	calls    [][]*job.Spec // enqueued in the past
	touched  map[job.ID]bool
}

func newMachine(t *testing.T, rt *rapid.T, s Subject) *machine {
	w := &world{Subject: s, t: rt, tb: t, ctx: t.Context()}
	m := &machine{world: w, model: newModel(), touched: map[job.ID]bool{}}
	for range 2 {
		m.join()
	}
	return m
}

func (m *machine) play() {
	rapidT(m.t).Repeat(map[string]func(*rapid.T){
		"":                   m.compare,
		"enqueue":            m.enqueue,
		"enqueue again":      m.enqueueAgain,
		"enqueue a conflict": m.enqueueConflict,
		"enqueue in tx":      m.enqueueInTx,
		"claim":              m.claimOnce,
		"claim more":         m.claimOnce,
		"settle":             m.settleSome,
		"settle more":        m.settleSome,
		"report too late":    m.zombies,
		"promote":            m.promoteSome,
		"cancel":             m.cancelOne,
		"requeue":            m.requeueOne,
		"delete":             m.deleteOne,
		"tag":                m.tagOne,
		"pause or resume":    m.pauseOrResume,
		"beat":               m.beat,
		"take deaths":        m.takeDeaths,
		"finish deaths":      m.finishDeaths,
		"replace a worker":   m.replaceWorker,
	})
}

func rapidT(t failer) *rapid.T { return t.(*rapid.T) }

// join registers one more worker.
func (m *machine) join() {
	h := m.hand()
	m.hands = append(m.hands, h)
	m.model.live[h.number] = true
}

// compare is what holds after every step.
func (m *machine) compare(rt *rapid.T) {
	page, err := m.Store.List(m.ctx, job.Filter{Limit: job.MaxListLimit})
	require.NoError(rt, err)
	require.Len(rt, page.Jobs, len(m.model.jobs), "each job is in one state, or deleted")
	require.True(rt, slices.IsSortedFunc(page.Jobs, func(a, b *job.Record) int { return b.ID.Compare(a.ID) }))
	counts, queues, keys := map[string]int{}, []string{}, map[string]job.ID{}
	for _, got := range page.Jobs {
		j := m.model.jobs[got.ID]
		require.NotNil(rt, j, "job %s should not be there", got.ID)
		m.tighten(rt, j, got)
		requireSame(rt, &j.rec, got)
		counts[got.Queue+" "+string(got.State)]++
		if got.UniqueKey != "" && !got.State.Final() {
			require.NotContains(rt, keys, got.UniqueKey, "one live job per unique key")
			keys[got.UniqueKey] = got.ID
		}
	}
	m.requireCounts(counts)

	for _, q := range m.queues() {
		queues = append(queues, q.Name)
		require.Equal(rt, m.model.paused[q.Name], q.Paused(), "queue %s", q.Name)
		require.True(rt, m.model.queues[q.Name], "queue %s has and had no jobs", q.Name)
	}
	require.Len(rt, queues, len(m.model.queues))
	for id := range m.touched {
		m.compareHistory(rt, id)
	}
	clear(m.touched)
}

// tighten takes over the times that the store read off its clock.
func (m *machine) tighten(rt *rapid.T, j *modelJob, got *job.Record) {
	if j.loose.due {
		require.WithinDuration(rt, m.Now().Add(j.loose.wait), got.RunAt, near)
		j.rec.RunAt = got.RunAt
	}
	if j.loose.ended {
		require.WithinDuration(rt, m.Now(), got.EndedAt, near)
		j.rec.EndedAt = got.EndedAt
	}
	j.loose = loose{}
}

// compareHistory also proves that a history is a walk through the transition
// table with one end per claim.
func (m *machine) compareHistory(rt *rapid.T, id job.ID) {
	j := m.model.jobs[id]
	entries, err := m.Store.History(m.ctx, id)
	if j == nil {
		require.ErrorIs(rt, err, job.ErrNotFound)
		return
	}
	require.NoError(rt, err)
	running := 0
	for i := range entries {
		require.WithinDuration(rt, m.Now(), entries[i].At, 2*long)
		entries[i].At = time.Time{}
		if i > 0 {
			from, to := entries[i-1].State, entries[i].State
			require.True(rt, slices.ContainsFunc(job.Moves(), func(mv job.Move) bool { return mv.From == from && mv.To == to }))
		}
		switch {
		case entries[i].State == job.Processing:
			running++
		case entries[i].Worker != "":
			running--
		}
		require.True(rt, running == 0 || running == 1 && entries[i].State == job.Processing)
	}
	require.Equal(rt, j.entries, entries)
	failures, err := m.Store.Failures(m.ctx, id)
	require.NoError(rt, err)
	require.Len(rt, failures, j.failures)
}
