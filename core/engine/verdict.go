package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/retry"
)

// The causes with which a handler's context ends.
var (
	ErrCancelled = errors.New("job was cancelled")
	ErrTimeout   = errors.New("job ran into its timeout")
	ErrDeadline  = errors.New("job ran into its deadline")
	ErrShutdown  = errors.New("worker shuts down")
)

// MaxSnooze is the longest that a handler may put its job off.
const MaxSnooze = 366 * 24 * time.Hour

type verdictKind int

const (
	verdictCancel verdictKind = iota
	verdictDiscard
	verdictSnooze
	verdictRetryIn
)

// Verdict is an error with which a handler decides what becomes of its job.
type Verdict struct {
	kind verdictKind
	wait time.Duration
	err  error
}

// Cancel gives the job up: it becomes cancelled. err says why and may be nil.
func Cancel(err error) *Verdict { return &Verdict{kind: verdictCancel, err: err} }

// Discard makes the job dead at once, reason rejected.
func Discard(err error) *Verdict { return &Verdict{kind: verdictDiscard, err: err} }

// Snooze runs the job again after d (0 to MaxSnooze); the attempt is given back.
func Snooze(d time.Duration) *Verdict { return &Verdict{kind: verdictSnooze, wait: d} }

// RetryIn fails the attempt and sets the wait before its retry (0 to MaxSnooze).
func RetryIn(d time.Duration, err error) *Verdict {
	return &Verdict{kind: verdictRetryIn, wait: d, err: err}
}

func (v *Verdict) Error() string {
	switch {
	case v.err != nil:
		return v.err.Error()
	case v.kind == verdictSnooze:
		return fmt.Sprintf("snoozed for %s", v.wait)
	case v.kind == verdictCancel:
		return "cancelled by its handler"
	case v.kind == verdictDiscard:
		return "discarded by its handler"
	}
	return fmt.Sprintf("retry in %s", v.wait)
}

// Unwrap gives the error within.
func (v *Verdict) Unwrap() error { return v.err }

// outcome is all that decides what becomes of an attempt.
type outcome struct {
	record  *job.Record
	err     error         // of the handler; nil for success
	cause   error         // with which its context ended; nil if it did not
	timeout time.Duration // of the attempt; 0: none
	policy  retry.Policy
	// notice asks for a death notice, should the job die.
	notice  bool
	retries int // after the first run
	started time.Time
	ended   time.Time
	rng     *rand.Rand
}

// decide says what becomes of the attempt. Pure but for its rng.
func decide(o outcome) job.Settlement {
	r := o.record
	s := job.Settlement{
		ID: r.ID, Lease: r.Lease, Seq: r.Seq, UniqueKey: r.UniqueKey != "",
		Attempt: r.Attempt, Failures: r.Failures, Crashes: r.Crashes,
		StartedAt: o.started, EndedAt: o.ended,
	}
	if o.err == nil {
		s.To, s.Cause = job.Completed, job.CauseSuccess
		return s
	}
	if errors.Is(o.cause, ErrCancelled) {
		s.To, s.Cause = job.Cancelled, job.CauseCancel
		return s
	}

	var v *Verdict
	if errors.As(o.err, &v) {
		switch v.kind {
		case verdictCancel:
			s.To, s.Cause, s.Note = job.Cancelled, job.CauseCancel, note(v)
			return s
		case verdictDiscard:
			return o.die(o.fail(s), job.DeadRejected, job.CauseFailure)
		case verdictSnooze:
			if v.wait >= 0 && v.wait <= MaxSnooze {
				s.To, s.Cause, s.Wait, s.Attempt = job.Scheduled, job.CauseSnooze, v.wait, r.Attempt-1
				return s
			}
			o.err = fmt.Errorf("snooze of %s is outside 0 to %s", v.wait, MaxSnooze)
			v = nil
		case verdictRetryIn:
			if v.wait < 0 || v.wait > MaxSnooze {
				o.err = fmt.Errorf("retry in %s is outside 0 to %s: %w", v.wait, MaxSnooze, o.err)
				v = nil
			}
		}
	}
	if o.cutShort() {
		s.To, s.Cause, s.Attempt = job.Enqueued, job.CauseRelease, r.Attempt-1
		return s
	}
	return o.retry(o.fail(s), v)
}

// cutShort tells whether the attempt came to nothing because its worker goes: it
// ended with the error of its ended context. Another error is a result like any other.
func (o outcome) cutShort() bool {
	goes := errors.Is(o.cause, ErrShutdown) || errors.Is(o.cause, job.ErrLeaseLost)
	return goes && (errors.Is(o.err, context.Canceled) || errors.Is(o.err, o.cause))
}

// fail counts the failure and keeps its texts.
func (o outcome) fail(s job.Settlement) job.Settlement {
	s.Failures++
	s.Failure = failureOf(lapsed(o.err, o.cause, o.timeout))
	s.Failure.Attempt, s.Failure.At = s.Attempt, o.ended
	return s
}

// retry plans the next run of a failed attempt, or ends the job.
func (o outcome) retry(s job.Settlement, v *Verdict) job.Settlement {
	if errors.Is(o.cause, ErrDeadline) {
		return o.die(s, job.DeadDeadline, job.CauseDeadline)
	}
	if s.Failures > o.retries {
		return o.die(s, job.DeadRetries, job.CauseFailure)
	}
	again := true
	if v != nil {
		s.Wait = v.wait
	} else {
		s.Wait, again = retry.Next(o.policy, s.Failures, o.err, o.rng)
	}
	if !again {
		return o.die(s, job.DeadRetries, job.CauseFailure)
	}
	if d := o.record.Deadline; !d.IsZero() && !o.ended.Add(s.Wait).Before(d) {
		return o.die(s, job.DeadDeadline, job.CauseDeadline)
	}
	s.To, s.Cause = job.Retrying, job.CauseFailure
	return s
}

func (o outcome) die(s job.Settlement, why job.DeadReason, cause job.Cause) job.Settlement {
	s.To, s.Cause, s.DeadReason, s.Wait, s.Notice = job.Dead, cause, why, 0, o.notice
	return s
}

// tooLate ends a job that was claimed past its deadline; it never starts.
func tooLate(r *job.Record, notice bool) *job.Settlement {
	return &job.Settlement{
		ID: r.ID, Lease: r.Lease, Seq: r.Seq, UniqueKey: r.UniqueKey != "",
		To: job.Dead, Cause: job.CauseDeadline, DeadReason: job.DeadDeadline, Notice: notice,
		Attempt: r.Attempt - 1, Failures: r.Failures, Crashes: r.Crashes,
		StartedAt: r.ClaimedAt, EndedAt: r.ClaimedAt,
	}
}

// release gives a claimed job back as if it had not been claimed.
func release(r *job.Record, ended time.Time) *job.Settlement {
	return &job.Settlement{
		ID: r.ID, Lease: r.Lease, Seq: r.Seq, UniqueKey: r.UniqueKey != "",
		To: job.Enqueued, Cause: job.CauseRelease,
		Attempt: r.Attempt - 1, Failures: r.Failures, Crashes: r.Crashes,
		StartedAt: r.ClaimedAt, EndedAt: ended,
	}
}

// cancelled turns a refused result into the cancellation somebody asked for.
func cancelled(s *job.Settlement) *job.Settlement {
	c := *s
	c.To, c.Cause, c.Wait, c.DeadReason, c.Notice = job.Cancelled, job.CauseCancel, 0, "", false
	return &c
}

func note(v *Verdict) string {
	if v.err == nil {
		return ""
	}
	return job.Sanitize(v.err.Error(), 1<<10)
}
