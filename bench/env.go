package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/adapters/postgres"
	"github.com/task-tower/tasktower/internal/pgtest"
)

const schema = "tasktower_bench"

// server is the one that url names, or a durable one started for this run.
func server(ctx context.Context, url string) (string, func(), error) {
	if url != "" {
		return url, func() {}, nil
	}
	return pgtest.Durable(ctx)
}

// env is a fresh schema and what works on it.
type env struct {
	pool   *pgxpool.Pool
	store  *postgres.Store
	client *tasktower.Client
	url    string
}

func open(ctx context.Context, url string, fresh bool) (*env, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 32
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if fresh {
		if _, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE"); err != nil {
			return nil, err
		}
	}
	store, err := postgres.New(pool, postgres.Config{Schema: schema, CallTimeout: time.Minute})
	if err != nil {
		return nil, err
	}
	if fresh {
		if err := store.Migrate(ctx); err != nil {
			return nil, err
		}
	}
	client, err := tasktower.NewClient(store, tasktower.ClientConfig{})
	if err != nil {
		return nil, err
	}
	return &env{pool: pool, store: store, client: client, url: url}, nil
}

func (e *env) close() {
	e.store.Close()
	e.pool.Close()
}

// wal is how many bytes of write-ahead log f causes.
func (e *env) wal(ctx context.Context, f func() error) (float64, error) {
	var before, after string
	if err := e.pool.QueryRow(ctx, "SELECT pg_current_wal_insert_lsn()::text").Scan(&before); err != nil {
		return 0, err
	}
	if err := f(); err != nil {
		return 0, err
	}
	if err := e.pool.QueryRow(ctx, "SELECT pg_current_wal_insert_lsn()::text").Scan(&after); err != nil {
		return 0, err
	}
	var bytes float64
	err := e.pool.QueryRow(ctx, "SELECT pg_wal_lsn_diff($1::pg_lsn, $2::pg_lsn)::float8", after, before).Scan(&bytes)
	return bytes, err
}

// checkpoint keeps full-page images of an earlier workload out of the figures.
func (e *env) checkpoint(ctx context.Context) error {
	_, err := e.pool.Exec(ctx, "CHECKPOINT")
	return err
}

// Noop is the job that does nothing, with about 100 bytes of args.
type Noop struct {
	Seq  int    `json:"seq"`
	Fill string `json:"fill"`
	Sent int64  `json:"sent"`
}

// Kind implements tasktower.Args.
func (Noop) Kind() string { return "noop" }

func noop(i int) Noop {
	return Noop{Seq: i, Fill: fmt.Sprintf("%064d", i)}
}
