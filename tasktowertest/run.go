package tasktowertest

import (
	"context"
	"strings"
	"testing"
	"time"
)

// MaxAttempts is how many attempts one call of Drain, Advance or RunAll makes
// before it fails the test: jobs that always bring forth a next one never end.
const MaxAttempts = 10_000

// Drain runs what is due now, and what falls due at once because of it. The clock
// stands still.
func (h *Harness) Drain(t testing.TB) {
	t.Helper()
	h.Advance(t, 0)
}

// Advance moves the clock by d, 0 or more, and runs whatever falls due on the
// way, each at its time: retries, snoozed jobs, and jobs that handlers enqueue.
// What is due at the last instant runs too. Jobs whose Retention is over are
// forgotten, as by a worker that never sleeps.
func (h *Harness) Advance(t testing.TB, d time.Duration) {
	t.Helper()
	if d < 0 {
		t.Fatalf("tasktowertest: cannot advance by %s; time goes forward", d)
	}
	end := h.Now().Add(d)
	h.run(t, func(next time.Duration) bool { return !h.Now().Add(next).After(end) })
	if left := end.Sub(h.Now()); left > 0 {
		h.clock.add(left)
		h.run(t, func(time.Duration) bool { return false }) // what grew old by then goes
	}
}

// RunAll runs everything, and moves the clock to each due time, until no job
// waits that the worker has a handler for. It tells how far the clock moved.
// Recurring jobs have no end: Advance runs those of a span.
func (h *Harness) RunAll(t testing.TB) time.Duration {
	t.Helper()
	start := h.Now()
	h.run(t, func(time.Duration) bool { return true })
	return h.Now().Sub(start)
}

// run runs what is due, and moves the clock to the next due time as long as go
// says so.
func (h *Harness) run(t testing.TB, on func(next time.Duration) bool) {
	t.Helper()
	if h.busy {
		t.Fatal("tasktowertest: a handler cannot run jobs or move the clock")
	}
	h.busy = true
	defer func() { h.busy = false }()

	left := MaxAttempts
	for h.worker != nil {
		// The test's own context may have ended: Cleanup functions may run jobs.
		attempts, next, err := h.worker.RunDue(context.WithoutCancel(t.Context()), left)
		left -= attempts
		if err != nil {
			t.Fatalf("tasktowertest: after %d attempts: %v%s%s", MaxAttempts-left, err, h.endless(t, left), h.table(t))
		}
		if next < 0 || !on(next) {
			return
		}
		h.clock.add(next)
	}
}

// endless names the recurring jobs, if there are any and no attempts are left.
func (h *Harness) endless(t testing.TB, left int) string {
	t.Helper()
	all, err := h.Client.RecurringJobs(context.WithoutCancel(t.Context()))
	if left > 0 || err != nil || len(all) == 0 {
		return ""
	}
	keys := make([]string, len(all))
	for i, r := range all {
		keys[i] = r.Key
	}
	return "; recurring jobs never do: " + strings.Join(keys, ", ") + "; Advance runs those of a span"
}
