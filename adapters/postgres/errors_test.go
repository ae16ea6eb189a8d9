package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
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
