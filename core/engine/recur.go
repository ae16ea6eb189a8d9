package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
	"github.com/task-tower/tasktower/ports"
)

// recurBatch is how many recurring jobs are decided on at one look.
const recurBatch = 100

// recurrer enqueues recurring jobs at their times. Every worker does it for all of
// them; the store sees to it that each instant takes effect once.
type recurrer struct {
	w        *Worker
	check    flag // look now
	declared bool // what is declared in code has been saved

	// blockers are busy jobs for whose end an instant waits; nil: none. The map is
	// read by whoever stores results, and never written to.
	blockers atomic.Pointer[map[job.ID]bool]
}

func (r *recurrer) run(ctx context.Context) {
	var wait backoff
	for ctx.Err() == nil {
		next, err := r.look(ctx)
		r.w.health.saw("recur", ctxErr(ctx, err))
		d := r.w.cfg.JobCheckInterval
		if err != nil {
			d = min(d, wait.next())
		} else {
			wait.reset()
		}
		if next >= 0 {
			d = min(d, next)
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-r.check:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// ended is told of each stored result.
func (r *recurrer) ended(s *job.Settlement) {
	if blockers := r.blockers.Load(); blockers != nil && (*blockers)[s.ID] && !busy(s.To) {
		r.check.set()
	}
}

// await remembers for whose end instants wait. True: there is a new one, which may
// have ended before it was remembered, so somebody has to look once more.
func (r *recurrer) await(due []ports.Recurring) (again bool) {
	before := r.blockers.Load()
	blockers := map[job.ID]bool{}
	for _, row := range due {
		if !row.Held.IsZero() && busy(row.LastState) {
			blockers[row.LastJob] = true
			again = again || before == nil || !(*before)[row.LastJob]
		}
	}
	if len(blockers) == 0 {
		r.blockers.Store(nil)
	} else {
		r.blockers.Store(&blockers)
	}
	return again
}

// look does what is due and returns the time until the next instant, negative if
// there is none. A recurring job that fails does not keep the others.
func (r *recurrer) look(ctx context.Context) (next time.Duration, err error) {
	if err := r.declare(ctx); err != nil {
		return -1, err
	}
	for again := true; again && err == nil; {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		found, failed := r.w.cfg.Store.DueRecurring(call, recurBatch)
		cancel()
		if failed != nil {
			return -1, failed
		}
		next, again = found.Next, r.await(found.Due)
		for _, row := range found.Due {
			moved, failed := r.fire(ctx, row, found.Now)
			again = again || moved
			err = errors.Join(err, failed)
		}
	}
	return next, err
}

// declare saves what the worker's code declares, once.
func (r *recurrer) declare(ctx context.Context) error {
	if r.declared {
		return nil
	}
	for _, row := range r.w.cfg.Recurring {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		err := r.w.cfg.Store.SaveRecurring(call, row)
		cancel()
		if err != nil {
			return err
		}
	}
	r.declared = true
	return nil
}

// fire decides about one recurring job and tells the store; moved says that it
// stands differently now, by us or by somebody else.
func (r *recurrer) fire(ctx context.Context, row ports.Recurring, now time.Time) (moved bool, err error) {
	s, err := ScheduleOf(row)
	if err != nil {
		return false, fmt.Errorf("recurring job %q: %w", row.Key, err)
	}
	at := schedule.Standing{Since: row.Since, Next: row.Next, Held: row.Held, Resume: row.PausedUntil, Busy: busy(row.LastState)}
	f := s.Fire(schedule.Policy{Misfire: row.Misfire, Overlap: row.Overlap}, at, now)
	if len(f.Slots) == 0 && f.Next.Equal(row.Next) && f.Held.Equal(row.Held) {
		return false, nil
	}

	firing := ports.Firing{Key: row.Key, Version: row.Version, Next: f.Next, Held: f.Held}
	for _, slot := range f.Slots {
		spec := *row.Job
		if spec.ID, err = job.ParseID(r.w.cfg.ID()); err != nil {
			return false, err
		}
		spec.RunAt, firing.Slot = slot, slot
		firing.Jobs = append(firing.Jobs, &spec)
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = r.w.cfg.Store.Fire(call, firing)
	if errors.Is(err, job.ErrConflict) {
		return true, nil // somebody else was first
	}
	if err != nil {
		return false, err
	}
	if len(firing.Jobs) > 0 {
		r.w.fetcher.wake.set()
	}
	for _, spec := range firing.Jobs {
		r.w.observe(event.Event{Type: event.JobEnqueued, Job: job.NewRecord(spec, now), Queue: spec.Queue, Note: "recurring " + row.Key})
	}
	return true, nil
}

// ScheduleOf is the schedule of a stored recurring job.
func ScheduleOf(row ports.Recurring) (schedule.Schedule, error) {
	s, err := schedule.Parse(row.Spec, row.Zone)
	return s.Anchored(row.Anchor), err
}

// busy tells whether a job waits for its first run, or runs.
func busy(s job.State) bool { return s == job.Enqueued || s == job.Scheduled || s == job.Processing }
