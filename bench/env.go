package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/task-tower/tasktower/internal/pgtest"
)

// schema holds the tables of whichever peer is measured.
const schema = "tasktower_bench"

// env is the servers that everything runs on.
type env struct {
	url   string
	redis string        // socket; empty: there is none
	admin *pgxpool.Pool // for what no peer pays for
}

// server is the one that url names, or a durable one started for this run.
func server(ctx context.Context, url string) (string, func(), error) {
	if url != "" {
		return url, func() {}, nil
	}
	return pgtest.Durable(ctx)
}

func newEnv(ctx context.Context, url, redis string) (*env, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 3
	cfg.ConnConfig.RuntimeParams["application_name"] = schema
	admin, err := pgxpool.NewWithConfig(ctx, cfg)
	return &env{url: url, redis: redis, admin: admin}, err
}

func (e *env) close() { e.admin.Close() }

// pool is a peer's own.
func (e *env) pool(ctx context.Context) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(e.url)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = connections
	return pgxpool.NewWithConfig(ctx, cfg)
}

func (e *env) exec(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := e.admin.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// clean removes what the peer before left.
func (e *env) clean(ctx context.Context) error {
	return e.exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
}

// settle makes the next measurement independent of what was before: the planner
// knows the tables as well as it will after a while, and no page image or dirty page is left over.
func (e *env) settle(ctx context.Context) error {
	return e.exec(ctx, "ANALYZE", "CHECKPOINT")
}

// quiet waits until no other client is connected: the statistics of a backend
// are complete once it has ended. It gives up after two seconds.
func (e *env) quiet(ctx context.Context) error {
	for range 100 {
		var others int
		err := e.admin.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "+
			"AND datname = current_database() AND state IS NOT NULL AND application_name <> 'tasktower_bench' "+
			"AND pid <> pg_backend_pid()").Scan(&others)
		if err != nil || others == 0 {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

// settings of the server that decide what a figure means.
var settings = []string{
	"server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers",
	"max_wal_size", "checkpoint_timeout", "autovacuum", "max_connections",
}

func (e *env) settings(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	for _, name := range settings {
		var value string
		if err := e.admin.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return nil, err
		}
		all[name] = value
	}
	if all["fsync"] != "on" || all["synchronous_commit"] != "on" {
		return nil, errors.New("the server does not make commits durable: switch fsync and synchronous_commit on")
	}
	return all, nil
}
