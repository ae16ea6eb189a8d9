package memory

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/ports"
)

// TakeDeaths implements ports.Deaths. It takes the deaths of lost workers, the
// oldest worker first, in the order in which they were stored.
func (s *Store) TakeDeaths(ctx context.Context, by int64, kinds []string, limit int) ([]ports.Death, error) {
	var out []ports.Death
	err := s.do(ctx, "take deaths", func(now time.Time, _ *hints) error {
		for _, owner := range slices.Sorted(maps.Keys(s.deaths)) {
			if _, err := s.live(owner, now); err == nil || owner == by {
				continue
			}
			var kept []*row
			for _, r := range s.deaths[owner] {
				if len(out) == limit || !slices.Contains(kinds, r.rec.Kind) {
					kept = append(kept, r)
					continue
				}
				s.owe(r, by)
				out = append(out, death(r))
			}
			s.deaths[owner] = kept
			if len(kept) == 0 {
				delete(s.deaths, owner)
			}
		}
		return nil
	})
	return out, err
}

// FinishDeaths implements ports.Deaths.
func (s *Store) FinishDeaths(ctx context.Context, by int64, deaths []ports.DeathID) error {
	return s.do(ctx, "finish deaths", func(time.Time, *hints) error {
		for _, d := range deaths {
			if r := s.jobs[d.Job]; r != nil && r.owedBy == by && r.rec.Seq == d.Seq {
				s.settleDeath(r)
			}
		}
		return nil
	})
}

func death(r *row) ports.Death {
	d := ports.Death{Job: copyOf(r)}
	if n := len(r.failures); n > 0 {
		last := r.failures[n-1]
		d.Failure = &last
	}
	return d
}

// owe remembers that the worker is about to run the row's Death interceptors.
func (s *Store) owe(r *row, owner int64) {
	r.owed, r.owedBy = true, owner
	s.deaths[owner] = append(s.deaths[owner], r)
}

// settleDeath forgets what owe remembered.
func (s *Store) settleDeath(r *row) {
	if !r.owed {
		return
	}
	r.owed = false
	owed := s.deaths[r.owedBy]
	if len(owed) == 1 {
		delete(s.deaths, r.owedBy)
		return
	}
	at := slices.Index(owed, r)
	s.deaths[r.owedBy] = slices.Delete(owed, at, at+1)
}
