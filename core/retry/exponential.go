package retry

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Exponential waits a uniform draw from [0, min(ceiling, base·2^(n-1))] before
// retry n; see FullJitter. Check wants 0 < base ≤ ceiling ≤ MaxWait.
func Exponential(base, ceiling time.Duration) Policy { return exponential{base, ceiling} }

type exponential struct{ base, ceiling time.Duration }

func (e exponential) Wait(n int, _ error, rng *rand.Rand) time.Duration {
	return FullJitter(n, e.base, min(e.ceiling, MaxWait), rng)
}

func (e exponential) String() string {
	return "exponential:" + job.Short(e.base) + ":" + job.Short(e.ceiling)
}

// Check reports bad limits; the error matches job.ErrInvalid.
func (e exponential) Check() error {
	err := errors.Join(checkWait("exponential base", e.base), checkWait("exponential ceiling", e.ceiling))
	if err == nil && e.base > e.ceiling {
		return job.Invalid("retry", "exponential base %s is above its ceiling %s", e.base, e.ceiling)
	}
	return err
}

// FullJitter returns the wait before retry n: a uniform draw from
// [0, min(ceiling, base·2^(n-1))], both ends included.
//
// n counts from 1; base and ceiling are positive, else the wait is 0. The
// product saturates at ceiling, so any n is safe. Without an rng the answer is
// the middle.
// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
func FullJitter(n int, base, ceiling time.Duration, rng *rand.Rand) time.Duration {
	if base <= 0 {
		return 0
	}
	top := ceiling
	if shift := uint(max(n, 1) - 1); shift < 63 && base <= ceiling>>shift {
		top = base << shift
	}
	return draw(top, rng)
}
