package tasktower

import (
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// When is an Option that says when a job is due: At, In, or one of the named
// units.
type When struct {
	at    time.Time
	in    time.Duration
	bad   error
	given bool
}

// maxSpan is how far from now times may lie: a hundred years.
const maxSpan = 100 * 366 * 24 * time.Hour

// At is an absolute instant. A past one is due at once: an instant of somebody's data
// may have gone by.
func At(t time.Time) When { return When{at: t, bad: checkInstant("run_at", t), given: true} }

// In is d from now by the store's clock, so a host's skewed clock does no harm. d is 0
// to a hundred years: a negative one is refused, being a mistake in a computation.
func In(d time.Duration) When {
	w := When{in: d, given: true}
	if d < 0 || d > maxSpan {
		w.bad = job.Invalid("run_at", "In(%s) is out of range; want 0 to %s", d, maxSpan)
	}
	return w
}

// InSeconds is In with n seconds.
func InSeconds(n int) When { return units(n, time.Second) }

// InMinutes is In with n minutes.
func InMinutes(n int) When { return units(n, time.Minute) }

// InHours is In with n hours.
func InHours(n int) When { return units(n, time.Hour) }

// InDays is In with n times 24 hours.
func InDays(n int) When { return units(n, 24*time.Hour) }

// InWeeks is In with n times 168 hours.
func InWeeks(n int) When { return units(n, 7*24*time.Hour) }

func units(n int, unit time.Duration) When {
	if n < 0 || n > int(maxSpan/unit) {
		return When{given: true, bad: job.Invalid("run_at", "In of %d times %s is out of range; want 0 to %s in all", n, unit, maxSpan)}
	}
	return In(time.Duration(n) * unit)
}

func (w When) apply(s *settings) {
	s.only("At or In")
	s.fail(w.bad)
	if w.at.IsZero() {
		s.said.in = true
	} else {
		s.said.at = true
	}
	s.spec.RunAt, s.spec.Delay = w.at, w.in
}

func checkInstant(field string, t time.Time) error {
	if t.IsZero() {
		return job.Invalid(field, "is the zero time")
	}
	if d := time.Until(t); d > maxSpan || d < -maxSpan {
		return job.Invalid(field, "%s is more than 100 years from now", t.Format(time.RFC3339))
	}
	return nil
}
