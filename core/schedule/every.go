package schedule

import (
	"math/bits"
	"strings"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

const (
	// MinEvery is the shortest interval of an @every.
	MinEvery = time.Second
	// MaxEvery is the longest interval of an @every: ten years.
	MaxEvery = 10 * 365 * 24 * time.Hour
)

// every is due at anchor + k·step for each k from 0.
type every struct {
	step   time.Duration
	anchor time.Time
}

func parseEvery(text string) (every, error) {
	text = strings.Trim(text, blanks)
	step, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return every{}, job.Invalid("spec.every", "%q is not a duration; want one like 90s or 1h30m", job.Clip(text, 40))
	case step < MinEvery || step > MaxEvery:
		return every{}, job.Invalid("spec.every", "%s is outside %s to %s", step, MinEvery, MaxEvery)
	case step%time.Microsecond != 0:
		return every{}, job.Invalid("spec.every", "%s is finer than the microseconds that are stored", step)
	}
	return every{step: step, anchor: time.Unix(0, 0).UTC()}, nil
}

func (e every) String() string { return "@every " + job.Short(e.step) }

func (e every) next(after time.Time, _ *time.Location) (time.Time, bool) {
	if after.Before(e.anchor) {
		return e.anchor, true
	}
	if e.anchor.Unix() < earliest {
		return time.Time{}, false
	}
	return after.Add(e.step - e.past(after)), true
}

// past is the time from the latest due instant up to t: (t - anchor) mod step.
//
// The difference may be thousands of years and does not fit a Duration, so it is
// taken in 128 bits.
func (e every) past(t time.Time) time.Duration {
	seconds := uint64(t.Unix() - e.anchor.Unix())
	nanos := int64(t.Nanosecond() - e.anchor.Nanosecond())
	if nanos < 0 {
		seconds, nanos = seconds-1, nanos+int64(time.Second)
	}
	high, low := bits.Mul64(seconds, uint64(time.Second))
	low, carry := bits.Add64(low, uint64(nanos), 0)
	return time.Duration(bits.Rem64(high+carry, low, uint64(e.step)))
}
