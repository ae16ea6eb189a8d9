package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/internal/pgtest"
)

// site is where the rows happen: one server for all of them.
type site struct {
	options options
	server  *pgtest.Server
	dir     string
	undo    []func() error // once the server has ended
}

func newSite(ctx context.Context, o options) (*site, error) {
	server, err := pgtest.NewServer(ctx, "-c max_connections=360", "-c deadlock_timeout=10ms", "-c max_wal_size=2GB")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tasktower-chaos-")
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return &site{options: o, server: server, dir: dir}, nil
}

func (s *site) close() {
	errs := []error{s.server.Close()}
	for _, undo := range s.undo {
		errs = append(errs, undo())
	}
	if err := errors.Join(append(errs, os.RemoveAll(s.dir))...); err != nil {
		fmt.Fprintln(os.Stderr, "chaos: clean up:", err)
	}
}

// once runs a row, checks it, and says how it went.
func (s *site) once(ctx context.Context, r row) result {
	out := result{
		Row: r.number, Fault: r.fault, Promise: r.promise, Seed: s.options.seed,
		Form: "long", Date: time.Now().UTC().Format(time.DateOnly), Machine: machine(),
	}
	if s.options.short {
		out.Form = "short"
	}
	if out.NotRun = r.why(s.options); out.NotRun != "" {
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Minute)
	defer cancel()
	w, err := s.newWorld(ctx, r)
	if err == nil {
		defer w.close()
		if err = r.run(ctx, w); err == nil {
			err = w.check(ctx)
			w.require(w.twice == 0 || !r.promise.none(), "%d runs too many", w.twice)
		}
		out.measured(w)
	}
	if err != nil {
		out.Broken = append(out.Broken, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	out.Held = len(out.Broken) == 0
	return out
}

// chance is a row's own, so that it is the same whichever rows run beside it.
func (s *site) chance(r row) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(r.number))
	return rand.New(rand.NewPCG(s.options.seed, h.Sum64()))
}

// set changes a setting of the server while it runs.
func (s *site) set(ctx context.Context, name, value string) error {
	if err := s.exec(ctx, fmt.Sprintf("ALTER SYSTEM SET %s = '%s'", name, value)); err != nil {
		return err
	}
	return s.exec(ctx, "SELECT pg_reload_conf()")
}

// exec runs SQL in the maintenance database.
func (s *site) exec(ctx context.Context, sql string, args ...any) error {
	conn, err := pgx.Connect(ctx, s.server.DSN("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql, args...)
	return err
}
