package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A turn may take longer than it lasts, since claims go first. Nobody joins it in the queue,
// and nobody frees again what it has freed.
func TestTidy_WaitsForTheBucketAlone(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	traced, locks := store.traced(t, "lock_bucket")
	exec := func(sql string) {
		t.Helper()
		_, err := store.pool.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	turn := func() error {
		exec("SELECT setval('tasktower.tidied', 0)")
		return traced.Tidy(context.WithoutCancel(t.Context()))
	}
	exec("INSERT INTO tasktower.job (kind, run_at) SELECT 'k', now() - n * interval '1 second' FROM generate_series(1, 2000) n")
	require.NoError(t, turn()) // to another slot
	exec("DELETE FROM tasktower.ready")

	holder, err := store.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = holder.Rollback(context.Background()) }()
	require.NoError(t, store.lockBucket(t.Context(), holder))
	freed := make(chan error, 1)
	go func() { freed <- turn() }()
	require.Eventually(t, func() bool { return locks.n.Load() == 1 }, time.Minute, time.Millisecond)
	for range 3 {
		require.NoError(t, turn())
	}
	require.EqualValues(t, 1, locks.n.Load())

	require.NoError(t, holder.Rollback(t.Context()))
	require.NoError(t, <-freed)
	var bytes int
	require.NoError(t, store.pool.QueryRow(t.Context(), "SELECT pg_relation_size('tasktower.ready_0')").Scan(&bytes))
	require.Zero(t, bytes)
	require.NoError(t, turn())
	require.EqualValues(t, 1, locks.n.Load())
}
