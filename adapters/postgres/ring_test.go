package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
)

// slots reads the present slot and the sizes of all.
func (w world) slots(t *testing.T) (present int, bytes [4]int64) {
	t.Helper()
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT last_value, pg_relation_size('tasktower.ready_0'), pg_relation_size('tasktower.ready_1'),
		pg_relation_size('tasktower.ready_2'), pg_relation_size('tasktower.ready_3') FROM tasktower.ring`).
		Scan(&present, &bytes[0], &bytes[1], &bytes[2], &bytes[3]))
	return present, bytes
}

// tidy takes the next turn, whenever the last one was.
func (w world) tidy(t *testing.T) {
	t.Helper()
	_, err := w.pool.Exec(context.Background(), "SELECT setval('tasktower.tidied', 0)")
	require.NoError(t, err)
	require.NoError(t, w.Tidy(context.Background()))
}

func (w world) drain(t *testing.T, k *worker) (jobs int) {
	t.Helper()
	for {
		got := k.claim(t, 1000, everything)
		if len(got) == 0 {
			return jobs
		}
		jobs += len(got)
	}
}

// A held snapshot and an inserter that read the slot before the ring turned keep
// nothing from being freed but the inserter's own slot, and no job is lost.
func TestTidy_FreesDrainedSlotsUnderAHeldSnapshot(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	k := w.worker(t)

	held, err := w.pool.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(t, err)
	t.Cleanup(func() { _ = held.Rollback(context.Background()) })
	_, err = held.Exec(t.Context(), "SELECT count(*) FROM tasktower.job")
	require.NoError(t, err)

	open, err := w.pool.Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = open.Rollback(context.Background()) })
	in, err := w.InTx(open)
	require.NoError(t, err)
	_, err = in.Enqueue(t.Context(), specs(1))
	require.NoError(t, err)

	const many = 2000 // more than a slot takes before the ring turns
	put := func() {
		t.Helper()
		_, err := w.Enqueue(t.Context(), apart(many))
		require.NoError(t, err)
	}
	put()
	w.tidy(t)
	present, _ := w.slots(t)
	require.Equal(t, 1, present)
	require.Equal(t, many, w.drain(t, k))
	w.tidy(t)
	_, bytes := w.slots(t)
	require.NotZero(t, bytes[0], "the open inserter keeps its slot")

	for range 5 {
		put()
		require.Equal(t, many, w.drain(t, k))
		w.tidy(t)
	}
	require.NoError(t, open.Commit(t.Context()))
	require.Eventually(t, func() bool { w.tidy(t); return w.drain(t, k) == 1 }, time.Minute, time.Millisecond,
		"what was written to a slot that is not the present one is found")
	put()
	w.tidy(t)
	w.tidy(t)
	present, bytes = w.slots(t)
	for slot, size := range bytes {
		if slot != present && size > 0 {
			require.Positive(t, w.drain(t, k))
		}
	}
	w.tidy(t)
	present, bytes = w.slots(t)
	for slot, size := range bytes {
		require.True(t, slot == present || size == 0, "slot %d of %v", slot, bytes)
	}
	require.NoError(t, held.Rollback(t.Context()))
}

// Many workers look after the slots. Together they do it about as often as one would.
func TestTidy_HasOneTurnWhoeverAsks(t *testing.T) {
	t.Parallel()
	const looks = "a.application_name = 'pg_dump'" // whether a slot is drained
	seen := count(looks)
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.Tracer = seen })
	_, err := w.Enqueue(t.Context(), apart(2000))
	require.NoError(t, err)
	w.tidy(t) // turns the ring, so that there is one slot to look at
	begun := time.Now()
	for range 100 {
		require.NoError(t, w.Tidy(t.Context()))
	}
	require.LessOrEqual(t, seen.seen[looks].Load(), int64(time.Since(begun)/(250*time.Millisecond))+1)
	w.tidy(t)
	require.Positive(t, seen.seen[looks].Load())
}

// Workers without work write nothing.
func TestTidy_TakesNoTurnWhileThereIsNothingToDo(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	_, err := w.Enqueue(t.Context(), apart(10))
	require.NoError(t, err)
	last := func() (at int) { return w.count(t, "SELECT last_value FROM tasktower.tidied") }
	w.tidy(t)
	require.Zero(t, last())
	_, err = w.Enqueue(t.Context(), apart(2000))
	require.NoError(t, err)
	w.tidy(t)
	require.Positive(t, last())
}
