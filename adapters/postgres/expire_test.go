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

func TestExpire_LetsClaimsPassBetweenBatches(t *testing.T) {
	t.Parallel()
	store := openInside(t)
	_, err := store.pool.Exec(t.Context(), `INSERT INTO tasktower.job (kind, deadline) SELECT 'k', now() - interval '1 second' FROM generate_series(1, 400)`)
	require.NoError(t, err)
	config := store.pool.Config().Copy()
	locks := &counting{sql: store.sql.get("lock_bucket")}
	config.ConnConfig.Tracer = locks
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	traced, err := New(pool, Config{PollOnly: true})
	require.NoError(t, err)
	t.Cleanup(traced.Close)
	moved, err := traced.Expire(t.Context(), 1000)
	require.NoError(t, err)
	require.Equal(t, 400, moved)
	require.GreaterOrEqual(t, locks.n.Load(), int64(3))
}
