package memory

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Promote implements ports.Promoter.
func (s *Store) Promote(ctx context.Context, limit int) (ports.Promotion, error) {
	out := ports.Promotion{Next: -1}
	err := s.do(ctx, "promote", func(now time.Time, hint *hints) error {
		for {
			it, ok := s.later.first()
			if !ok {
				return nil
			}
			due := it.row.rec.RunAt
			if due.After(now) {
				out.Next = due.Sub(now)
				return nil
			}
			if out.Moved >= limit {
				out.Next = 0
				return nil
			}
			s.due(it.row, now, hint)
			out.Moved++
		}
	})
	return out, err
}

// due moves a row whose time has come to its lane.
func (s *Store) due(r *row, now time.Time, hint *hints) {
	s.unplace(r)
	r.rec.State = job.Enqueued
	r.note(entry{at: r.rec.RunAt.UnixMicro(), state: job.Enqueued, attempt: int32(r.rec.Attempt), reason: string(job.CauseDue)})
	s.place(r, now, hint)
}
