package memory

import (
	"context"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Get implements ports.Inspector.
func (s *Store) Get(ctx context.Context, id job.ID) (*job.Record, error) {
	var out *job.Record
	err := s.do(ctx, "get", func(time.Time, *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		out = copyOf(r)
		return nil
	})
	return out, err
}

// History implements ports.Inspector.
func (s *Store) History(ctx context.Context, id job.ID) ([]job.Entry, error) {
	var out []job.Entry
	err := s.do(ctx, "history", func(time.Time, *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		out = make([]job.Entry, len(r.entries))
		for i, e := range r.entries {
			out[i] = job.Entry{At: time.UnixMicro(e.at).UTC(), State: e.state, Attempt: int(e.attempt), Worker: e.worker, Reason: e.reason}
		}
		return nil
	})
	return out, err
}

// Failures implements ports.Inspector.
func (s *Store) Failures(ctx context.Context, id job.ID) ([]job.Failure, error) {
	var out []job.Failure
	err := s.do(ctx, "failures", func(time.Time, *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		out = slices.Clone(r.failures)
		return nil
	})
	return out, err
}

// List implements ports.Inspector. It looks at jobs newest first until the page is full.
func (s *Store) List(ctx context.Context, f job.Filter) (job.Page, error) {
	var out job.Page
	err := s.do(ctx, "list", func(time.Time, *hints) error {
		if err := f.Check(); err != nil {
			return err
		}
		start, _ := f.Start()
		rows := s.ids.rows()
		if !start.IsZero() {
			end, _ := slices.BinarySearchFunc(rows, start, func(r *row, id job.ID) int { return r.rec.ID.Compare(id) })
			rows = rows[:end]
		}
		for _, r := range slices.Backward(rows) {
			if erased(r) || !f.Matches(&r.rec) {
				continue
			}
			if len(out.Jobs) == f.Limit {
				out.Next = f.CursorAfter(out.Jobs[f.Limit-1].ID)
				return nil
			}
			out.Jobs = append(out.Jobs, copyOf(r))
		}
		return nil
	})
	return out, err
}

// Counts implements ports.Inspector.
func (s *Store) Counts(ctx context.Context, limit int) ([]ports.Count, error) {
	var out []ports.Count
	err := s.do(ctx, "counts", func(time.Time, *hints) error {
		for _, name := range s.names {
			for _, state := range job.States() {
				if n := *s.queues[name].counts.of(state); n > 0 {
					out = append(out, ports.Count{Queue: name, State: state, Jobs: min(n, limit)})
				}
			}
		}
		return nil
	})
	return out, err
}

// Waiting implements ports.Inspector.
func (s *Store) Waiting(ctx context.Context) ([]ports.Waiting, error) {
	var out []ports.Waiting
	err := s.do(ctx, "waiting", func(time.Time, *hints) error {
		for _, name := range s.names {
			var kinds []string
			for _, k := range s.queues[name].kinds {
				if k.live > 0 {
					kinds = append(kinds, k.kind)
				}
			}
			if len(kinds) > 0 {
				slices.Sort(kinds)
				out = append(out, ports.Waiting{Queue: name, Kinds: kinds})
			}
		}
		return nil
	})
	return out, err
}

// Queues implements ports.Inspector.
func (s *Store) Queues(ctx context.Context) ([]ports.Queue, error) {
	var out []ports.Queue
	err := s.do(ctx, "queues", func(time.Time, *hints) error {
		for _, name := range s.names {
			out = append(out, s.queues[name].info)
		}
		return nil
	})
	return out, err
}
