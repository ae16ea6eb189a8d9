package modules

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"
)

// Pool provides a *pgxpool.Pool that connects to TASKTOWER_DATABASE_URL. It is
// pinged when the app starts, so that a wrong address surfaces there, and closed
// when the app has stopped. Pool sizes and the like go into the URL
// (pool_max_conns=20). Leave it out if you have a pool of your own.
func Pool() fx.Option {
	return fx.Module("tasktower.pool",
		checking(func(c Config) error {
			if c.DatabaseURL == "" {
				return invalid(Prefix+"DATABASE_URL", "is not set; want postgres://user:password@host:port/name")
			}
			return nil
		}),
		fx.Provide(newPool),
	)
}

func newPool(lc fx.Lifecycle, s sound) (*pgxpool.Pool, error) {
	c, err := s.config()
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(context.Background(), c.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("pool: %w", err)
	}
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error {
			if err := pool.Ping(ctx); err != nil {
				pool.Close()
				return fmt.Errorf("ping the database: %w", err)
			}
			return nil
		},
		OnStop: func(ctx context.Context) error { return within(ctx, "close the pool", pool.Close) },
	})
	return pool, nil
}

// within waits for f as long as ctx allows.
func within(ctx context.Context, what string, f func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
}
