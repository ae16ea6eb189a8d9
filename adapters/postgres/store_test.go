package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

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
