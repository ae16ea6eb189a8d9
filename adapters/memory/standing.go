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
			out.Ahead, out.Suspects = r.line.ahead(r, limit)
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
	jobs, suspects := map[place]int{}, map[place]int{}
	for _, r := range s.jobs {
		if r.pending == nil && r.rec.State == job.Processing {
			at := place{r.rec.Lease.Worker(), r.rec.Queue}
			if jobs[at]++; r.rec.Crashes > 0 {
				suspects[at]++
			}
		}
	}
	for at, n := range jobs {
		out = append(out, ports.Holding{Worker: at.worker, Queue: at.queue, Jobs: n, Suspects: suspects[at]})
	}
	slices.SortFunc(out, func(a, b ports.Holding) int {
		return cmp.Or(cmp.Compare(a.Worker, b.Worker), strings.Compare(a.Queue, b.Queue))
	})
	return out
}

// ahead counts the waiting jobs that come before an enqueued row, and the suspects
// among them, each up to limit.
func (l *line) ahead(r *row, limit int) (n, suspects int) {
	me := newItem(r.rec.RunAt, r)
	for _, k := range l.kinds {
		for _, lane := range k.lanes {
			before := 0
			switch {
			case lane.priority > r.rec.Priority:
				before = lane.live
			case lane.priority == r.rec.Priority:
				before = lane.countBefore(me, limit)
			}
			if n += before; lane.suspects {
				suspects += before
			}
		}
	}
	return min(n, limit), min(suspects, limit)
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
