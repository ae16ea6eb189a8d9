package scenario_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/internal/scenario"
)

func clientOf(t *testing.T, store tasktower.Store) *tasktower.Client {
	t.Helper()
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	return client
}

// begun is a transaction as users have it, of pgx or of database/sql.
type begun struct {
	tx       any
	exec     func(ctx context.Context, sql string) error
	commit   func() error
	rollback func() error
	closed   error // what a closed one says
}

// beginnings begin transactions on the one connection of each pool.
func beginnings(t *testing.T, pool *pgxpool.Pool) map[string]func(t *testing.T, readOnly bool) begun {
	t.Helper()
	db := stdlib.OpenDBFromPool(pool)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return map[string]func(t *testing.T, readOnly bool) begun{
		"pgx": func(t *testing.T, readOnly bool) begun {
			mode := pgx.ReadWrite
			if readOnly {
				mode = pgx.ReadOnly
			}
			tx, err := pool.BeginTx(t.Context(), pgx.TxOptions{AccessMode: mode})
			require.NoError(t, err)
			end := func(f func(context.Context) error) func() error {
				return func() error { return f(context.Background()) }
			}
			return begun{tx, func(ctx context.Context, sql string) error { _, err := tx.Exec(ctx, sql); return err },
				end(tx.Commit), end(tx.Rollback), pgx.ErrTxClosed}
		},
		"database/sql": func(t *testing.T, readOnly bool) begun {
			tx, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: readOnly})
			require.NoError(t, err)
			return begun{tx, func(ctx context.Context, sql string) error { _, err := tx.ExecContext(ctx, sql); return err },
				tx.Commit, tx.Rollback, sql.ErrTxDone}
		},
	}
}

func TestInTx_IsTrueToTheTransaction(t *testing.T) {
	t.Parallel()
	// The one connection is the transaction's: a hidden second one would never come.
	store := open(t, pgtest.Clone(t, "migrated", migrate), 1)
	client := clientOf(t, store)
	elsewhere, err := pgxpool.New(t.Context(), pgtest.Empty(t))
	require.NoError(t, err)
	t.Cleanup(elsewhere.Close)
	other := beginnings(t, elsewhere)

	stored := func(t *testing.T) int {
		page, err := client.List(t.Context(), tasktower.Filter{})
		require.NoError(t, err)
		return len(page.Jobs)
	}
	enqueue := func(t *testing.T, tx any) error {
		_, err := client.InTx(tx).Enqueue(t.Context(), scenario.Work{})
		_, many := client.InTx(tx).EnqueueMany(t.Context(), tasktower.Each([]scenario.Work{{N: 1}, {N: 2}}))
		require.Equal(t, err == nil, many == nil)
		return err
	}
	requireCode := func(t *testing.T, code string, err error) {
		t.Helper()
		var pg *pgconn.PgError
		require.ErrorAs(t, err, &pg)
		require.Equal(t, code, pg.Code)
	}
	for kind, begin := range beginnings(t, store.pool) {
		t.Run(kind, func(t *testing.T) {
			t.Run("a closed one says so", func(t *testing.T) {
				b := begin(t, false)
				require.NoError(t, b.commit())
				require.ErrorIs(t, enqueue(t, b.tx), b.closed)
			})
			t.Run("an aborted one gives the cause", func(t *testing.T) {
				b := begin(t, false)
				require.Error(t, b.exec(t.Context(), "SELECT 1/0"))
				requireCode(t, "25P02", enqueue(t, b.tx))
				require.NoError(t, b.rollback())
			})
			t.Run("a read-only one gives the cause", func(t *testing.T) {
				b := begin(t, true)
				_, err := client.InTx(b.tx).Enqueue(t.Context(), scenario.Work{})
				requireCode(t, "25006", err)
				require.NoError(t, b.rollback())
			})
			t.Run("one of another database gives the cause", func(t *testing.T) {
				b := other[kind](t, false)
				_, err := client.InTx(b.tx).Enqueue(t.Context(), scenario.Work{})
				var pg *pgconn.PgError
				require.ErrorAs(t, err, &pg)
				require.NoError(t, b.rollback())
			})
			t.Run("bad input leaves it usable", func(t *testing.T) {
				before := stored(t)
				b := begin(t, false)
				for _, bad := range []tasktower.Option{tasktower.Queue(""), tasktower.Tag("\x00"), tasktower.Priority(1), nil} {
					_, err := client.InTx(b.tx).Enqueue(t.Context(), scenario.Work{}, bad, tasktower.MaxRetries(-1))
					require.ErrorIs(t, err, tasktower.ErrInvalid)
				}
				require.NoError(t, b.exec(t.Context(), "SELECT 1"))
				require.NoError(t, enqueue(t, b.tx))
				require.NoError(t, b.commit())
				require.Equal(t, before+3, stored(t))
			})
			t.Run("a rollback leaves nothing", func(t *testing.T) {
				before := stored(t)
				b := begin(t, false)
				require.NoError(t, enqueue(t, b.tx))
				require.NoError(t, b.rollback())
				require.Equal(t, before, stored(t))
			})
		})
	}
	for name, tx := range map[string]any{"nothing": nil, "a nil *sql.Tx": (*sql.Tx)(nil), "a nil pgx.Tx": pgx.Tx(nil), "a pool": store.pool} {
		t.Run(name+" is no transaction", func(t *testing.T) {
			require.ErrorIs(t, enqueue(t, tx), tasktower.ErrInvalid)
		})
	}
}

func TestCommands_DoNotReachAnotherSchema(t *testing.T) {
	t.Parallel()
	here := open(t, pgtest.Clone(t, "migrated", migrate), 2)
	store, err := postgres.New(here.pool, postgres.Config{Schema: "elsewhere"})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	require.NoError(t, store.Migrate(t.Context()))
	ours, theirs := clientOf(t, here), clientOf(t, store)
	rec, err := theirs.Enqueue(t.Context(), scenario.Work{})
	require.NoError(t, err)
	number, err := store.Register(t.Context(), tasktower.WorkerInfo{ID: "them"}, tasktower.DefaultLease)
	require.NoError(t, err)
	require.Positive(t, number)

	ctx := t.Context()
	_, cancelled := ours.Cancel(ctx, rec.ID)
	_, got := ours.Get(ctx, rec.ID)
	_, history := ours.History(ctx, rec.ID)
	for name, err := range map[string]error{
		"cancel": cancelled, "get": got, "history": history,
		"requeue": ours.Requeue(ctx, rec.ID), "delete": ours.Delete(ctx, rec.ID), "tag": ours.Tag(ctx, rec.ID, "x"),
		"pause a worker": ours.PauseWorker(ctx, "them", "", ""), "resume a worker": ours.ResumeWorker(ctx, "them"),
		"drain a worker": ours.DrainWorker(ctx, "them"), "set its concurrency": ours.SetConcurrency(ctx, "them", 3),
	} {
		require.ErrorIs(t, err, tasktower.ErrNotFound, name)
	}
	require.NoError(t, ours.PauseQueue(ctx, "default", "", ""))
	queues, err := theirs.Queues(ctx)
	require.NoError(t, err)
	require.False(t, queues[0].Paused())
	rec, err = theirs.Get(ctx, rec.ID)
	require.NoError(t, err)
	require.Equal(t, tasktower.Enqueued, rec.State)
	require.Empty(t, rec.Tags)
}
