package modules

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
)

// Postgres provides the store on the app's *pgxpool.Pool: as the tasktower.Store
// and as the *postgres.Store. When the app starts, the schema is brought up to
// date, by many processes at once if need be; with TASKTOWER_MIGRATE=false it is
// only checked, and an app that does not fit it does not start.
func Postgres() fx.Option {
	return fx.Module("tasktower.postgres",
		checking(func(Config) error { return nil }),
		fx.Provide(fx.Annotate(newPostgres, fx.As(fx.Self()), fx.As(new(tasktower.Store)))),
	)
}

func newPostgres(lc fx.Lifecycle, pool *pgxpool.Pool, s sound) (*postgres.Store, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	store, err := postgres.New(pool, c.postgres())
	if err != nil {
		return nil, err
	}
	ready := store.Check
	if c.Migrate {
		ready = store.Migrate
	}
	lc.Append(fx.Hook{
		OnStart: ready,
		OnStop:  func(ctx context.Context) error { return within(ctx, "close the store", store.Close) },
	})
	return store, nil
}

// postgres is what the configuration says about the store.
func (c Config) postgres() postgres.Config {
	return postgres.Config{
		Schema: c.Schema, PollOnly: c.PollOnly, ListenDSN: c.ListenDatabaseURL, CallTimeout: c.CallTimeout,
		DurableClaims: c.DurableClaims,
	}
}
