package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

var _ ports.Rescuer = (*Store)(nil)

// Lost implements ports.Rescuer. It looks over all jobs, but only while a worker
// is gone that has left some behind.
func (s *Store) Lost(ctx context.Context, limit int, busy ...job.Lease) ([]*job.Record, error) {
	var out []*job.Record
	err := s.do(ctx, "lost", func(now time.Time, _ *hints) error {
		gone := s.giveUp(now)
		if len(gone) == 0 {
			return nil
		}
		var rows []*row
		for _, r := range s.jobs {
			if r.rec.State == job.Processing && gone[r.rec.Lease.Worker()] && !slices.Contains(busy, r.rec.Lease) {
				rows = append(rows, r)
			}
		}
		slices.SortFunc(rows, func(a, b *row) int {
			return cmp.Or(cmp.Compare(a.rec.Lease, b.rec.Lease), a.rec.ID.Compare(b.rec.ID))
		})
		for _, r := range rows[:min(limit, len(rows))] {
			out = append(out, copyOf(r))
		}
		return nil
	})
	return out, err
}

// giveUp ends the registration of workers whose life has ended, and names all
// that are gone and have left jobs behind.
func (s *Store) giveUp(now time.Time) map[int64]bool {
	gone := map[int64]bool{}
	for number, w := range s.workers {
		if w.StoppedAt.IsZero() && !now.Before(w.LiveUntil) {
			w.givenUp = true
		}
		if (w.givenUp || !w.StoppedAt.IsZero()) && w.held > 0 {
			gone[number] = true
		}
	}
	return gone
}

// Expire implements ports.Rescuer. A job that is processing when its deadline
// passes is looked at again while it lives.
func (s *Store) Expire(ctx context.Context, limit int) (int, error) {
	moved := 0
	err := s.do(ctx, "expire", func(now time.Time, hint *hints) error {
		for moved < limit {
			id, ok := s.deadlines.passed(now)
			if !ok {
				return nil
			}
			switch r := s.jobs[id]; {
			case r == nil || r.pending != nil:
			case r.rec.State.Waiting():
				s.expire(r, now, hint)
				moved++
			case r.rec.State == job.Processing:
				s.lookAgain(r, now)
			}
		}
		return nil
	})
	return moved, err
}

// expire ends a waiting job that is past its deadline.
func (s *Store) expire(r *row, now time.Time, hint *hints) {
	s.unplace(r)
	rec := &r.rec
	rec.State, rec.DeadReason, rec.EndedAt = job.Dead, job.DeadDeadline, now
	rec.Seq++
	r.note(entry{at: now.UnixMicro(), state: job.Dead, attempt: int32(rec.Attempt), reason: string(job.CauseDeadline)})
	s.place(r, now, hint)
	s.owe(r, 0)
}
