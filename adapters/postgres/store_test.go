package postgres_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/ports/portstest"
)

func TestStore(t *testing.T) { portstest.TestStore(t, open) }

// The whole contract holds without prepared statements, as behind a transaction
// pooler, with a listener that goes around it.
func TestStore_ThroughAPooler(t *testing.T) {
	portstest.TestStore(t, func(t testing.TB) portstest.Subject {
		direct := world{dsn: pgtest.Clone(t, "migrated", migrate)}
		return subject(t, direct.open(t, postgres.Config{ListenDSN: direct.dsn}, func(c *pgxpool.Config) {
			c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
		}))
	})
}

// The whole contract holds when claims are given the lanes to look at.
func TestStore_GivingLanes(t *testing.T) {
	portstest.TestStore(t, func(t testing.TB) portstest.Subject { return openGiving(t, pgx.QueryExecModeSimpleProtocol) })
}

func TestHistories_GivingLanes(t *testing.T) {
	portstest.TestHistories(t, func(t testing.TB) portstest.Subject { return openGiving(t, pgx.QueryExecModeCacheStatement) }, 10)
}

func openGiving(t testing.TB, mode pgx.QueryExecMode) portstest.Subject {
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode })
	s := subject(t, w)
	s.Store = postgres.GivesLanes(w.Store)
	return s
}

// The whole contract holds behind a real one, too. make test-pgbouncer runs it.
func TestStore_BehindPgBouncer(t *testing.T) {
	if os.Getenv("TASKTOWER_TEST_PGBOUNCER") == "" {
		return // it has to be installed
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pooler, err := pgtest.NewPooler(ctx, pgtest.Empty(t))
	require.NoError(t, err)
	t.Cleanup(pooler.Close)
	behind := func(t testing.TB, listen func(direct string) postgres.Config) portstest.Subject {
		direct := pgtest.Clone(t, "migrated", migrate)
		config, err := pgx.ParseConfig(direct)
		require.NoError(t, err)
		return subject(t, world{dsn: pooler.DSN(config.Database)}.open(t, listen(direct)))
	}
	t.Run("with a listener that goes around it", func(t *testing.T) {
		portstest.TestStore(t, func(t testing.TB) portstest.Subject {
			return behind(t, func(direct string) postgres.Config { return postgres.Config{ListenDSN: direct} })
		})
	})
	t.Run("without notifications", func(t *testing.T) {
		portstest.TestStore(t, func(t testing.TB) portstest.Subject {
			return behind(t, func(string) postgres.Config { return postgres.Config{PollOnly: true} })
		})
	})
}

func TestHistories(t *testing.T) { portstest.TestHistories(t, open, 10) }

func open(t testing.TB) portstest.Subject { return subject(t, setup(t, postgres.Config{})) }

func subject(t testing.TB, w world) portstest.Subject {
	return portstest.Subject{
		Store:   w.Store,
		Now:     time.Now,
		Advance: func(_ testing.TB, d time.Duration) { <-time.After(d) },
		Begin: func(t testing.TB) (any, func() error, func() error) {
			ctx := context.Background()
			tx, err := w.pool.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = tx.Rollback(ctx) })
			return tx, func() error { return tx.Commit(ctx) }, func() error { return tx.Rollback(ctx) }
		},
		Close: func() error {
			w.Close()
			return nil
		},
	}
}
