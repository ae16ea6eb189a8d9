package main

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestRun_SendsTheMail(t *testing.T) {
	url := pgtest.Empty(t)
	t.Setenv("DATABASE_URL", url)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()

	pool, err := pgxpool.New(ctx, url)
	require.NoError(t, err)
	defer pool.Close()
	store, err := postgres.New(pool, postgres.Config{})
	require.NoError(t, err)
	defer store.Close()
	awaitMail(ctx, t, store)
	stop()
	require.NoError(t, <-ended)
}

func TestWork_NeedsNoPostgreSQL(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	// docs:Memory
	store := memory.New(memory.Config{}) // everything is forgotten when the process ends
	defer store.Close()
	// docs:end
	ended := make(chan error, 1)
	go func() { ended <- work(ctx, store) }()
	awaitMail(ctx, t, store)
	stop()
	require.NoError(t, <-ended)
}

// awaitMail returns once the one mail is sent.
func awaitMail(ctx context.Context, t *testing.T, store tasktower.Store) {
	t.Helper()
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		page, err := client.List(ctx, tasktower.Filter{State: tasktower.Completed})
		return err == nil && len(page.Jobs) == 1 && page.Jobs[0].Queue == "mail"
	}, 30*time.Second, 10*time.Millisecond)
}
