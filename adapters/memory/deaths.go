package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// mourner is who is about to run the Death interceptors of jobs of a kind.
type mourner struct {
	worker int64 // 0: nobody
	kind   string
}

// TakeDeaths implements ports.Deaths. It takes the deaths of lost workers and the
// worker's own, the oldest worker first, those of one kind in the order in which they
// were stored.
func (s *Store) TakeDeaths(ctx context.Context, by int64, kinds []string, inHand []job.ID, limit int) ([]ports.Death, error) {
	var out []ports.Death
	err := s.do(ctx, "take deaths", func(now time.Time, _ *hints) error {
		var taken []*row
		for _, m := range slices.SortedFunc(maps.Keys(s.deaths), mourner.compare) {
			if m.worker != by && s.lives(m.worker, now) || !slices.Contains(kinds, m.kind) {
				continue
			}
			taken = append(taken, s.takeDeaths(m, inHand, limit-len(taken))...)
		}
		for _, r := range taken {
			s.owe(r, by)
			out = append(out, death(r))
		}
		return nil
	})
	return out, err
}

// takeDeaths takes up to limit jobs away from a mourner, but for those in hand.
func (s *Store) takeDeaths(m mourner, inHand []job.ID, limit int) (taken []*row) {
	owed := s.deaths[m]
	var kept []*row
	for ; len(owed) > 0 && len(taken) < limit; owed = owed[1:] {
		if slices.Contains(inHand, owed[0].rec.ID) {
			kept = append(kept, owed[0])
		} else {
			taken = append(taken, owed[0])
		}
	}
	if len(kept) > 0 {
		owed = append(kept, owed...)
	}
	if s.deaths[m] = owed; len(owed) == 0 {
		delete(s.deaths, m)
	}
	return taken
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
	m := r.mourner()
	s.deaths[m] = append(s.deaths[m], r)
}

func (r *row) mourner() mourner { return mourner{r.owedBy, r.rec.Kind} }

func (m mourner) compare(other mourner) int {
	return cmp.Or(cmp.Compare(m.worker, other.worker), cmp.Compare(m.kind, other.kind))
}

// mourned tells whether a live worker is about to run the row's Death interceptors.
func (s *Store) mourned(r *row, now time.Time) bool { return r.owed && s.lives(r.owedBy, now) }

// settleDeath forgets what owe remembered.
func (s *Store) settleDeath(r *row) {
	if !r.owed {
		return
	}
	r.owed = false
	m := r.mourner()
	owed := s.deaths[m]
	if len(owed) == 1 {
		delete(s.deaths, m)
		return
	}
	at := slices.Index(owed, r)
	s.deaths[m] = slices.Delete(owed, at, at+1)
}
