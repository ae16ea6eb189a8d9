package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
)

func TestLost_FindsWhatGoneWorkersHold(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	dying, living := w.worker(t), w.worker(t)
	_, err := w.Enqueue(t.Context(), specs(6))
	require.NoError(t, err)
	held := append(dying.claim(t, 2, everything), dying.claim(t, 2, everything)...)
	living.claim(t, 2, everything)
	_, err = w.Settle(t.Context(), dones(held[:1]))
	require.NoError(t, err)
	lost, err := w.Lost(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, lost)

	require.NoError(t, w.Deregister(t.Context(), dying.number))
	lost, err = w.Lost(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, held[1:], lost)
	lost, err = w.Lost(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, held[1:2], lost)
}

// Every worker asks at every turn of its rescue. They do not queue with the claims for the answer.
func TestRescue_WaitsForNobodyWhileNothingIsLostAndNoDeadlineHasPassed(t *testing.T) {
	t.Parallel()
	const locks = "pg_advisory_xact_lock"
	seen := count(locks)
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.Tracer = seen })
	dying := w.worker(t)
	_, err := w.Enqueue(t.Context(), []*job.Spec{spec(func(s *job.Spec) { s.DeadlineIn = time.Hour }), spec()})
	require.NoError(t, err)
	held := dying.claim(t, 1, everything)
	turn := func() (locked int64, lost []*job.Record, moved int) {
		before := seen.seen[locks].Load()
		moved, err := w.Expire(t.Context(), 10)
		require.NoError(t, err)
		lost, err = w.Lost(t.Context(), 10)
		require.NoError(t, err)
		return seen.seen[locks].Load() - before, lost, moved
	}
	locked, lost, moved := turn()
	require.Zero(t, locked)
	require.Empty(t, lost)
	require.Zero(t, moved)

	_, err = w.pool.Exec(t.Context(), "UPDATE tasktower.worker SET live_until = clock_timestamp()")
	require.NoError(t, err)
	_, err = w.Enqueue(t.Context(), []*job.Spec{spec(func(s *job.Spec) { s.Deadline = time.Now().Add(-time.Minute) })})
	require.NoError(t, err)
	locked, lost, moved = turn()
	require.EqualValues(t, 2, locked, "one for the worker, one for the deadline")
	require.Equal(t, held, lost)
	require.Equal(t, 1, moved)
}

func TestExpire_EndsWhatWaitsPastItsDeadline(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	k := w.worker(t)
	past := func(s *job.Spec) { s.Deadline = time.Now().Add(-time.Minute) }
	busy := spec(past)
	_, err := w.Enqueue(t.Context(), []*job.Spec{busy})
	require.NoError(t, err)
	k.claim(t, 1, everything)
	ready, later, keyed := spec(past), spec(past, func(s *job.Spec) { s.Delay = time.Hour }), spec(past, func(s *job.Spec) { s.UniqueKey = "key" })
	fine := spec(func(s *job.Spec) { s.DeadlineIn = time.Hour })
	_, err = w.Enqueue(t.Context(), []*job.Spec{ready, later, keyed, fine})
	require.NoError(t, err)

	moved, err := w.Expire(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, 2, moved)
	moved, err = w.Expire(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, 1, moved)
	moved, err = w.Expire(t.Context(), 2)
	require.NoError(t, err)
	require.Zero(t, moved)
	for _, s := range []*job.Spec{ready, later, keyed} {
		rec, err := w.Get(t.Context(), s.ID)
		require.NoError(t, err)
		require.Equal(t, job.DeadDeadline, rec.DeadReason)
		require.NotZero(t, rec.EndedAt)
	}
	for id, state := range map[job.ID]job.State{busy.ID: job.Processing, fine.ID: job.Enqueued} {
		rec, err := w.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, state, rec.State)
	}
	deaths, err := w.TakeDeaths(t.Context(), k.number, []string{"k"}, nil, 10)
	require.NoError(t, err)
	require.Len(t, deaths, 3)
	out, err := w.Enqueue(t.Context(), []*job.Spec{spec(func(s *job.Spec) { s.UniqueKey = "key" })})
	require.NoError(t, err)
	require.Empty(t, out.Held, "its key is free")
}

// A job that ran when its deadline passed may be given back.
func TestExpire_LooksAgainAtJobsThatRunPastTheirDeadline(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	_, err := w.Enqueue(t.Context(), specs(1, func(s *job.Spec) { s.Deadline = time.Now().Add(-time.Minute) }))
	require.NoError(t, err)
	r := w.worker(t).claim(t, 1, everything)[0]
	for range 2 {
		moved, err := w.Expire(t.Context(), 10)
		require.NoError(t, err)
		require.Zero(t, moved)
	}
	released := done(r)
	released.To, released.Cause, released.Attempt = job.Enqueued, job.CauseRelease, 0
	_, err = w.Settle(t.Context(), []*job.Settlement{released})
	require.NoError(t, err)
	_, err = w.pool.Exec(t.Context(), "UPDATE tasktower.deadline SET at = now()") // soon has come
	require.NoError(t, err)
	moved, err := w.Expire(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, moved)
}
