package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
)

// between is called once, before the first statement that holds a text.
type between struct {
	once sync.Once
	text string
	call func()
}

func (b *between) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	if strings.Contains(d.SQL, b.text) {
		b.once.Do(b.call)
	}
	return ctx
}

func (*between) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// Between the moment that a reader sees and its look at ready, the jobs are claimed and
// their slot is freed: the reader still finds them in the state of its moment.
func TestTidy_TakesNothingFromReaders(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(t *testing.T, w world, id job.ID) job.State{
		"get": func(t *testing.T, w world, id job.ID) job.State {
			rec, err := w.Get(t.Context(), id)
			require.NoError(t, err)
			return rec.State
		},
		"list": func(t *testing.T, w world, _ job.ID) job.State {
			page, err := w.List(t.Context(), job.Filter{Limit: 1})
			require.NoError(t, err)
			return page.Jobs[0].State
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, postgres.Config{})
			k := w.worker(t)
			all := apart(2000)
			_, err := w.Enqueue(t.Context(), all)
			require.NoError(t, err)
			w.tidy(t)
			hook := &between{text: "WITH open AS MATERIALIZED", call: func() {
				require.Equal(t, 2000, w.drain(t, k))
				w.tidy(t)
			}}
			reader := w.open(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.Tracer = hook })
			require.Equal(t, job.Enqueued, read(t, reader, all[5].ID))
		})
	}
}

// A dump takes its snapshot first and its locks a little later. What waits then is in it,
// whatever workers do meanwhile.
func TestTidy_TakesNothingFromDumps(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	k := w.worker(t)
	_, err := w.Enqueue(t.Context(), apart(2000))
	require.NoError(t, err)
	w.tidy(t)
	dump := w.open(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["application_name"] = "pg_dump" })
	tx, err := dump.pool.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	count := func(what string) (n int) {
		require.NoError(t, tx.QueryRow(t.Context(), "SELECT count(*) FROM "+what).Scan(&n))
		return n
	}
	require.NotZero(t, count("pg_class"))
	require.Equal(t, 2000, w.drain(t, k))
	w.tidy(t)
	_, err = tx.Exec(t.Context(), "LOCK TABLE tasktower.job, tasktower.ready IN ACCESS SHARE MODE")
	require.NoError(t, err)
	require.Equal(t, 2000, count("tasktower.job"))
	require.Equal(t, 2000, count("tasktower.ready"))
}

// Workers look often at slots that are still in use. They do not queue with the claims for it.
func TestTidy_WaitsForNobodyWhileNothingIsDrained(t *testing.T) {
	t.Parallel()
	const locks = "pg_advisory_xact_lock"
	seen := count(locks)
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.Tracer = seen })
	_, err := w.Enqueue(t.Context(), apart(2000))
	require.NoError(t, err)
	for range 3 { // the first one turns the ring
		w.tidy(t)
	}
	require.Zero(t, seen.seen[locks].Load())
	w.drain(t, w.worker(t))
	before := seen.seen[locks].Load()
	w.tidy(t)
	require.Greater(t, seen.seen[locks].Load(), before, "now it frees")
}
