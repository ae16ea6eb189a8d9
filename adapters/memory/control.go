package memory

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// PauseWorker implements ports.Commander.
func (s *Store) PauseWorker(ctx context.Context, id, by, note string) error {
	return s.control(ctx, "pause worker", id, func(w *worker, now time.Time) {
		w.PausedAt, w.PausedBy, w.PauseNote = now, by, note
	})
}

// ResumeWorker implements ports.Commander.
func (s *Store) ResumeWorker(ctx context.Context, id string) error {
	return s.control(ctx, "resume worker", id, func(w *worker, _ time.Time) {
		w.PausedAt, w.PausedBy, w.PauseNote = time.Time{}, "", ""
	})
}

// DrainWorker implements ports.Commander.
func (s *Store) DrainWorker(ctx context.Context, id string) error {
	return s.control(ctx, "drain worker", id, func(w *worker, now time.Time) { w.drain(now) })
}

// SetConcurrency implements ports.Commander.
func (s *Store) SetConcurrency(ctx context.Context, id string, slots int) error {
	return s.control(ctx, "set concurrency", id, func(w *worker, _ time.Time) { w.Slots = slots })
}

// control changes what a live worker is asked to do.
func (s *Store) control(ctx context.Context, name, id string, change func(w *worker, now time.Time)) error {
	return s.do(ctx, name, func(now time.Time, hint *hints) error {
		for number, w := range s.workers {
			if w.ID != id {
				continue
			}
			if _, err := s.live(number, now); err != nil {
				return fmt.Errorf("worker %s is %s: %w", id, w.StateAt(now), job.ErrConflict)
			}
			change(w, now)
			hint.orders = true
			return nil
		}
		return &job.NotFoundError{What: "worker", Name: id}
	})
}
