package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/internal/pgtest"
)

func TestMigrate_GoesUpAndDownAndUpByManyAtOnce(t *testing.T) {
	t.Parallel()
	w := world{dsn: pgtest.Empty(t)}.open(t, postgres.Config{Schema: "other_name"})
	var missing *postgres.SchemaError
	require.ErrorAs(t, w.Check(t.Context()), &missing)
	require.Zero(t, missing.Have)

	for range 2 {
		errs := make(chan error, 4)
		for range cap(errs) {
			go func() { errs <- w.Migrate(context.Background()) }()
		}
		for range cap(errs) {
			require.NoError(t, <-errs)
		}
		require.NoError(t, w.Check(t.Context()))
		require.NoError(t, w.MigrateDown(t.Context(), 0))
		var left int
		require.NoError(t, w.pool.QueryRow(t.Context(),
			"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'other_name' AND c.relname NOT LIKE 'migration%'").Scan(&left))
		require.Zero(t, left)
	}
}

func TestMigrate_LeavesANewerSchemaAlone(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{})
	_, err := w.pool.Exec(t.Context(), "INSERT INTO tasktower.migration (version, name) VALUES (999, 'future')")
	require.NoError(t, err)
	for _, err := range []error{w.Migrate(t.Context()), w.MigrateDown(t.Context(), 0), w.Check(t.Context())} {
		var newer *postgres.SchemaError
		require.ErrorAs(t, err, &newer)
		require.Equal(t, 999, newer.Have)
		require.ErrorContains(t, err, "deploy a newer program")
	}
}

func TestNew_JoinsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := postgres.New(nil, postgres.Config{Schema: "Bad-Name", CallTimeout: time.Millisecond, PollOnly: true, ListenDSN: "postgres://%%"})
	require.ErrorIs(t, err, job.ErrInvalid)
	for _, field := range []string{"pool", "schema", "call timeout", "poll only", "cannot be parsed"} {
		require.ErrorContains(t, err, field)
	}
}

func TestCheck_RefusesAServerThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	})
	var server *postgres.ServerError
	require.ErrorAs(t, w.Check(t.Context()), &server)
	require.NotEmpty(t, server.Fix)
	_, err := w.Enqueue(t.Context(), specs(1))
	require.ErrorIs(t, err, job.ErrUnavailable)
}
