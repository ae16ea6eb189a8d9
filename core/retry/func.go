package retry

import (
	"math/rand/v2"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Func asks f, which is handed the count of failures from 1 and the error of the
// last one. A negative answer gives the job up; answers above MaxWait are cut.
//
// f is called by many goroutines at once. A Func has no text form: it belongs to
// a kind and cannot be stored with a single job. Check refuses a nil f, which
// otherwise waits like the default.
func Func(f func(attempt int, err error) time.Duration) Policy { return function(f) }

type function func(attempt int, err error) time.Duration

func (f function) Wait(n int, err error, rng *rand.Rand) time.Duration {
	if f == nil {
		return Default().Wait(n, err, rng)
	}
	wait := f(max(n, 1), err)
	if wait < 0 {
		return GiveUp
	}
	return min(wait, MaxWait)
}

func (function) String() string { return "func" }

// Check refuses a nil function; the error matches job.ErrInvalid.
func (f function) Check() error {
	if f == nil {
		return job.Invalid("retry", "the function is nil")
	}
	return nil
}
