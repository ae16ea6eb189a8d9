package schedule

import (
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Misfire says what becomes of instants that passed while nobody looked.
type Misfire string

// The misfire policies. None reaches back farther than CatchUp.
const (
	MisfireOnce Misfire = "once" // the latest of them enqueues a job
	MisfireSkip Misfire = "skip" // none of them; the latest is not one of them while it is at most OnTime late
	MisfireAll  Misfire = "all"  // each of them, at most the MaxCatchUp latest
)

// Overlap says what becomes of an instant that finds the job of the one before it
// busy: waiting for its first run, or running. A job that waits for a retry is not busy.
type Overlap string

// The overlap policies.
const (
	OverlapSkip      Overlap = "skip"       // it enqueues nothing
	OverlapAllow     Overlap = "allow"      // it enqueues its job all the same
	OverlapBufferOne Overlap = "buffer_one" // it waits until the job is no longer busy; others meanwhile enqueue nothing
)

// Bounds of catching up.
const (
	CatchUp    = 24 * time.Hour
	MaxCatchUp = 100
	OnTime     = time.Minute
)

// Policy is how a recurring job treats instants that were missed or overlap.
type Policy struct {
	Misfire Misfire
	Overlap Overlap
}

// Check reports unknown policies, and MisfireAll with anything but OverlapAllow:
// jobs that are enqueued together overlap. The errors match job.ErrInvalid.
func (p Policy) Check() error {
	switch p.Misfire {
	case MisfireOnce, MisfireSkip, MisfireAll:
	default:
		return job.Invalid("misfire", "%q is unknown; want once, skip or all", job.Clip(string(p.Misfire), 40))
	}
	switch p.Overlap {
	case OverlapSkip, OverlapAllow, OverlapBufferOne:
	default:
		return job.Invalid("overlap", "%q is unknown; want skip, allow or buffer_one", job.Clip(string(p.Overlap), 40))
	}
	if p.Misfire == MisfireAll && p.Overlap != OverlapAllow {
		return job.Invalid("overlap", "is %s, but misfire all enqueues jobs that overlap; want allow", p.Overlap)
	}
	return nil
}

// Standing is how a recurring job stands when somebody looks.
type Standing struct {
	Since  time.Time // instants count that come after it
	Next   time.Time // the first instant that is not dealt with; zero: the first after Since
	Held   time.Time // an instant that waits for a busy job; zero: none
	Resume time.Time // a pause ended by itself; instants before it do not count; zero: no pause
	Busy   bool      // the job of the latest instant is busy
}

// Firing is what is to be done about a recurring job.
type Firing struct {
	Slots []time.Time // the instants that each enqueue a job, in order
	Next  time.Time   // the first instant after now, never zero
	Held  time.Time   // an instant that goes on waiting; zero: none
}

// never stands for an instant that does not come.
var never = time.Unix(latest, 0).UTC()

// Fire decides which instants enqueue a job now. The same decision may be made by
// many; it takes effect once, for the standing that it was made on.
func (s Schedule) Fire(p Policy, at Standing, now time.Time) Firing {
	due, next := s.due(at, now)
	f := Firing{Next: next}
	due = p.missed(due, now)
	switch {
	case p.Overlap == OverlapAllow:
		f.Slots = due
	case p.Overlap == OverlapBufferOne:
		if !at.Held.IsZero() {
			due = append([]time.Time{at.Held}, due...)
		}
		if !at.Busy && len(due) > 0 {
			f.Slots, due = due[:1:1], due[1:]
		}
		if len(due) > 0 {
			f.Held = due[0]
		}
	case !at.Busy && len(due) > 0:
		f.Slots = due[len(due)-1:]
	}
	return f
}

// due are the latest instants up to now that are not dealt with, and the first
// one after now. It looks at no more than CatchUp has seconds.
func (s Schedule) due(at Standing, now time.Time) (due []time.Time, next time.Time) {
	next, ok := at.Next, true
	if next.IsZero() {
		next, ok = s.Next(at.Since)
	}
	for _, from := range []time.Time{at.Resume, now.Add(-CatchUp)} {
		if ok && next.Before(from) {
			next, ok = s.Next(from.Add(-1))
		}
	}
	for ; ok && !next.After(now); next, ok = s.Next(next) {
		if due = append(due, next); len(due) == 2*MaxCatchUp {
			due = append(due[:0], due[MaxCatchUp:]...)
		}
	}
	if !ok {
		next = never
	}
	return due[max(0, len(due)-MaxCatchUp):], next
}

// missed leaves out of the due instants those that the policy does not catch up on.
func (p Policy) missed(due []time.Time, now time.Time) []time.Time {
	if len(due) == 0 || p.Misfire == MisfireAll {
		return due
	}
	due = due[len(due)-1:]
	if p.Misfire == MisfireSkip && now.Sub(due[0]) > OnTime {
		return nil
	}
	return due
}
