package portstest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// result is what core would settle for a claimed record: the attempt took a millisecond.
func result(r *job.Record, to job.State, cause job.Cause) *job.Settlement {
	return &job.Settlement{
		ID: r.ID, Lease: r.Lease, Seq: r.Seq, To: to, Cause: cause,
		Attempt: r.Attempt, Failures: r.Failures, Crashes: r.Crashes,
		StartedAt: r.ClaimedAt, EndedAt: r.ClaimedAt.Add(time.Millisecond),
		UniqueKey: r.UniqueKey != "",
	}
}

func completed(r *job.Record) *job.Settlement {
	return result(r, job.Completed, job.CauseSuccess)
}

func retrying(r *job.Record, wait time.Duration) *job.Settlement {
	s := result(r, job.Retrying, job.CauseFailure)
	s.Wait = wait
	s.Failures++
	s.Failure = job.NewFailure("*errors.errorString", "no luck", "")
	return s
}

func snoozed(r *job.Record, wait time.Duration) *job.Settlement {
	s := result(r, job.Scheduled, job.CauseSnooze)
	s.Wait = wait
	s.Attempt--
	return s
}

func released(r *job.Record) *job.Settlement {
	s := result(r, job.Enqueued, job.CauseRelease)
	s.Attempt--
	return s
}

func rescued(r *job.Record) *job.Settlement {
	s := result(r, job.Enqueued, job.CauseRescue)
	s.Crashes++
	return s
}

func cancelled(r *job.Record) *job.Settlement {
	return result(r, job.Cancelled, job.CauseCancel)
}

// dead is the end of a job that failed once too often; its Death interceptors
// have yet to run.
func dead(r *job.Record) *job.Settlement {
	s := result(r, job.Dead, job.CauseFailure)
	s.DeadReason = job.DeadRetries
	s.Failures++
	s.Failure = job.NewFailure("*errors.errorString", "no luck at all", "main.go:1")
	s.Notice = true
	return s
}

// missed is the end of a job whose deadline passed before it started.
func missed(r *job.Record) *job.Settlement {
	s := result(r, job.Dead, job.CauseDeadline)
	s.DeadReason = job.DeadDeadline
	s.Attempt--
	s.Notice = true
	return s
}

// settle stores results, all of which must be accepted.
func (w *world) settle(results ...*job.Settlement) {
	w.t.Helper()
	out, err := w.Store.Settle(w.ctx, results)
	require.NoError(w.t, err)
	require.Empty(w.t, out.Lost, "lost")
	require.Empty(w.t, out.Cancelled, "cancelled")
	require.Empty(w.t, out.Unstorable, "unstorable")
	require.Empty(w.t, out.Busy, "busy")
}

// settleAtLast reports a result until nobody else holds its lease, on any goroutine.
func (w *world) settleAtLast(s *job.Settlement) ports.Settled {
	for {
		out, err := w.Store.Settle(w.ctx, []*job.Settlement{s})
		if err != nil {
			w.t.Errorf("settle: %v", err)
		}
		if len(out.Busy) == 0 {
			return out
		}
	}
}

// requireLost settles results, all of which must be refused for their lease.
func (w *world) requireLost(results ...*job.Settlement) {
	w.t.Helper()
	out, err := w.Store.Settle(w.ctx, results)
	require.NoError(w.t, err)
	require.Len(w.t, out.Lost, len(results))
}

// settled tells places apart whatever order a store names them in.
func settled(out ports.Settled) ports.Settled {
	for _, places := range []*[]int{&out.Lost, &out.Cancelled, &out.Unstorable, &out.Busy} {
		if len(*places) == 0 {
			*places = nil
		}
		slices.Sort(*places)
	}
	return out
}

// inState brings a fresh job to the state, in the hands of h where one is needed.
func (h *hand) inState(state job.State, changes ...func(*job.Spec)) job.ID {
	h.t.Helper()
	if state == job.Scheduled {
		return h.one(append(changes, after(long))...)
	}
	s := spec(changes...)
	h.enqueue(s)
	if state == job.Enqueued {
		return s.ID
	}
	r := h.take(handling(s.Kind), serving(s.Queue))
	require.Equal(h.t, s.ID, r.ID, "another job waits in the queue")
	switch state {
	case job.Retrying:
		h.settle(retrying(r, long))
	case job.Completed:
		h.settle(completed(r))
	case job.Cancelled:
		h.settle(cancelled(r))
	case job.Dead:
		h.settle(dead(r))
	}
	h.requireState(state, s.ID)
	return s.ID
}
