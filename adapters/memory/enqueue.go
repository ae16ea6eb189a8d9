package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Enqueue implements ports.Enqueuer. It copies what it keeps.
func (s *Store) Enqueue(ctx context.Context, specs []*job.Spec) (ports.Enqueued, error) {
	var out ports.Enqueued
	err := s.do(ctx, "enqueue", func(now time.Time, hint *hints) error {
		admitted, err := s.admit(specs, now, nil)
		if err != nil {
			return err
		}
		s.publish(admitted.rows, now, hint)
		out = admitted.Enqueued
		return nil
	})
	return out, err
}

// admission is a call's new rows: in the maps, so that ids and unique keys are
// taken, but not yet anywhere a worker or a reader looks.
type admission struct {
	ports.Enqueued
	rows []*row
}

// admit makes rows of the specs, or of none.
func (s *Store) admit(specs []*job.Spec, now time.Time, tx *Tx) (admission, error) {
	a := admission{Enqueued: ports.Enqueued{At: now}, rows: make([]*row, 0, len(specs))}
	block := newBlock(len(specs))
	for i, spec := range specs {
		if err := s.admitOne(&a, block, i, spec, now, tx); err != nil {
			s.revoke(a.rows)
			return admission{}, err
		}
	}
	if stored := len(specs) - len(a.Held); stored > 0 && len(a.rows) == 0 {
		a.At = s.repeated(specs)
	}
	return a, nil
}

func (s *Store) admitOne(a *admission, block *block, place int, spec *job.Spec, now time.Time, tx *Tx) error {
	if err := check(place, spec); err != nil {
		return err
	}
	if r := s.jobs[spec.ID]; r != nil {
		if slices.Contains(a.rows, r) || r.pending != tx && r.pending != nil || !repeats(r, spec) {
			return fmt.Errorf("job %s: %w: the id is taken", spec.ID, job.ErrConflict)
		}
		return nil
	}
	if holder := s.holder(spec.UniqueKey, now); holder != nil {
		if a.Held == nil {
			a.Held = map[int]job.ID{}
		}
		a.Held[place] = holder.rec.ID
		return nil
	}
	if err := s.room(now); err != nil {
		return err
	}
	r := block.row(spec, now)
	r.pending = tx
	s.jobs[r.rec.ID] = r
	if r.rec.UniqueKey != "" {
		s.keys[r.rec.UniqueKey] = r
	}
	a.rows = append(a.rows, r)
	return nil
}

// holder is the row that keeps others from the unique key; nil if it is free.
func (s *Store) holder(key string, now time.Time) *row {
	if key == "" {
		return nil
	}
	if r := s.keys[key]; r != nil && r.holdsKey(now) {
		return r
	}
	return nil
}

// publish shows admitted rows to the world.
func (s *Store) publish(rows []*row, now time.Time, hint *hints) {
	for _, r := range rows {
		r.pending = nil
		r.line = s.line(r.rec.Queue)
		r.rec.Queue = r.line.info.Name
		s.ids.add(r)
		s.addDeadline(r)
		s.place(r, now, hint)
	}
}

// revoke undoes an admission.
func (s *Store) revoke(rows []*row) {
	for _, r := range rows {
		s.erase(r)
	}
}

// repeated is when the jobs of a call that was made before were stored.
func (s *Store) repeated(specs []*job.Spec) time.Time {
	for _, spec := range specs {
		if r := s.jobs[spec.ID]; r != nil {
			return r.rec.CreatedAt
		}
	}
	return time.Time{}
}

// check refuses what no store can keep; the rest was checked where it came from.
func check(place int, spec *job.Spec) error {
	field := func(name string) string { return fmt.Sprintf("jobs[%d].%s", place, name) }
	switch {
	case spec == nil:
		return job.Invalid(fmt.Sprintf("jobs[%d]", place), "is nil")
	case job.CheckID("id", spec.ID) != nil:
		return job.CheckID(field("id"), spec.ID)
	case spec.Kind == "":
		return job.Invalid(field("kind"), "is empty")
	case spec.Queue == "":
		return job.Invalid(field("queue"), "is empty")
	case len(spec.Tags) > job.MaxTags:
		return job.Invalid(field("tags"), "has %d; at most %d", len(spec.Tags), job.MaxTags)
	}
	return nil
}

// repeats tells whether the spec is the one that the row was made of, as far as
// nothing could have changed since.
func repeats(r *row, spec *job.Spec) bool {
	rec := &r.rec
	return rec.Kind == spec.Kind && rec.Queue == spec.Queue && rec.DisplayName == spec.DisplayName &&
		rec.Priority == spec.Priority && bytes.Equal(rec.Payload, spec.Payload) &&
		maps.EqualFunc(rec.Params, spec.Params, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) &&
		rec.MaxRetries == spec.MaxRetries && rec.Retry == spec.Retry && rec.Timeout == spec.Timeout &&
		rec.UniqueKey == spec.UniqueKey && rec.UniqueFor == spec.UniqueFor &&
		rec.Deadline.Equal(spec.DeadlineAt(rec.CreatedAt)) &&
		!slices.ContainsFunc(spec.Tags, func(t string) bool { return !slices.Contains(rec.Tags, t) })
}
