package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Handlers may keep every connection of the pool: the worker lives on, and calls that
// find none say what to do about it.
func TestPool_ThatHandlersKeepBusyCostsNoWorkerItsLife(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.MaxConns = 2 })
	k := w.worker(t)
	for range 2 {
		conn, err := w.pool.Acquire(t.Context())
		require.NoError(t, err)
		t.Cleanup(conn.Release)
	}
	for range 2 {
		_, err := w.Beat(t.Context(), ports.Beat{Number: k.number}, time.Minute)
		require.NoError(t, err)
	}
	_, err := w.Beat(t.Context(), ports.Beat{Number: k.number + 1}, time.Minute)
	require.ErrorIs(t, err, job.ErrLeaseLost)

	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = w.Workers(short)
	require.ErrorIs(t, err, job.ErrUnavailable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "all 2 connections of the pool were in use, raise pool_max_conns")
}

// What the pool does before it connects, as to fetch a password that changes, is done
// for the connections beside it as well.
func TestPool_IsFollowedByTheConnectionsBesideIt(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) {
		name := c.ConnConfig.Database
		c.ConnConfig.Database = "none"
		c.BeforeConnect = func(_ context.Context, conn *pgx.ConnConfig) error {
			conn.Database = name
			asked <- struct{}{}
			return nil
		}
	})
	w.hearing(t)
	<-asked // for the pool
	<-asked // for the listener
}
