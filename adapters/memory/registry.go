package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// workerMemory is how long a worker that is gone stays in the list. It is known for
// longer while it holds jobs.
const workerMemory = 24 * time.Hour

// worker is a registered worker and what it is asked to do.
type worker struct {
	ports.Worker
	asked   map[job.ID]struct{} // jobs it holds that somebody asked to cancel
	givenUp bool                // its life ended without a word
	held    int                 // jobs that are processing under its leases

	recalled job.Lease // the highest; a claim under it that comes now is too late
}

// Register implements ports.Registrar.
func (s *Store) Register(ctx context.Context, w ports.Worker, ttl time.Duration) (int64, error) {
	var number int64
	err := s.do(ctx, "register", func(now time.Time, _ *hints) error {
		s.forgetWorkers(now)
		for _, known := range s.workers {
			if known.ID == w.ID {
				return fmt.Errorf("worker %s: %w: the id is taken", w.ID, job.ErrConflict)
			}
		}
		if s.numbers == job.MaxWorkerNumber {
			return &LimitError{What: "worker numbers", Limit: job.MaxWorkerNumber}
		}
		s.numbers++
		number = s.numbers
		s.workers[number] = &worker{Worker: ports.Worker{
			ID: w.ID, Number: number, Host: w.Host, PID: w.PID, Version: w.Version,
			Queues: slices.Clone(w.Queues), Kinds: slices.Clone(w.Kinds), Terms: copyTerms(w.Terms),
			Slots: w.Slots, Running: w.Running, Overstaying: w.Overstaying, Heartbeat: w.Heartbeat,
			StartedAt: now, BeatAt: now, LiveUntil: job.Micro(now.Add(ttl)),
		}}
		if before := s.workers[w.Number]; before != nil {
			n := &s.workers[number].Worker
			n.PausedAt, n.PausedBy, n.PauseNote = before.PausedAt, before.PausedBy, before.PauseNote
			n.DrainingAt = before.DrainingAt
		}
		return nil
	})
	return number, err
}

// Beat implements ports.Registrar.
func (s *Store) Beat(ctx context.Context, b ports.Beat, ttl time.Duration) (ports.Orders, error) {
	var out ports.Orders
	err := s.do(ctx, "beat", func(now time.Time, _ *hints) error {
		w, err := s.live(b.Number, now)
		if err != nil {
			return err
		}
		w.Running, w.Overstaying = b.Running, b.Overstaying
		w.BeatAt, w.LiveUntil = now, job.Micro(now.Add(ttl))
		if b.Slots > 0 {
			w.Slots = b.Slots
		}
		if b.Draining {
			w.drain(now)
		}
		out = w.orders()
		return nil
	})
	return out, err
}

// Orders implements ports.Registrar.
func (s *Store) Orders(ctx context.Context, number int64) (ports.Orders, error) {
	var out ports.Orders
	err := s.do(ctx, "orders", func(now time.Time, _ *hints) error {
		w, err := s.live(number, now)
		if err == nil {
			out = w.orders()
		}
		return err
	})
	return out, err
}

func (w *worker) orders() ports.Orders {
	return ports.Orders{
		Cancel: slices.SortedFunc(maps.Keys(w.asked), job.ID.Compare), Slots: w.Slots,
		Paused: w.Paused(), PausedBy: w.PausedBy, PauseNote: w.PauseNote, Drain: !w.DrainingAt.IsZero(),
	}
}

func (w *worker) drain(now time.Time) {
	if w.DrainingAt.IsZero() {
		w.DrainingAt = now
	}
}

// claims tells whether the worker may claim.
func (w *worker) claims() bool { return !w.Paused() && w.DrainingAt.IsZero() }

// Deregister implements ports.Registrar.
func (s *Store) Deregister(ctx context.Context, number int64) error {
	return s.do(ctx, "deregister", func(now time.Time, _ *hints) error {
		if w := s.workers[number]; w != nil && !w.givenUp && w.StoppedAt.IsZero() {
			w.StoppedAt, w.Running = now, 0
			if w.LiveUntil.After(now) {
				w.LiveUntil = now
			}
		}
		return nil
	})
}

// Workers implements ports.Registrar.
func (s *Store) Workers(ctx context.Context) ([]ports.Worker, error) {
	var out []ports.Worker
	err := s.do(ctx, "workers", func(now time.Time, _ *hints) error {
		s.forgetWorkers(now)
		for _, w := range s.workers {
			if longGone(w, now) {
				continue
			}
			c := w.Worker
			c.State = c.StateAt(now)
			c.Queues, c.Kinds = slices.Clone(c.Queues), slices.Clone(c.Kinds)
			c.Terms = copyTerms(c.Terms)
			out = append(out, c)
		}
		slices.SortFunc(out, func(a, b ports.Worker) int { return int(b.Number - a.Number) })
		return nil
	})
	return out, err
}

// live is the worker of this number, if its life has not ended.
func (s *Store) live(number int64, now time.Time) (*worker, error) {
	w := s.workers[number]
	if w == nil || w.givenUp || !w.StoppedAt.IsZero() || !now.Before(w.LiveUntil) {
		return nil, fmt.Errorf("worker %d: %w", number, job.ErrLeaseLost)
	}
	return w, nil
}

func (s *Store) lives(number int64, now time.Time) bool {
	_, err := s.live(number, now)
	return err == nil
}

// forgetWorkers forgets those that are gone for long, unless their jobs have yet to
// be rescued.
func (s *Store) forgetWorkers(now time.Time) {
	for number, w := range s.workers {
		if longGone(w, now) && w.held == 0 {
			delete(s.workers, number)
		}
	}
}

func longGone(w *worker, now time.Time) bool { return !now.Before(w.LiveUntil.Add(workerMemory)) }

// ask tells the worker that holds the row to end it.
func (s *Store) ask(r *row, hint *hints) {
	r.asked = true
	hint.orders = true
	if w := s.workers[r.rec.Lease.Worker()]; w != nil {
		if w.asked == nil {
			w.asked = map[job.ID]struct{}{}
		}
		w.asked[r.rec.ID] = struct{}{}
	}
}

// answered withdraws what ask said. The row still has its lease.
func (s *Store) answered(r *row) {
	if !r.asked {
		return
	}
	r.asked = false
	if w := s.workers[r.rec.Lease.Worker()]; w != nil {
		delete(w.asked, r.rec.ID)
	}
}

func copyTerms(t ports.Terms) ports.Terms {
	t.Takes, t.Caps = slices.Clone(t.Takes), maps.Clone(t.Caps)
	t.Limits, t.Reserved = maps.Clone(t.Limits), maps.Clone(t.Reserved)
	return t
}
