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
	for _, field := range []string{"pool", "Schema", "CallTimeout", "PollOnly", "cannot be parsed"} {
		require.ErrorContains(t, err, field)
	}
}

func TestNew_RefusesASchemaThatPostgreSQLKeepsForItself(t *testing.T) {
	t.Parallel()
	_, err := postgres.New(nil, postgres.Config{Schema: "pg_jobs"})
	require.ErrorContains(t, err, `invalid Schema: is "pg_jobs"; PostgreSQL keeps names that begin with pg_ for itself`)
}

func TestCheck_RefusesAServerThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	w := setup(t, postgres.Config{}, func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	})
	for _, err := range []error{w.Check(t.Context()), w.Migrate(t.Context())} {
		requireFix(t, err, "transactions are read-only", "set default_transaction_read_only to off")
	}
	_, err := w.Enqueue(t.Context(), specs(1))
	require.ErrorIs(t, err, job.ErrUnavailable)
}

func TestMigrate_RefusesADatabaseThatIsNotUTF8(t *testing.T) {
	t.Parallel()
	w := world{dsn: pgtest.Empty(t)}.open(t, postgres.Config{})
	ascii := w.pool.Config().ConnConfig.Database + "_ascii"
	_, err := w.pool.Exec(t.Context(), "CREATE DATABASE "+ascii+" ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := w.pool.Exec(context.Background(), "DROP DATABASE "+ascii)
		require.NoError(t, err)
	})
	other := w.open(t, postgres.Config{}, func(c *pgxpool.Config) { c.ConnConfig.Database = ascii })
	requireFix(t, other.Migrate(t.Context()), "encoded in SQL_ASCII", "ENCODING 'UTF8'")
}

func TestMigrate_SaysWhichRightIsMissing(t *testing.T) {
	t.Parallel()
	w := world{dsn: pgtest.Empty(t)}.open(t, postgres.Config{})
	role, database := w.powerless(t)
	weak := w.open(t, postgres.Config{Schema: "fresh"}, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["role"] = role })
	requireFix(t, weak.Migrate(t.Context()), "role "+role+" may not migrate schema fresh", "GRANT CREATE ON DATABASE "+database+" TO "+role)
	if role != "pg_monitor" {
		return // an owner may do anything with what it has made
	}
	_, err := w.pool.Exec(t.Context(), "CREATE SCHEMA fresh")
	require.NoError(t, err)
	requireFix(t, weak.Migrate(t.Context()), "role "+role+" may not migrate schema fresh", "who owns the schema, or GRANT ")
}

func TestMigrate_LeavesASchemaOfSomebodyElseAlone(t *testing.T) {
	t.Parallel()
	w := world{dsn: pgtest.Empty(t)}.open(t, postgres.Config{Schema: "taken"})
	_, err := w.pool.Exec(t.Context(), "CREATE SCHEMA taken CREATE TABLE job (theirs int)")
	require.NoError(t, err)
	requireFix(t, w.Migrate(t.Context()), "schema taken holds things that no migration has made", "choose another schema")
	var missing *postgres.SchemaError
	require.ErrorAs(t, w.Check(t.Context()), &missing)
	require.Zero(t, missing.Have, "nothing is half applied")
	_, err = w.pool.Exec(t.Context(), "SELECT theirs FROM taken.job")
	require.NoError(t, err)
}

// powerless is a role that may not create a schema in w's database.
func (w world) powerless(t *testing.T) (role, database string) {
	t.Helper()
	var super bool
	require.NoError(t, w.pool.QueryRow(t.Context(),
		"SELECT quote_ident(current_user), quote_ident(current_database()), rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&role, &database, &super))
	if super {
		return "pg_monitor", database
	}
	_, err := w.pool.Exec(t.Context(), "REVOKE CREATE ON DATABASE "+database+" FROM "+role)
	require.NoError(t, err)
	return role, database
}

func requireFix(t *testing.T, err error, found, fix string) {
	t.Helper()
	var server *postgres.ServerError
	require.ErrorAs(t, err, &server)
	require.Contains(t, server.Found, found)
	require.Contains(t, server.Fix, fix)
}
