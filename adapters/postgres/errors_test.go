package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/ports"
)

func TestStore_TellsAnOutageFromACallerThatLeft(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.MaxConns = 1 })
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=1")
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	away, err := postgres.New(pool, postgres.Config{CallTimeout: 2 * time.Second})
	require.NoError(t, err)
	t.Cleanup(away.Close)
	_, err = away.Enqueue(t.Context(), specs(1))
	require.ErrorIs(t, err, job.ErrUnavailable)
	_, err = away.Promote(t.Context(), 1)
	require.ErrorIs(t, err, job.ErrUnavailable)

	busy, err := w.pool.Acquire(t.Context()) // nobody gets a connection now
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 2)
	go func() { _, err := w.Enqueue(ctx, specs(1)); left <- err }()
	go func() { _, err := w.Queues(ctx); left <- err }()
	cancel()
	for range 2 {
		err := <-left
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, job.ErrUnavailable)
	}
	busy.Release()
}

func TestStore_SaysThatItIsNotMigrated(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), pgtest.Empty(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	store, err := postgres.New(pool, postgres.Config{})
	require.NoError(t, err)
	t.Cleanup(store.Close)

	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.Background())
	in, err := store.InTx(tx)
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"enqueue":      func() error { _, err := store.Enqueue(t.Context(), specs(1)); return err },
		"enqueue many": func() error { _, err := store.Enqueue(t.Context(), specs(200)); return err },
		"in tx":        func() error { _, err := in.Enqueue(t.Context(), specs(1)); return err },
		"list":         func() error { _, err := store.List(t.Context(), job.Filter{}); return err },
		"register": func() error {
			_, err := store.Register(t.Context(), ports.Worker{ID: ids.NewID().String(), Slots: 1}, time.Minute)
			return err
		},
	} {
		err := call()
		require.ErrorContains(t, err, "run Store.Migrate", name)
		require.NotErrorIs(t, err, job.ErrUnavailable, name)
		var server *postgres.ServerError
		require.ErrorAs(t, err, &server, name)
		var cause *pgconn.PgError
		require.ErrorAs(t, err, &cause, name)
	}
}

// A caller that may repeat what was unavailable must not repeat these.
func TestInTx_BlamesATransactionThatCannotEnqueue(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	for name, c := range map[string]struct {
		mode  pgx.TxAccessMode
		spoil func(pgx.Tx) error
		says  string
	}{
		"read-only": {pgx.ReadOnly, func(pgx.Tx) error { return nil }, "invalid tx: is read-only; want one that may write"},
		"aborted": {pgx.ReadWrite, func(tx pgx.Tx) error {
			_, _ = tx.Exec(context.Background(), "SELECT 1/0")
			return nil
		}, "invalid tx: was aborted by an earlier error; roll it back"},
		"over": {pgx.ReadWrite, func(tx pgx.Tx) error { return tx.Commit(context.Background()) }, "invalid tx: is over; want an open one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tx, err := w.pool.BeginTx(t.Context(), pgx.TxOptions{AccessMode: c.mode})
			require.NoError(t, err)
			defer tx.Rollback(context.Background())
			in, err := w.InTx(tx)
			require.NoError(t, err)
			require.NoError(t, c.spoil(tx))
			_, err = in.Enqueue(t.Context(), specs(1))
			require.ErrorIs(t, err, job.ErrInvalid)
			require.NotErrorIs(t, err, job.ErrUnavailable)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// A pool whose server takes no writes may be led to one that does.
func TestStore_IsUnavailableWhileItsServerIsReadOnly(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{}).open(t, postgres.Config{}, func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	})
	_, err := w.Enqueue(t.Context(), specs(1))
	require.ErrorIs(t, err, job.ErrUnavailable)
}
