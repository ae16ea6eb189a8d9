package memory

import (
	"context"
	"maps"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

var _ ports.Pruner = (*Store)(nil)

// retentions are how long jobs are kept, by kind; see ports.Pruner.
type retentions struct {
	byKind map[string]job.Retention
	due    time.Time // before it no job is to go
}

func (k *retentions) of(kind string) job.Retention {
	for _, name := range []string{kind, ""} {
		if r, ok := k.byKind[name]; ok {
			return r
		}
	}
	return job.DefaultRetention()
}

// shortest is the least time after which any job may go.
func (k *retentions) shortest() time.Duration {
	least := k.of("").Shortest()
	for _, r := range k.byKind {
		if d := r.Shortest(); d >= 0 && (least < 0 || d < least) {
			least = d
		}
	}
	return least
}

// Retain implements ports.Pruner.
func (s *Store) Retain(ctx context.Context, kinds map[string]job.Retention) error {
	return s.do(ctx, "retain", func(time.Time, *hints) error {
		if s.retained.byKind == nil {
			s.retained.byKind = map[string]job.Retention{}
		}
		maps.Copy(s.retained.byKind, kinds)
		s.retained.due = time.Time{}
		return nil
	})
}

// Prune implements ports.Pruner. Between two looks at all finished jobs lies at
// least the time until the first of them may go.
func (s *Store) Prune(ctx context.Context, limit int) (ports.Pruned, error) {
	var out ports.Pruned
	err := s.do(ctx, "prune", func(now time.Time, _ *hints) error {
		s.forgetWorkers(now)
		if now.Before(s.retained.due) {
			return nil
		}
		var old []*row
		next := now.Add(job.MaxRetention)
		if d := s.retained.shortest(); d >= 0 {
			next = now.Add(d) // of jobs that have yet to end
		}
		s.finished.each(func(r *row) bool {
			switch at, ok := expiry(r, s.retained.of(r.rec.Kind)); {
			case !ok:
			case !now.Before(at) && !s.mourned(r, now):
				old = append(old, r)
			case at.Before(next):
				next = at
			}
			return len(old) < limit
		})
		for _, r := range old {
			s.forget(r)
		}
		out.Jobs, out.More = len(old), len(old) >= limit
		if !out.More {
			s.retained.due = next
		}
		return nil
	})
	return out, err
}

// expiry is when a finished job may go; ok is false if never.
func expiry(r *row, keep job.Retention) (at time.Time, ok bool) {
	at, ok = keep.Expiry(r.rec.State, r.rec.EndedAt)
	if held := r.rec.CreatedAt.Add(r.rec.UniqueFor); r.rec.UniqueKey != "" && held.After(at) {
		at = held
	}
	return at, ok
}

// PruneOlder implements ports.Pruner.
func (s *Store) PruneOlder(ctx context.Context, req ports.PruneRequest) (ports.Pruned, error) {
	out := ports.Pruned{Last: req.After}
	err := s.do(ctx, "prune older", func(now time.Time, _ *hints) error {
		var old []*row
		rows := s.ids.behind(req.After)
		for _, r := range rows[:min(max(req.Limit, 0), len(rows))] {
			out.Last = r.rec.ID
			if erased(r) {
				continue
			}
			if at, ok := expiry(r, req.Retention); ok && !now.Before(at) && !s.mourned(r, now) {
				old = append(old, r)
			}
		}
		for _, r := range old {
			s.forget(r)
		}
		out.Jobs, out.More = len(old), len(rows) > req.Limit
		return nil
	})
	return out, err
}
