package memory

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Standing implements ports.Inspector.
func (s *Store) Standing(ctx context.Context, id job.ID, limit int) (ports.Standing, error) {
	var out ports.Standing
	err := s.do(ctx, "standing", func(now time.Time, _ *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		out = ports.Standing{Now: now, Job: copyOf(r), Queue: r.line.info}
		if n := len(r.failures); n > 0 {
			f := r.failures[n-1]
			out.Failure = &f
		}
		switch r.rec.State {
		case job.Enqueued:
			out.Ahead = r.line.ahead(r, limit)
			out.Running = *r.line.counts.of(job.Processing)
		case job.Processing:
			out.CancelRequested = r.asked
		}
		return nil
	})
	return out, err
}

// ahead counts the waiting jobs that come before an enqueued row, up to limit.
func (l *line) ahead(r *row, limit int) (n int) {
	me := newItem(r.rec.RunAt, r)
	for _, k := range l.kinds {
		for _, lane := range k.lanes {
			switch {
			case n >= limit:
				return limit
			case lane.priority > r.rec.Priority:
				n += lane.live
			case lane.priority == r.rec.Priority:
				n += lane.countBefore(me, limit-n)
			}
		}
	}
	return min(n, limit)
}

// countBefore counts the live items that come before it, up to limit.
func (g *agenda) countBefore(it item, limit int) (n int) {
	for _, other := range g.run[g.head:] {
		if n == limit || !other.before(it) {
			break
		}
		if !other.stale() {
			n++
		}
	}
	for _, other := range g.heap {
		if !other.stale() && other.before(it) {
			n++
		}
	}
	return min(limit, n)
}
