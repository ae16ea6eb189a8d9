package tasktower

import (
	"time"

	"github.com/task-tower/tasktower/core/engine"
)

// Cancel is a handler's verdict that its job is not needed any more: it becomes
// cancelled. err says why, and may be nil.
func Cancel(err error) error { return engine.Cancel(err) }

// Discard is a handler's verdict that its job can never succeed: it becomes dead
// at once, reason rejected, and Death interceptors run.
func Discard(err error) error { return engine.Discard(err) }

// Snooze is a handler's verdict that it is too early: the job runs again after
// d, 0 to MaxSnooze, and the attempt does not count.
func Snooze(d time.Duration) error { return engine.Snooze(d) }

// RetryIn fails the attempt like err does, but waits d, 0 to MaxSnooze, before
// the retry, whatever the policy says.
func RetryIn(d time.Duration, err error) error { return engine.RetryIn(d, err) }
