package job

import (
	"errors"
	"time"
)

// Retention is how long a job is kept after it ended, by the state in which it
// ended. A zero field means its default; KeepForever, that no time ends it.
type Retention struct {
	Completed time.Duration // default: 24 h
	Cancelled time.Duration // default: 24 h
	Dead      time.Duration // default: 30 days
}

// KeepForever as a Retention's field keeps jobs until somebody deletes them.
const KeepForever time.Duration = -1

// MaxRetention is the longest time that ends.
const MaxRetention = 100 * 366 * 24 * time.Hour

// DefaultRetention holds unless somebody says otherwise.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Completed: day, Cancelled: day, Dead: 30 * day}
}

// Or puts other's fields where r's are zero.
func (r Retention) Or(other Retention) Retention {
	for _, f := range []struct{ mine, others *time.Duration }{
		{&r.Completed, &other.Completed}, {&r.Cancelled, &other.Cancelled}, {&r.Dead, &other.Dead},
	} {
		if *f.mine == 0 {
			*f.mine = *f.others
		}
	}
	return r
}

// Check reports every field that is neither zero, KeepForever, nor a time from a
// millisecond to MaxRetention; each error matches ErrInvalid.
func (r Retention) Check() error {
	var errs []error
	for _, f := range []struct {
		field string
		d     time.Duration
	}{{"Retention.Completed", r.Completed}, {"Retention.Cancelled", r.Cancelled}, {"Retention.Dead", r.Dead}} {
		if f.d != 0 && f.d != KeepForever && (f.d < time.Millisecond || f.d > MaxRetention) {
			errs = append(errs, Invalid(f.field, "is %s; want 1ms to %s, KeepForever, or 0 for the default", f.d, MaxRetention))
		}
	}
	return errors.Join(errs...)
}

// Of is how long a job that ended in the state is kept; KeepForever for states
// that are not final. Unlike elsewhere a zero field counts as it stands: not at all.
func (r Retention) Of(s State) time.Duration {
	switch s {
	case Completed:
		return r.Completed
	case Cancelled:
		return r.Cancelled
	case Dead:
		return r.Dead
	}
	return KeepForever
}

// Shortest is the shortest time after which any job may go; KeepForever if none may.
func (r Retention) Shortest() time.Duration {
	least := KeepForever
	for _, d := range []time.Duration{r.Completed, r.Cancelled, r.Dead} {
		if d >= 0 && (least < 0 || d < least) {
			least = d
		}
	}
	return least
}

// Longest is the longest time that ends; negative if none does.
func (r Retention) Longest() time.Duration { return max(r.Completed, r.Cancelled, r.Dead) }

// Expiry is when a job may go that ended in the state at the given time; ok is
// false if never.
func (r Retention) Expiry(s State, ended time.Time) (at time.Time, ok bool) {
	if d := r.Of(s); d >= 0 {
		return ended.Add(d), true
	}
	return time.Time{}, false
}
