package retry

import (
	"math/rand/v2"
	"time"
)

// Policy decides how long a failed job waits.
//
// Implementations are safe for many goroutines; each call brings its own rng.
type Policy interface {
	// Wait is the time from failure n, counted from 1, to the next run. A
	// negative answer gives the job up: it becomes dead. n below 1 counts as 1.
	// err is what the attempt failed with; rng may be nil, and then the policies
	// of this package answer the middle of what they would draw from.
	Wait(n int, err error, rng *rand.Rand) time.Duration
	// String is the policy's text form, for people and for Parse.
	String() string
}

const (
	// GiveUp is the answer of a policy that does not want another run.
	GiveUp = time.Duration(-1)
	// MaxWait is the longest wait before a retry: 365 days.
	MaxWait = 365 * 24 * time.Hour
	// MaxSteps is the most steps that Steps takes.
	MaxSteps = 100
)

// Default is the policy of jobs for which nothing else was said: Progressive.
func Default() Policy { return Progressive() }

// None never retries: the first failure is the job's death.
func None() Policy { return none{} }

// Next asks p, nil for the default, and reads its answer: again is false if p
// gives the job up, and wait is cut to MaxWait, whatever a policy from outside says.
func Next(p Policy, n int, err error, rng *rand.Rand) (wait time.Duration, again bool) {
	if p == nil {
		p = Default()
	}
	wait = p.Wait(max(n, 1), err, rng)
	if wait < 0 {
		return 0, false
	}
	return min(wait, MaxWait), true
}

// Check reports what is wrong with how p was built, joined; each mistake matches
// job.ErrInvalid. Nil (the default) and policies from outside without a Check of
// their own are fine. Constructors do not fail, so that they can be written
// inside a configuration; whoever reads the configuration asks Check.
func Check(p Policy) error {
	if checked, ok := p.(interface{ Check() error }); ok {
		return checked.Check()
	}
	return nil
}

type none struct{}

func (none) Wait(int, error, *rand.Rand) time.Duration { return GiveUp }
func (none) String() string                            { return "none" }
