package scenario_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/internal/scenario"
)

// A command given by one process reaches a worker of another, without notifications.
func TestControl_ReachesAnotherProcessThatOnlyPolls(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Clone(t, "migrated", migrate)
	store := func() *postgres.Store {
		pool, err := pgxpool.New(context.Background(), dsn)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		s, err := postgres.New(pool, postgres.Config{PollOnly: true})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		return s
	}
	client := clientOf(t, store())
	begun, free := make(chan struct{}, 9), make(chan struct{})
	worker, err := tasktower.NewWorker(store(), tasktower.WorkerConfig{
		Concurrency: 1,
		Handlers: []tasktower.Registration{tasktower.HandleFunc(func(context.Context, *tasktower.Job[scenario.Work]) error {
			begun <- struct{}{}
			<-free
			return nil
		})},
	})
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- worker.Run(context.Background()) }()
	for range 5 {
		_, err := client.Enqueue(t.Context(), scenario.Work{})
		require.NoError(t, err)
	}
	<-begun // the worker is busy: no claim tells it anything
	workers, err := client.Workers(t.Context())
	require.NoError(t, err)
	id := workers[0].ID
	require.NoError(t, client.SetConcurrency(t.Context(), id, 3))
	<-begun
	<-begun
	require.NoError(t, client.DrainWorker(t.Context(), id))
	close(free)
	require.NoError(t, <-done)
	counts, err := client.Counts(t.Context())
	require.NoError(t, err)
	for _, c := range counts {
		if c.State == tasktower.Enqueued {
			require.Equal(t, 2, c.Jobs, "what had not begun is left to others")
		}
	}
}
