package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/task-tower/tasktower/core/job"
)

// PauseWorker implements ports.Commander.
func (s *Store) PauseWorker(ctx context.Context, id, by, note string) error {
	return s.control(ctx, "pause worker", "worker_pause", id, by, note)
}

// ResumeWorker implements ports.Commander.
func (s *Store) ResumeWorker(ctx context.Context, id string) error {
	return s.control(ctx, "resume worker", "worker_resume", id)
}

// DrainWorker implements ports.Commander.
func (s *Store) DrainWorker(ctx context.Context, id string) error {
	return s.control(ctx, "drain worker", "worker_drain", id)
}

// SetConcurrency implements ports.Commander.
func (s *Store) SetConcurrency(ctx context.Context, id string, slots int) error {
	return s.control(ctx, "set concurrency", "worker_slots", id, slots)
}

// control changes what a live worker is asked to do, and wakes it.
func (s *Store) control(ctx context.Context, name, statement, id string, args ...any) error {
	ctx, cancel, err := s.call(ctx)
	if err != nil {
		return translate(name, err)
	}
	defer cancel()
	var done bool
	err = s.pool.QueryRow(ctx, s.sql.get(statement), append([]any{id}, args...)...).Scan(&done)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		err = &job.NotFoundError{What: "worker", Name: id}
	case err == nil && !done:
		err = fmt.Errorf("worker %s is lost or stopped: %w", id, job.ErrConflict)
	}
	if err != nil {
		return translate(name, err)
	}
	s.tell(&hints{orders: true})
	return nil
}
