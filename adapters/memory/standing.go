package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"
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
			out.Holdings = s.holdings()
		case job.Processing:
			out.CancelRequested = r.asked
			out.Holdings = s.holdings()
		}
		return nil
	})
	return out, err
}

// holdings counts the processing jobs by worker and queue. It looks over all jobs:
// it is for people who ask about one.
func (s *Store) holdings() (out []ports.Holding) {
	type place struct {
		worker int64
		queue  string
	}
	jobs := map[place]int{}
	for _, r := range s.jobs {
		if r.pending == nil && r.rec.State == job.Processing {
			jobs[place{r.rec.Lease.Worker(), r.rec.Queue}]++
		}
	}
	for at, n := range jobs {
		out = append(out, ports.Holding{Worker: at.worker, Queue: at.queue, Jobs: n})
	}
	slices.SortFunc(out, func(a, b ports.Holding) int {
		return cmp.Or(cmp.Compare(a.Worker, b.Worker), strings.Compare(a.Queue, b.Queue))
	})
	return out
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
