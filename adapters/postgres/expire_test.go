package postgres

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func TestNextExpire_GivesUpTheBucketSoonerIfItTookLong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		batch int
		took  time.Duration
		want  int
	}{
		"as long as it may":    {100, expireHold, 100},
		"too long":             {100, expireHold + 1, 50},
		"too long for the few": {minExpire, time.Second, minExpire},
		"in no time":           {100, 0, 200},
		"in no time for many":  {maxExpire, 0, maxExpire},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, nextExpire(c.batch, c.took))
		})
	}
}

// counting counts how often a statement is sent.
type counting struct {
	sql string
	n   atomic.Int64
}

// TraceQueryStart implements pgx.QueryTracer.
func (c *counting) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if data.SQL == c.sql {
		c.n.Add(1)
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (c *counting) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart implements pgx.BatchTracer.
func (c *counting) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		if q.SQL == c.sql {
			c.n.Add(1)
		}
	}
	return ctx
}

// TraceBatchQuery implements pgx.BatchTracer.
func (c *counting) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (c *counting) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// traced opens the store once more and counts how often a statement is sent.
func (s *Store) traced(t *testing.T, statement string) (*Store, *counting) {
	t.Helper()
	config := s.pool.Config().Copy()
	sent := &counting{sql: s.sql.get(statement)}
	config.ConnConfig.Tracer = sent
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	traced, err := New(pool, Config{PollOnly: true, CallTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(traced.Close)
	return traced, sent
}

func TestExpire_LetsClaimsPassBetweenBatches(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	_, err := store.pool.Exec(t.Context(), `INSERT INTO tasktower.job (kind, deadline) SELECT 'k', now() - interval '1 second' FROM generate_series(1, 400)`)
	require.NoError(t, err)
	traced, locks := store.traced(t, "lock_bucket")
	moved, err := traced.Expire(t.Context(), 1000)
	require.NoError(t, err)
	require.Equal(t, 400, moved)
	require.GreaterOrEqual(t, locks.n.Load(), int64(3))
}
