package postgres

import (
	"context"
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
	var number int64
	err = s.pool.QueryRow(ctx, s.sql.get("worker_register"), w.ID, w.Host, w.PID, w.Version, w.Queues, list(w.Kinds),
		w.Slots, w.Running, w.Overstaying, ttl.Microseconds()).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("worker %s: %w: the id is taken", w.ID, job.ErrConflict)
	}
	return number, translate("register", err)
}

// Beat implements ports.Registrar.
func (s *Store) Beat(ctx context.Context, b ports.Beat, ttl time.Duration) (ports.Orders, error) {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return ports.Orders{}, translate("beat", err)
	}
	defer cancel()

	var live bool
	var out ports.Orders
	batch := &pgx.Batch{}
	batch.Queue(s.sql.get("worker_beat"), b.Number, b.Running, b.Overstaying, ttl.Microseconds()).Query(func(rows pgx.Rows) error {
		live = rows.Next()
		rows.Close()
		return rows.Err()
	})
	batch.Queue(s.sql.get("worker_cancels"), bucket, b.Number).Query(func(rows pgx.Rows) error {
		ids, err := collectIDs(rows)
		out.Cancel = ids
		return err
	})
	err = s.pipeline(ctx, batch)
	if err == nil && !live {
		return ports.Orders{}, translate("beat", fmt.Errorf("worker %d: %w", b.Number, job.ErrLeaseLost))
	}
	return out, translate("beat", err)
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
		var stopped *time.Time
		err := row.Scan(&w.ID, &w.Number, &w.Host, &w.PID, &w.Version, &w.Queues, &w.Kinds, &w.Slots, &w.Running,
			&w.StartedAt, &w.BeatAt, &w.LiveUntil, &stopped, &w.Overstaying)
		w.StartedAt, w.BeatAt, w.LiveUntil, w.StoppedAt = w.StartedAt.UTC(), w.BeatAt.UTC(), w.LiveUntil.UTC(), utc(stopped)
		return w, err
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
