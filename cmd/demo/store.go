package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/memory"
	"github.com/task-tower/tasktower/adapters/postgres"
)

// openStore is where the jobs live: memory, or PostgreSQL with the schema made.
func openStore(ctx context.Context, s settings) (store tasktower.Store, name string, closeStore func(), err error) {
	if s.databaseURL == "" {
		m := memory.New(memory.Config{})
		return m, "memory", func() { _ = m.Close() }, nil // a closed store is all that Close can complain of
	}
	config, err := pgxpool.ParseConfig(s.databaseURL)
	if err != nil {
		return nil, "", nil, fmt.Errorf("-database-url: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, "", nil, fmt.Errorf("-database-url: %w", err)
	}
	p, err := postgres.New(pool, postgres.Config{Schema: s.schema})
	if err != nil {
		pool.Close()
		return nil, "", nil, err
	}
	closeStore = func() {
		p.Close()
		pool.Close()
	}
	if err := p.Migrate(ctx); err != nil {
		closeStore()
		return nil, "", nil, err
	}
	return p, "postgres schema " + s.schema, closeStore, nil
}
