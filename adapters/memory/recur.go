package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

var _ ports.Recurrer = (*Store)(nil)

// recurring are the recurring jobs by key.
type recurring struct {
	byKey    map[string]*recurrence
	versions int64 // the last one given
}

// recurrence is a recurring job. One that somebody removed stays if code declares
// it, so that code does not bring it back.
type recurrence struct {
	ports.Recurring
	coded   bool // a declared one was saved under the key, whichever counts
	removed bool
}

// changed gives r a version that it never had.
func (c *recurring) changed(r *recurrence) {
	c.versions++
	r.Version = c.versions
}

func (c *recurring) find(key string) (*recurrence, error) {
	if err := job.CheckName("key", key); err != nil {
		return nil, err
	}
	if r := c.byKey[key]; r != nil && !r.removed {
		return r, nil
	}
	return nil, &job.NotFoundError{What: "recurring job", Name: key}
}

// SaveRecurring implements ports.Recurrer. It copies what it keeps.
func (s *Store) SaveRecurring(ctx context.Context, r ports.Recurring) error {
	return s.do(ctx, "save recurring", func(now time.Time, hint *hints) error {
		if err := job.CheckName("key", r.Key); err != nil {
			return err
		}
		if r.Job == nil {
			return job.Invalid("recurring", "has no job")
		}
		old := s.recurring.byKey[r.Key]
		if old != nil {
			old.coded = old.coded || r.Declared
			if r.Declared && (old.removed || !old.Declared) || !old.removed && same(&old.Recurring, &r) {
				return nil
			}
		}
		kept := &recurrence{Recurring: ports.Recurring{Anchor: now, Since: now}, coded: r.Declared}
		if old != nil {
			kept.coded = old.coded
		}
		if old != nil && !old.removed {
			kept.Recurring = old.Recurring
			if old.Spec != r.Spec || old.Zone != r.Zone {
				kept.Anchor, kept.Since, kept.Next, kept.Held = now, now, time.Time{}, time.Time{}
			}
		}
		kept.Key, kept.Spec, kept.Zone, kept.Declared = r.Key, r.Spec, r.Zone, r.Declared
		kept.Misfire, kept.Overlap, kept.Job = r.Misfire, r.Overlap, copySpec(r.Job)
		s.recurring.changed(kept)
		s.recurring.byKey[r.Key] = kept
		hint.recurring = true
		return nil
	})
}

// same tells whether both say the same.
func same(a, b *ports.Recurring) bool {
	return a.Spec == b.Spec && a.Zone == b.Zone && a.Misfire == b.Misfire && a.Overlap == b.Overlap &&
		a.Declared == b.Declared && reflect.DeepEqual(a.Job, copySpec(b.Job))
}

// RemoveRecurring implements ports.Recurrer.
func (s *Store) RemoveRecurring(ctx context.Context, key string) error {
	return s.do(ctx, "remove recurring", func(time.Time, *hints) error {
		r, err := s.recurring.find(key)
		if err != nil {
			return err
		}
		if r.coded {
			r.removed = true
		} else {
			delete(s.recurring.byKey, key)
		}
		return nil
	})
}

// PauseRecurring implements ports.Recurrer.
func (s *Store) PauseRecurring(ctx context.Context, key, by, note string, until time.Time) error {
	return s.do(ctx, "pause recurring", func(now time.Time, _ *hints) error {
		r, err := s.recurring.find(key)
		if err != nil {
			return err
		}
		if !until.IsZero() && !job.Micro(until).After(now) {
			return job.Invalid("until", "is over")
		}
		r.PausedAt, r.PausedBy, r.PauseNote, r.PausedUntil = now, by, note, time.Time{}
		if !until.IsZero() {
			r.PausedUntil = job.Micro(until)
		}
		s.recurring.changed(r)
		return nil
	})
}

// ResumeRecurring implements ports.Recurrer.
func (s *Store) ResumeRecurring(ctx context.Context, key string) error {
	return s.do(ctx, "resume recurring", func(now time.Time, hint *hints) error {
		r, err := s.recurring.find(key)
		if err != nil || r.PausedAt.IsZero() {
			return err
		}
		unpause(&r.Recurring)
		r.Since, r.Next, r.Held = now, time.Time{}, time.Time{}
		s.recurring.changed(r)
		hint.recurring = true
		return nil
	})
}

