package retry

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Fixed waits d before each retry. Check wants 0 < d ≤ MaxWait.
func Fixed(d time.Duration) Policy { return fixed(d) }

type fixed time.Duration

func (f fixed) Wait(int, error, *rand.Rand) time.Duration { return bound(time.Duration(f)) }
func (f fixed) String() string                            { return "fixed:" + job.Short(time.Duration(f)) }

// Check reports a bad wait; the error matches job.ErrInvalid.
func (f fixed) Check() error { return checkWait("fixed wait", time.Duration(f)) }

// Steps waits the first duration before the first retry, the second before the
// second, and so on; the last one repeats. Check wants 1 to MaxSteps steps, each
// above 0 and at most MaxWait. Without steps there is no retry.
func Steps(waits ...time.Duration) Policy { return &steps{slices.Clone(waits)} }

type steps struct{ waits []time.Duration }

func (s *steps) Wait(n int, _ error, _ *rand.Rand) time.Duration {
	if len(s.waits) == 0 {
		return GiveUp
	}
	return bound(s.waits[min(max(n, 1), len(s.waits))-1])
}

func (s *steps) String() string {
	texts := make([]string, len(s.waits))
	for i, d := range s.waits {
		texts[i] = job.Short(d)
	}
	return "steps:" + strings.Join(texts, ",")
}

// Check joins what is wrong with the steps; each error matches job.ErrInvalid.
func (s *steps) Check() error {
	if len(s.waits) == 0 || len(s.waits) > MaxSteps {
		return job.Invalid("retry", "%d steps; want 1 to %d", len(s.waits), MaxSteps)
	}
	var errs []error
	for i, d := range s.waits {
		errs = append(errs, checkWait(fmt.Sprintf("step %d", i+1), d))
	}
	return errors.Join(errs...)
}

func bound(d time.Duration) time.Duration { return min(max(d, 0), MaxWait) }

func checkWait(what string, d time.Duration) error {
	if d <= 0 || d > MaxWait {
		return job.Invalid("retry", "%s is %s; want above 0 and at most %s", what, d, MaxWait)
	}
	return nil
}
