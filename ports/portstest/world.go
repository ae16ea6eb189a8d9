package portstest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// long is longer than any test takes; soon is a time that a test lets pass.
const (
	long = time.Hour
	soon = 30 * time.Millisecond
)

// near is how far a time may be off from what a test can know of it.
const near = 10 * time.Second

// world is one test's store, and the words in which the tests speak of it.
type world struct {
	Subject
	t   failer
	tb  testing.TB // of the whole test, for what outlives a random history
	ctx context.Context
}

// failer is what a failing check needs: a test's, or a random history's.
type failer interface {
	require.TestingT
	Helper()
	Cleanup(func())
}

func newWorld(t testing.TB, s Subject) *world {
	return &world{Subject: s, t: t, tb: t, ctx: t.Context()}
}

// newID is a fresh id, greater than those before it.
func newID() job.ID { return job.ID(uuid.Must(uuid.NewV7())) }

// spec is a job of kind "k" in queue "default", due now, changed as told.
func spec(changes ...func(*job.Spec)) *job.Spec {
	s := &job.Spec{ID: newID(), Kind: "k", Queue: job.DefaultQueue, Payload: []byte(`{"n":1}`), MaxRetries: job.DefaultMaxRetries}
	for _, change := range changes {
		change(s)
	}
	return s
}

func inQueue(name string) func(*job.Spec)   { return func(s *job.Spec) { s.Queue = name } }
func ofKind(kind string) func(*job.Spec)    { return func(s *job.Spec) { s.Kind = kind } }
func priority(p int16) func(*job.Spec)      { return func(s *job.Spec) { s.Priority = p } }
func at(due time.Time) func(*job.Spec)      { return func(s *job.Spec) { s.RunAt = due } }
func after(d time.Duration) func(*job.Spec) { return func(s *job.Spec) { s.Delay = d } }
func unique(key string) func(*job.Spec)     { return func(s *job.Spec) { s.UniqueKey = key } }
func tagged(tags ...string) func(*job.Spec) { return func(s *job.Spec) { s.Tags = tags } }
func withID(id job.ID) func(*job.Spec)      { return func(s *job.Spec) { s.ID = id } }
func uniqueFor(key string, d time.Duration) func(*job.Spec) {
	return func(s *job.Spec) { s.UniqueKey, s.UniqueFor = key, d }
}

// ago is a due time in the past that both adapters keep exactly.
func (w *world) ago(d time.Duration) time.Time { return job.Micro(w.Now().Add(-d)) }

// enqueue stores specs, none of which may be held, and returns their ids.
func (w *world) enqueue(specs ...*job.Spec) []job.ID {
	w.t.Helper()
	out, err := w.Store.Enqueue(w.ctx, specs)
	require.NoError(w.t, err)
	require.Empty(w.t, out.Held)
	return specIDs(specs)
}

// one stores one job and returns its id.
func (w *world) one(changes ...func(*job.Spec)) job.ID {
	w.t.Helper()
	return w.enqueue(spec(changes...))[0]
}

// hand is a registered worker.
type hand struct {
	*world
	number int64
	id     string
	claims atomic.Int64
}

// hand registers a worker that lives longer than the test.
func (w *world) hand() *hand {
	w.t.Helper()
	return w.handFor(long)
}

func (w *world) handFor(life time.Duration) *hand {
	w.t.Helper()
	h := &hand{world: w, id: uuid.NewString()}
	number, err := w.Store.Register(w.ctx, ports.Worker{ID: h.id, Host: "host", PID: 7, Version: "v1", Slots: 10}, life)
	require.NoError(w.t, err)
	h.number = number
	return h
}

// lost is a worker whose life has ended after it did something. A life that was
// too short for it is followed by a longer one.
func (w *world) lost(did func(h *hand) error) *hand {
	w.t.Helper()
	for life := soon; ; life *= 2 {
		h := w.handFor(life)
		err := did(h)
		if err == nil {
			w.Advance(w.tb, 2*life)
			return h
		}
		require.ErrorIs(w.t, err, job.ErrLeaseLost)
		require.Less(w.t, life, near)
	}
}

// lease is one that was never used before.
func (h *hand) lease() job.Lease { return job.NewLease(h.number, h.claims.Add(1)) }

// anything is the plan that takes from every queue.
func anything() queue.Plan { return queue.Plan{Rest: queue.RestAlphaNumeric} }

// ask is a claim of up to limit jobs of kind "k" from any queue, changed as told.
func (h *hand) ask(limit int, changes ...func(*ports.ClaimRequest)) ports.ClaimRequest {
	req := ports.ClaimRequest{Lease: h.lease(), Plan: anything(), Kinds: []string{"k"}, Limit: limit}
	for _, change := range changes {
		change(&req)
	}
	return req
}

func by(p queue.Plan) func(*ports.ClaimRequest) {
	return func(r *ports.ClaimRequest) { r.Plan = p }
}

func serving(queues ...string) func(*ports.ClaimRequest) {
	return func(r *ports.ClaimRequest) { r.Queues = queues }
}

func handling(kinds ...string) func(*ports.ClaimRequest) {
	return func(r *ports.ClaimRequest) { r.Kinds = kinds }
}

// claim takes up to limit jobs.
func (h *hand) claim(limit int, changes ...func(*ports.ClaimRequest)) []*job.Record {
	h.t.Helper()
	req := h.ask(limit, changes...)
	require.NoError(h.t, req.Plan.Check())
	got, err := h.Store.Claim(h.ctx, req)
	require.NoError(h.t, err)
	require.LessOrEqual(h.t, len(got), limit)
	return got
}

// take claims one job, which must be there.
func (h *hand) take(changes ...func(*ports.ClaimRequest)) *job.Record {
	h.t.Helper()
	got := h.claim(1, changes...)
	require.Len(h.t, got, 1)
	return got[0]
}

func (w *world) get(id job.ID) *job.Record {
	w.t.Helper()
	r, err := w.Store.Get(w.ctx, id)
	require.NoError(w.t, err)
	return r
}

func (w *world) requireState(want job.State, id job.ID) {
	w.t.Helper()
	require.Equal(w.t, want, w.get(id).State)
}

func (w *world) requireGone(id job.ID) {
	w.t.Helper()
	_, err := w.Store.Get(w.ctx, id)
	require.ErrorIs(w.t, err, job.ErrNotFound)
}

// history is a job's transitions in short: "enqueued 0 enqueue".
func (w *world) history(id job.ID) []string {
	w.t.Helper()
	entries, err := w.Store.History(w.ctx, id)
	require.NoError(w.t, err)
	var lines []string
	for _, e := range entries {
		lines = append(lines, fmt.Sprintf("%s %d %s", e.State, e.Attempt, e.Reason))
	}
	return lines
}

func (w *world) promote(limit int) ports.Promotion {
	w.t.Helper()
	p, err := w.Store.Promote(w.ctx, limit)
	require.NoError(w.t, err)
	return p
}

func specIDs(specs []*job.Spec) []job.ID {
	out := make([]job.ID, len(specs))
	for i, s := range specs {
		out[i] = s.ID
	}
	return out
}

func recordIDs(records []*job.Record) []job.ID {
	out := make([]job.ID, len(records))
	for i, r := range records {
		out[i] = r.ID
	}
	return out
}
