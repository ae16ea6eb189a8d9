package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

func TestInTx_WithDatabaseSQL(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	db := stdlib.OpenDBFromPool(w.pool)
	t.Cleanup(func() { _ = db.Close() })
	k := w.worker(t)
	_, err := w.Enqueue(t.Context(), specs(1))
	require.NoError(t, err)
	claimed := k.claim(t, 1, everything)

	for _, keep := range []bool{false, true} {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		in, err := w.InTx(tx)
		require.NoError(t, err)
		few := specs(2, func(s *job.Spec) { s.UniqueKey, s.Tags = "key", []string{"a", "b"} })
		many := specs(100)
		out, err := in.Enqueue(t.Context(), few)
		require.NoError(t, err)
		require.Equal(t, map[int]job.ID{1: few[0].ID}, out.Held)
		_, err = in.Enqueue(t.Context(), many)
		require.NoError(t, err)
		settled, err := in.Settle(t.Context(), dones(claimed))
		require.NoError(t, err)
		require.Equal(t, ports.Settled{}, settled)

		if keep {
			require.NoError(t, tx.Commit())
		} else {
			require.NoError(t, tx.Rollback())
		}
		rec, err := w.Get(t.Context(), few[0].ID)
		if !keep {
			require.ErrorIs(t, err, job.ErrNotFound)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b"}, rec.Tags)
		_, err = w.Get(t.Context(), many[99].ID)
		require.NoError(t, err)
		rec, err = w.Get(t.Context(), claimed[0].ID)
		require.NoError(t, err)
		require.Equal(t, job.Completed, rec.State)
	}
}

// What spares the trigger in a caller's transaction spares it once: whatever else the
// transaction inserts is due as well, and nothing is due twice.
func TestInTx_LeavesTheTriggerToOthers(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	_, err := w.Enqueue(t.Context(), specs(1)) // so that the names are known
	require.NoError(t, err)
	const plain = "INSERT INTO tasktower.job (kind, queue) VALUES ('k', 'q')"
	require.NoError(t, pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
		in, err := w.InTx(tx)
		require.NoError(t, err)
		for _, specs := range [][]*job.Spec{specs(1), specs(3), specs(1, func(s *job.Spec) { s.Queue = "new" }),
			specs(1, func(s *job.Spec) { s.Kind = "new" })} {
			_, err = in.Enqueue(t.Context(), specs)
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), plain)
			require.NoError(t, err)
		}
		return nil
	}))
	seen := map[job.ID]bool{}
	for _, r := range w.worker(t).claim(t, 100, everything) {
		require.False(t, seen[r.ID], "claimed twice")
		seen[r.ID] = true
	}
	require.Len(t, seen, 1+1+3+1+4, "all but that of a kind nobody serves")
}

func TestInTx_RefusesWhatIsNoTransaction(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	for _, tx := range []any{nil, 7, w.pool} {
		_, err := w.InTx(tx)
		require.ErrorIs(t, err, job.ErrInvalid)
	}
}

func TestInTx_LeavesTheTransactionUsableWhenItRefuses(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	known := spec()
	_, err := w.Enqueue(t.Context(), []*job.Spec{known})
	require.NoError(t, err)
	tx, err := w.pool.Begin(t.Context())
	require.NoError(t, err)
	in, err := w.InTx(tx)
	require.NoError(t, err)

	_, err = in.Enqueue(t.Context(), []*job.Spec{spec(func(s *job.Spec) { s.Payload = []byte("{") })})
	require.ErrorIs(t, err, job.ErrInvalid)
	_, err = in.Enqueue(t.Context(), []*job.Spec{spec(), spec(func(s *job.Spec) { s.ID, s.Queue = known.ID, "elsewhere" })})
	require.ErrorIs(t, err, job.ErrConflict)
	good := spec()
	_, err = in.Enqueue(t.Context(), []*job.Spec{known, good})
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	counts, err := w.Counts(t.Context(), 10)
	require.NoError(t, err)
	require.Equal(t, []ports.Count{{Queue: job.DefaultQueue, State: job.Enqueued, Jobs: 2}}, counts)

	_, err = in.Enqueue(t.Context(), specs(1))
	require.ErrorIs(t, err, pgx.ErrTxClosed)
}

func TestEnqueue_StoresTheSameByCopyAndByInsert(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	full := func(s *job.Spec) {
		s.Queue, s.DisplayName, s.Priority = "ü", "Näme \"x\"", -5
		s.Payload = []byte("{\"b\":1, \"a\":\"\\u00e9\\\\\",\"b\":2}")
		s.Params, s.Tags = job.Params{"p": []byte("[1, 2]"), "é": []byte("null")}, []string{"a b", "ß"}
		s.MaxRetries, s.Retry, s.Timeout, s.DeadlineIn = 0, "fixed:1s", 1500*time.Millisecond, time.Hour
		s.UniqueFor = time.Minute
	}
	late := func(s *job.Spec) { s.Delay = 90 * time.Second }
	dated := func(s *job.Spec) { s.RunAt = time.Date(2030, 1, 2, 3, 4, 5, 678_901_234, time.UTC) }
	for _, change := range []func(*job.Spec){func(*job.Spec) {}, full, late, dated} {
		one, many := spec(change), specs(64, change)
		for _, specs := range [][]*job.Spec{{one}, many} {
			out, err := w.Enqueue(t.Context(), specs)
			require.NoError(t, err)
			got, err := w.Get(t.Context(), specs[0].ID)
			require.NoError(t, err)
			require.Equal(t, job.NewRecord(specs[0], out.At), got)

			again, err := w.Enqueue(t.Context(), specs)
			require.NoError(t, err, "a repeated call finds its jobs")
			require.Equal(t, out, again)
		}
	}
}
