package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// A claim whose client is gone must not wait on: it would take jobs for nobody.
func TestClaim_TheServerItselfBoundsTheWaitForTheBucket(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	holder, err := store.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = holder.Rollback(t.Context()) }()
	require.NoError(t, store.lockBucket(t.Context(), holder))

	refused := make(chan error, 1)
	claim, err := store.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = claim.Rollback(t.Context()) }()
	go func() {
		_, err := claim.Exec(t.Context(), store.sql.get("claim_begin"), "100ms", store.class, bucket, bucketPatience)
		refused <- err
	}()
	select {
	case err := <-refused:
		require.Equal(t, "55P03", sqlState(err))
		require.True(t, isUnavailable(err))
	case <-time.After(10 * time.Second):
		require.NoError(t, holder.Rollback(t.Context()))
		<-refused
		t.Fatal("it waits without end")
	}
}

// Jobs that a worker has no handler for, and queues that are empty, must cost its
// claims nothing, however many there are: claims of all workers take turns.
func TestClaim_ReadsOnlyWhatItServes(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	_, err := store.pool.Exec(t.Context(), fill(`
		INSERT INTO {schema}.worker (id, host, pid, version, kinds, slots, started_at, beat_at, live_until)
		VALUES ('w', 'h', 1, 'v', '{}', 1, now(), now(), now() + interval '1 hour');
		INSERT INTO {schema}.job (kind, queue, run_at) SELECT 'foreign', 'shared', now() - n * interval '1 ms' FROM generate_series(1, 30000) n;
		INSERT INTO {schema}.queue (id, name) SELECT {schema}.name_hash(n::text), n::text FROM generate_series(1, 3000) n;
		INSERT INTO {schema}.job (kind, queue) VALUES ('own', 'shared')`, DefaultSchema), pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)

	queues := []string{"shared"}
	for n := range 3000 {
		queues = append(queues, strconv.Itoa(n))
	}
	for name, args := range map[string][]any{
		"claim":        {bucket, int64(1)<<36 + 1, 10, nameIDs([]string{"own"}), nameIDs(queues), slices.Repeat([]int32{10}, 3001), make([]int32, 3001), int16(0), nil, nil, nil, nil},
		"claim_merged": {bucket, int64(1)<<36 + 1, 10, nameIDs([]string{"own"}), nameIDs(queues), slices.Repeat([]int32{10}, 3001), 10, int16(0), true, 0, nil, nil, nil, nil},
	} {
		require.Less(t, store.buffers(t, name, args), 400.0, name)
	}
}

// buffers is how many pages a statement touches. Nothing it does stays.
func (s *Store) buffers(t *testing.T, name string, args []any) float64 {
	t.Helper()
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), s.sql.get("claim_begin"), "5000ms", s.class, bucket, bucketPatience)
	require.NoError(t, err)
	var text string
	require.NoError(t, tx.QueryRow(t.Context(), "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+s.sql.get(name), args...).Scan(&text))
	var plans []struct{ Plan map[string]any }
	require.NoError(t, json.Unmarshal([]byte(text), &plans))
	return plans[0].Plan["Shared Hit Blocks"].(float64) + plans[0].Plan["Shared Read Blocks"].(float64)
}

// What a durable claim took is on the disk when it returns.
func TestClaim_WaitsForTheDiskIfAsked(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	var ids system.IDs
	for _, durable := range []bool{false, true} {
		traced, flushes := store.traced(t, "claim_flush")
		traced.config.DurableClaims = durable
		number, err := traced.Register(t.Context(), ports.Worker{ID: ids.NewID().String(), Kinds: []string{"k"}}, time.Minute)
		require.NoError(t, err)
		_, err = store.pool.Exec(t.Context(), "INSERT INTO tasktower.job (kind) VALUES ('k')")
		require.NoError(t, err)
		var before string
		require.NoError(t, store.pool.QueryRow(t.Context(), "SELECT pg_current_wal_insert_lsn()::text").Scan(&before))
		jobs, err := traced.Claim(t.Context(), ports.ClaimRequest{
			Lease: job.NewLease(number, 1), Plan: queue.Plan{Rest: queue.RestByAge}, Kinds: []string{"k"}, Limit: 1,
		})
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		if !durable {
			require.Zero(t, flushes.n.Load())
			continue
		}
		require.EqualValues(t, 1, flushes.n.Load())
		var flushed bool
		require.NoError(t, store.pool.QueryRow(t.Context(), "SELECT pg_current_wal_flush_lsn() > $1::text::pg_lsn", before).Scan(&flushed))
		require.True(t, flushed)
	}
}
