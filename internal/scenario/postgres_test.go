package scenario_test

import (
	"context"
	"log"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/internal/scenario"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerProcess {
		if err := runWorkerProcess(os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	pgtest.Main(m)
}

// inPostgres begins transactions as a scenario wants them.
type inPostgres struct {
	*postgres.Store
	pool *pgxpool.Pool
}

func (s inPostgres) BeginTx(t *testing.T) (tx any, commit, rollback func() error) {
	begun, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	return begun, func() error { return begun.Commit(t.Context()) }, func() error { return begun.Rollback(t.Context()) }
}

// scarce is how many connections a scenario's workers and clients share.
const scarce = 4

func TestPostgres(t *testing.T) {
	t.Parallel()
	scenario.Run(t, func(t *testing.T) tasktower.Store {
		return open(t, pgtest.Clone(t, "migrated", migrate), scarce)
	})
}

func open(t *testing.T, dsn string, conns int32) inPostgres {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	require.NoError(t, err)
	config.MaxConns = conns
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	store, err := postgres.New(pool, postgres.Config{CallTimeout: 30 * time.Second})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	return inPostgres{store, pool}
}

func migrate(ctx context.Context, dsn string) error {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return err
	}
	defer pool.Close()
	store, err := postgres.New(pool, postgres.Config{CallTimeout: time.Minute})
	if err != nil {
		return err
	}
	defer store.Close()
	return store.Migrate(ctx)
}
