package postgres

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
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

// While a rescuer looks, another may settle what it found, and a living worker
// claim it again. What a living worker holds is never among the lost.
func TestLost_NeverNamesALeaseOfALivingWorker(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	ids := system.IDs{}
	register := func() int64 {
		number, err := store.Register(t.Context(), ports.Worker{ID: ids.NewID().String(), Kinds: []string{"k"}, Slots: 1}, time.Minute)
		require.NoError(t, err)
		return number
	}
	claim := func(lease job.Lease) []*job.Record {
		held, err := store.Claim(t.Context(), ports.ClaimRequest{
			Lease: lease, Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"k"}, Limit: 1,
		})
		require.NoError(t, err)
		require.Len(t, held, 1)
		return held
	}
	dead, living := register(), register()
	_, err := store.Enqueue(t.Context(), []*job.Spec{{ID: ids.NewID(), Kind: "k", Queue: "q", MaxRetries: 1}})
	require.NoError(t, err)
	held := claim(job.NewLease(dead, 1))
	require.NoError(t, store.Deregister(t.Context(), dead))

	overtaken := false
	slow := lookingStore(t, store, func() {
		overtaken = true
		unharmed := &job.Settlement{
			ID: held[0].ID, Lease: held[0].Lease, Seq: held[0].Seq, StartedAt: held[0].ClaimedAt,
			To: job.Enqueued, Cause: job.CauseRescue, Attempt: 1, Crashes: 1,
		}
		_, err := store.Settle(t.Context(), []*job.Settlement{unharmed})
		require.NoError(t, err)
		claim(job.NewLease(living, 1))
	})
	lost, err := slow.Lost(t.Context(), 10)
	require.NoError(t, err)
	require.True(t, overtaken)
	for _, r := range lost {
		require.Equal(t, dead, r.Lease.Worker())
	}
}

// lookingStore opens the database of a store once more. Before this one reads the
// facts of jobs for the first time, meanwhile happens.
func lookingStore(t *testing.T, store *Store, meanwhile func()) *Store {
	t.Helper()
	config := store.pool.Config().Copy()
	config.ConnConfig.Tracer = &before{sql: store.sql.get("get"), do: sync.OnceFunc(meanwhile)}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	slow, err := New(pool, Config{PollOnly: true, CallTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(slow.Close)
	return slow
}

// before calls do before a statement is sent.
type before struct {
	sql string
	do  func()
}

// TraceQueryStart implements pgx.QueryTracer.
func (b *before) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if data.SQL == b.sql {
		b.do()
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (b *before) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
