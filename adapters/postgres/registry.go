package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Register implements ports.Registrar.
func (s *Store) Register(ctx context.Context, w ports.Worker, ttl time.Duration) (int64, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return 0, translate("register", err)
	}
	defer cancel()
	terms, err := json.Marshal(w.Terms)
	if err != nil {
		return 0, translate("register", err)
	}
	var number int64
	err = s.pool.QueryRow(ctx, s.sql.get("worker_register"), w.ID, w.Host, w.PID, w.Version, w.Queues, list(w.Kinds),
		w.Slots, w.Running, w.Overstaying, ttl.Microseconds(), w.Heartbeat.Microseconds(), w.Number, string(terms)).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("worker %s: %w: the id is taken", w.ID, job.ErrConflict)
	}
	return number, translate("register", err)
}

// Beat implements ports.Registrar.
func (s *Store) Beat(ctx context.Context, b ports.Beat, ttl time.Duration) (ports.Orders, error) {
	return s.orders(ctx, "beat", s.pool.alive, b.Number, "worker_beat", b.Running, b.Overstaying, ttl.Microseconds(), b.Slots, b.Draining)
}

// Orders implements ports.Registrar.
func (s *Store) Orders(ctx context.Context, number int64) (ports.Orders, error) {
	return s.orders(ctx, "orders", s.pipeline, number, "worker_orders")
}

// orders runs a statement that returns the orders of a live worker, and finds out
// which jobs it should end.
func (s *Store) orders(ctx context.Context, name string, send func(context.Context, *pgx.Batch) error, number int64,
	statement string, args ...any) (ports.Orders, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return ports.Orders{}, translate(name, err)
	}
	defer cancel()

	var out ports.Orders
	batch := &pgx.Batch{}
	batch.Queue(s.sql.get(statement), append([]any{number}, args...)...).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&out.Slots, &out.Paused, &out.PausedBy, &out.PauseNote, &out.Drain)
		if errors.Is(err, pgx.ErrNoRows) {
			err = fmt.Errorf("worker %d: %w", number, job.ErrLeaseLost)
		}
		return err
	})
	batch.Queue(s.sql.get("worker_cancels"), bucket, number).Query(func(rows pgx.Rows) error {
		ids, err := collectIDs(rows)
		out.Cancel = ids
		return err
	})
	if err := send(ctx, batch); err != nil {
		return ports.Orders{}, translate(name, err)
	}
	return out, nil
}

// Deregister implements ports.Registrar.
func (s *Store) Deregister(ctx context.Context, number int64) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate("deregister", err)
	}
	defer cancel()
	_, err = s.pool.Exec(ctx, s.sql.get("worker_deregister"), number)
	return translate("deregister", err)
}

// Workers implements ports.Registrar.
func (s *Store) Workers(ctx context.Context) ([]ports.Worker, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return nil, translate("workers", err)
	}
	defer cancel()
	rows, err := s.pool.Query(ctx, s.sql.get("workers"))
	if err != nil {
		return nil, translate("workers", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ports.Worker, error) {
		var w ports.Worker
		var heartbeat int64
		var draining, stopped, paused *time.Time
		var now time.Time
		var terms []byte
		err := row.Scan(&w.ID, &w.Number, &w.Host, &w.PID, &w.Version, &w.Queues, &w.Kinds, &w.Slots, &w.Running, &w.Overstaying,
			&heartbeat, &w.StartedAt, &w.BeatAt, &w.LiveUntil, &draining, &stopped, &paused, &w.PausedBy, &w.PauseNote, &now, &terms)
		w.StartedAt, w.BeatAt, w.LiveUntil = w.StartedAt.UTC(), w.BeatAt.UTC(), w.LiveUntil.UTC()
		w.DrainingAt, w.StoppedAt, w.PausedAt = utc(draining), utc(stopped), utc(paused)
		w.Heartbeat = micros(heartbeat)
		w.State = w.StateAt(now)
		if err != nil {
			return w, err
		}
		return w, json.Unmarshal(terms, &w.Terms)
	})
	return out, translate("workers", err)
}

func collectIDs(rows pgx.Rows) ([]job.ID, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (job.ID, error) {
		var id job.ID
		err := row.Scan((*[16]byte)(&id))
		return id, err
	})
}
