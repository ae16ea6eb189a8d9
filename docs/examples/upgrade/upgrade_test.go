package upgrade

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// docs:Ready
// ready makes sure that the program and the schema fit.
func ready(ctx context.Context, store *postgres.Store, mayMigrate bool) error {
	if mayMigrate {
		return store.Migrate(ctx) // by as many processes at once as you like
	}
	return store.Check(ctx) // changes nothing; a *postgres.SchemaError has both versions
}

// docs:end

// docs:Remove
// remove forgets every job, and Task Tower with them.
func remove(ctx context.Context, store *postgres.Store) error {
	if err := store.MigrateDown(ctx, 0); err != nil {
		return fmt.Errorf("remove the jobs: %w", err)
	}
	return nil
}

// docs:end

func setup(t *testing.T) (*pgxpool.Pool, *postgres.Store) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), pgtest.Empty(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	store, err := postgres.New(pool, postgres.Config{})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	return pool, store
}

func TestReady_WantsTheVeryVersion(t *testing.T) {
	t.Parallel()
	pool, store := setup(t)
	var differs *postgres.SchemaError
	require.ErrorAs(t, ready(t.Context(), store, false), &differs)
	require.Zero(t, differs.Have)
	require.NoError(t, ready(t.Context(), store, true))
	require.NoError(t, ready(t.Context(), store, false))

	// A newer process has migrated.
	_, err := pool.Exec(t.Context(), "INSERT INTO tasktower.migration (version, name) VALUES ($1, 'newer')", differs.Want+1)
	require.NoError(t, err)
	for _, mayMigrate := range []bool{true, false} {
		require.ErrorAs(t, ready(t.Context(), store, mayMigrate), &differs)
		require.Equal(t, differs.Want+1, differs.Have)
	}
	_, err = store.Workers(t.Context())
	require.NoError(t, err, "what runs already is not asked for its version")
}

func TestRemove_LeavesNoJobs(t *testing.T) {
	t.Parallel()
	pool, store := setup(t)
	require.NoError(t, ready(t.Context(), store, true))
	require.NoError(t, remove(t.Context(), store))
	var left string
	require.NoError(t, pool.QueryRow(t.Context(),
		"SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'tasktower'::regnamespace AND relkind = 'r'").Scan(&left))
	require.Equal(t, "migration", left)
	_, err := pool.Exec(t.Context(), "DROP SCHEMA tasktower CASCADE")
	require.NoError(t, err)
	require.NoError(t, ready(t.Context(), store, true), "it can come back")
}
