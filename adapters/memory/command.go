package memory

import (
	"context"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Cancel implements ports.Commander.
func (s *Store) Cancel(ctx context.Context, id job.ID, note string) (job.State, error) {
	var state job.State
	err := s.do(ctx, "cancel", func(now time.Time, hint *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		if r.rec.State == job.Processing {
			s.ask(r, hint)
			state = job.Processing
			return nil
		}
		if err := s.end(r, job.Cancelled, job.CauseCancel, note, now, hint); err != nil {
			return err
		}
		state = job.Cancelled
		return nil
	})
	return state, err
}

// Requeue implements ports.Commander.
func (s *Store) Requeue(ctx context.Context, id job.ID, note string) error {
	return s.do(ctx, "requeue", func(now time.Time, hint *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		holder := s.holder(r.rec.UniqueKey, now)
		if holder != nil && holder != r && job.CanMove(r.rec.State, job.Enqueued, job.CauseRequeue) {
			return &job.DuplicateError{Key: r.rec.UniqueKey, Holder: holder.rec.ID}
		}
		return s.end(r, job.Enqueued, job.CauseRequeue, note, now, hint)
	})
}

// end ends a row's stay in a state that no worker's lease fences.
func (s *Store) end(r *row, to job.State, cause job.Cause, note string, now time.Time, hint *hints) error {
	if !job.CanMove(r.rec.State, to, cause) {
		return &job.TransitionError{ID: r.rec.ID, From: r.rec.State, To: to}
	}
	s.unplace(r)
	r.rec.State = to
	r.rec.Seq++
	if to == job.Enqueued {
		s.settleDeath(r)
		r.rec.RunAt, r.rec.EndedAt, r.rec.DeadReason = now, time.Time{}, ""
		r.rec.Failures, r.rec.Crashes = 0, 0
		if r.rec.UniqueKey != "" {
			s.keys[r.rec.UniqueKey] = r
		}
		if at := r.rec.Deadline; !at.IsZero() && !now.Before(at) {
			s.lookAgain(r, now) // it may have been looked at while the job was final
		}
	} else {
		r.rec.EndedAt = now
	}
	r.note(entry{at: now.UnixMicro(), state: to, attempt: int32(r.rec.Attempt), reason: because(cause, note)})
	s.place(r, now, hint)
	return nil
}

// stateDeleted is what a refused delete says it would have moved to.
const stateDeleted job.State = "deleted"

// Delete implements ports.Commander.
func (s *Store) Delete(ctx context.Context, id job.ID) error {
	return s.do(ctx, "delete", func(time.Time, *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		if r.rec.State == job.Processing {
			return &job.TransitionError{ID: id, From: job.Processing, To: stateDeleted}
		}
		s.forget(r)
		return nil
	})
}

// Tag implements ports.Commander.
func (s *Store) Tag(ctx context.Context, id job.ID, tags []string) error {
	return s.do(ctx, "tag", func(time.Time, *hints) error {
		r, err := s.find(id)
		if err != nil {
			return err
		}
		all := slices.Concat(r.rec.Tags, tags)
		slices.Sort(all)
		all = slices.Compact(all)
		if len(all) > job.MaxTags {
			return job.Invalid("tags", "would be %d; at most %d", len(all), job.MaxTags)
		}
		r.rec.Tags = all
		return nil
	})
}

// PauseQueue implements ports.Commander.
func (s *Store) PauseQueue(ctx context.Context, queue, by, note string) error {
	return s.do(ctx, "pause queue", func(now time.Time, hint *hints) error {
		l := s.line(queue)
		l.info.PausedAt, l.info.PausedBy, l.info.Note = now, by, note
		if at, found := slices.BinarySearch(s.paused, l.info.Name); !found {
			s.paused = slices.Insert(s.paused, at, l.info.Name)
		}
		hint.claimable(l.info.Name)
		return nil
	})
}

// ResumeQueue implements ports.Commander.
func (s *Store) ResumeQueue(ctx context.Context, queue string) error {
	return s.do(ctx, "resume queue", func(_ time.Time, hint *hints) error {
		at, found := slices.BinarySearch(s.paused, queue)
		if !found {
			return nil
		}
		s.paused = slices.Delete(s.paused, at, at+1)
		l := s.line(queue)
		l.info = ports.Queue{Name: l.info.Name}
		hint.claimable(l.info.Name)
		return nil
	})
}
