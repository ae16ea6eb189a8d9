package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

const (
	rescueBatch = 1000
	expireBatch = 1000
)

// rescue takes the jobs of lost workers back, and ends waiting jobs whose
// deadline has passed, until ctx ends. Every worker does it; the store sees to
// it that each job is taken once.
func (w *Worker) rescue(ctx context.Context) {
	if w.cfg.RescueInterval <= 0 {
		return
	}
	blame := newBlame()
	for pause(ctx, w.cfg.RescueInterval) {
		err := w.expireAll(ctx)
		if w.registry.steady() {
			err = errors.Join(err, w.rescueAll(ctx, blame))
		}
		w.health.saw("rescue", ctxErr(ctx, err))
	}
}

func (w *Worker) expireAll(ctx context.Context) error {
	for {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		moved, err := w.cfg.Store.Expire(call, expireBatch)
		cancel()
		if err != nil || moved < expireBatch {
			return err
		}
	}
}

// rescueAll settles everything that lost workers hold. A result is fenced by the
// lease that was seen, so of two rescuers one wins, and a worker that comes back
// late has lost. Leases that somebody else holds are left for the next time.
func (w *Worker) rescueAll(ctx context.Context, blame *blame) error {
	var busy []job.Lease
	for {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		lost, err := w.cfg.Store.Lost(call, rescueBatch, busy...)
		cancel()
		if err != nil {
			return err
		}
		if !w.registry.steady() {
			return nil // the answer was long in coming
		}
		more := len(lost) == rescueBatch
		batch := blame.verdicts(lost, more, w.cfg.MaxCrashes)
		for len(batch) > 0 {
			var held []*result
			if batch, held, err = w.settle(ctx, batch); err != nil {
				return err
			}
			for _, r := range held {
				busy = append(busy, r.record.Lease)
			}
		}
		if !more {
			blame.forget()
			return nil
		}
		slices.Sort(busy)
		busy = slices.Compact(busy)
	}
}

// ErrCrashed is why a rescued job did not end: the worker that ran it was lost.
var ErrCrashed = errors.New("the worker that ran the job was lost")

// rescued says what becomes of a job whose worker was lost: it is due again, or
// dead once it was in flight at too many crashes.
func rescued(r *job.Record, maxCrashes int) *job.Settlement {
	s := &job.Settlement{
		ID: r.ID, Lease: r.Lease, Seq: r.Seq, UniqueKey: r.UniqueKey != "",
		To: job.Enqueued, Cause: job.CauseRescue, StartedAt: r.ClaimedAt,
		Attempt: r.Attempt, Failures: r.Failures, Crashes: r.Crashes + 1,
	}
	if s.Crashes >= maxCrashes {
		s.To, s.DeadReason, s.Notice = job.Dead, job.DeadPoison, true
	}
	return s
}

// unharmed is what becomes of a suspect of a lost worker beside the one that ran: it
// had not started, or had ended, so the attempt is given back and nobody blames it.
func unharmed(r *job.Record) *job.Settlement {
	s := release(r, time.Time{})
	s.Cause = job.CauseRescue
	return s
}

// steady tells whether the store has been within reach of beats for a full lease. A
// worker rescues only then: while the store was out of reach nobody could
// beat, and everybody would look lost. It may be back and others look so before this
// worker has beaten again.
func (g *registry) steady() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.gone && time.Since(g.beaten) <= g.harmless() && time.Since(g.since) >= g.w.cfg.Lease
}
