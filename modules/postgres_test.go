package modules_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
	"github.com/task-tower/tasktower/modules"
)

func TestPostgres_MigratesAndWorksInsideATransaction(t *testing.T) {
	t.Parallel()
	c := modules.DefaultConfig()
	c.DatabaseURL, c.Schema = pgtest.Empty(t), "jobs"
	var client *tasktower.Client
	var pool *pgxpool.Pool
	ran := make(chan string, 2)
	app := fx.New(fx.NopLogger, modules.Settings(c), modules.Pool(), modules.Postgres(), modules.Worker(),
		fx.Populate(&client, &pool),
		modules.Handlers(tasktower.HandleFunc(func(_ context.Context, j *tasktower.Job[order]) error {
			ran <- j.Args.Item
			return nil
		})))
	require.NoError(t, app.Start(t.Context()))

	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = client.InTx(tx).Enqueue(t.Context(), order{"never"})
	require.NoError(t, err)
	require.NoError(t, tx.Rollback(t.Context()))
	_, err = client.Enqueue(t.Context(), order{"tea"})
	require.NoError(t, err)
	require.Equal(t, "tea", <-ran)

	require.NoError(t, app.Stop(t.Context()))
	require.ErrorContains(t, pool.Ping(context.Background()), "closed pool")
}

func TestPostgres_RefusesASchemaThatDoesNotFit(t *testing.T) {
	t.Parallel()
	c := modules.DefaultConfig()
	c.DatabaseURL, c.Migrate = pgtest.Empty(t), false
	app := fx.New(fx.NopLogger, modules.Settings(c), modules.Pool(), modules.Postgres(), modules.Client(),
		fx.Invoke(func(*tasktower.Client) {}))
	err := app.Start(t.Context())
	var mismatch *postgres.SchemaError
	require.True(t, errors.As(err, &mismatch), "%v", err)
}

func TestPool_SaysThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	c := modules.DefaultConfig()
	c.DatabaseURL = "postgres://u:hunter2@127.0.0.1:1/db?connect_timeout=5"
	app := fx.New(fx.NopLogger, modules.Settings(c), modules.Pool(), fx.Invoke(func(*pgxpool.Pool) {}))
	err := app.Start(t.Context())
	require.ErrorContains(t, err, "ping the database")
	require.NotContains(t, err.Error(), "hunter2")
}