func unpause(r *ports.Recurring) {
	r.PausedAt, r.PausedBy, r.PauseNote, r.PausedUntil = time.Time{}, "", "", time.Time{}
}

// Recurring implements ports.Recurrer.
func (s *Store) Recurring(ctx context.Context) ([]ports.Recurring, error) {
	var out []ports.Recurring
	err := s.do(ctx, "recurring", func(time.Time, *hints) error {
		for _, key := range slices.Sorted(maps.Keys(s.recurring.byKey)) {
			if r := s.recurring.byKey[key]; !r.removed {
				out = append(out, s.standing(&r.Recurring))
			}
		}
		return nil
	})
	return out, err
}

// DueRecurring implements ports.Recurrer.
func (s *Store) DueRecurring(ctx context.Context, limit int) (ports.DueRecurring, error) {
	out := ports.DueRecurring{Next: -1}
	err := s.do(ctx, "due recurring", func(now time.Time, _ *hints) error {
		out.Now = now
		var due []*ports.Recurring
		for _, r := range s.recurring.byKey {
			if r.removed {
				continue
			}
			at, ok := dueAt(&r.Recurring)
			switch {
			case !ok:
			case at.After(now):
				if wait := at.Sub(now); out.Next < 0 || wait < out.Next {
					out.Next = wait
				}
				if !r.Held.IsZero() && !paused(&r.Recurring, now) {
					due = append(due, &r.Recurring)
				}
			default:
				due = append(due, &r.Recurring)
			}
		}
		slices.SortFunc(due, func(a, b *ports.Recurring) int {
			return cmp.Or(a.Next.Compare(b.Next), cmp.Compare(a.Key, b.Key))
		})
		for _, r := range due[:min(max(limit, 0), len(due))] {
			out.Due = append(out.Due, s.standing(r))
		}
		return nil
	})
	return out, err
}

// dueAt is when somebody has to look at r; ok is false while that is not known.
func dueAt(r *ports.Recurring) (at time.Time, ok bool) {
	switch {
	case r.PausedAt.IsZero():
		return r.Next, true
	case r.PausedUntil.IsZero():
		return time.Time{}, false
	case r.Next.Before(r.PausedUntil):
		return r.PausedUntil, true
	}
	return r.Next, true
}

func paused(r *ports.Recurring, now time.Time) bool {
	return !r.PausedAt.IsZero() && (r.PausedUntil.IsZero() || r.PausedUntil.After(now))
}

// Fire implements ports.Recurrer.
func (s *Store) Fire(ctx context.Context, f ports.Firing) error {
	return s.do(ctx, "fire", func(now time.Time, hint *hints) error {
		r := s.recurring.byKey[f.Key]
		if r == nil || r.removed || r.Version != f.Version {
			return fmt.Errorf("recurring job %q: %w: it was changed meanwhile", f.Key, job.ErrConflict)
		}
		admitted, err := s.admit(f.Jobs, now, nil)
		if err != nil {
			return err
		}
		s.publish(admitted.rows, now, hint)
		unpause(&r.Recurring)
		r.Next, r.Held = job.Micro(f.Next), job.Micro(f.Held)
		if len(f.Jobs) > 0 {
			r.LastSlot, r.LastJob = job.Micro(f.Slot), f.Jobs[len(f.Jobs)-1].ID
		}
		s.recurring.changed(r)
		return nil
	})
}

// standing is a copy of r with what its last job is doing.
func (s *Store) standing(r *ports.Recurring) ports.Recurring {
	c := *r
	c.Job = copySpec(r.Job)
	if row := s.jobs[r.LastJob]; row != nil && row.pending == nil {
		c.LastState = row.rec.State
	}
	return c
}

func copySpec(s *job.Spec) *job.Spec {
	c := *s
	c.ID, c.RunAt, c.Delay = job.ID{}, time.Time{}, 0
	c.Payload, c.Params, c.Tags = slices.Clone(s.Payload), maps.Clone(s.Params), slices.Clone(s.Tags)
	return &c
}
