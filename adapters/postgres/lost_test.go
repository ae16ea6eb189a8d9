package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// A claim that has found its worker alive holds the lock of the bucket until it
// commits. Whoever gives the worker up waits for that, so no job is taken under
// the name of a worker whose jobs are being rescued.
func TestLost_WaitsForTheClaimsOfWorkersThatItGivesUp(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	ids := system.IDs{}
	number, err := store.Register(t.Context(), ports.Worker{ID: ids.NewID().String(), Kinds: []string{"k"}, Slots: 1}, time.Minute)
	require.NoError(t, err)
	_, err = store.Enqueue(t.Context(), []*job.Spec{{ID: ids.NewID(), Kind: "k", Queue: "q", MaxRetries: 1}})
	require.NoError(t, err)
	held, err := store.Claim(t.Context(), ports.ClaimRequest{
		Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"k"}, Limit: 1,
	})
	require.NoError(t, err)
	require.Len(t, held, 1)

	claim, err := store.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = claim.Rollback(context.Background()) }()
	require.NoError(t, store.lockBucket(t.Context(), claim))
	_, err = store.pool.Exec(t.Context(), "UPDATE tasktower.worker SET live_until = clock_timestamp()")
	require.NoError(t, err)
	lost := make(chan []*job.Record, 1)
	go func() {
		jobs, err := store.Lost(t.Context(), 10)
		if err != nil {
			t.Error(err)
		}
		lost <- jobs
	}()
	for waits := false; !waits; {
		require.Empty(t, lost, "it did not wait")
		require.NoError(t, claim.QueryRow(t.Context(), `SELECT EXISTS (
			SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
			WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database())`).Scan(&waits))
	}
	require.NoError(t, claim.Commit(t.Context()))
	require.Equal(t, held, <-lost)
}
