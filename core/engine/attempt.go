package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/intercept"
	"github.com/task-tower/tasktower/core/job"
)

// attempt runs one claimed job on its slot's goroutine and reports the result.
func (w *Worker) attempt(p *slot) {
	r, k := p.job.record, w.kinds[p.job.record.Kind]
	begun := time.Now()
	started := storeTime(p.job, begun)
	if !w.registry.holds(r.Lease, begun) {
		if p.settle() {
			w.giveBack(p.job)
		}
		return
	}
	if !r.Deadline.IsZero() && !started.Before(r.Deadline) {
		if p.settle() {
			w.report(p, k, tooLate(r, len(k.Stages.Death) > 0), outcome{err: &DeadlineError{Deadline: r.Deadline}}, 0)
		}
		return
	}

	limit, late := w.limit(r, k, started)
	p.ctx.start(w.jobs, begun, limit, late)
	defer p.ctx.end(context.Canceled)
	if limit > 0 {
		timer := time.AfterFunc(limit, func() { p.ctx.lapse(); w.overstay(p, late) })
		defer timer.Stop()
	}
	p.started = started
	w.observe(event.Event{Type: event.JobStarted, At: begun, Job: r, Wait: max(0, started.Sub(r.RunAt))})

	returned := false
	var err error
	finish := func() {
		ended := time.Now()
		if !returned {
			err = ErrGoexit
		}
		w.conclude(p, k, outcome{
			record: r, err: err, cause: p.ctx.ended(),
			started: started, ended: storeTime(p.job, ended),
		}, ended.Sub(begun))
	}
	defer func() {
		if !returned { // runtime.Goexit: nothing runs on this goroutine but defers
			finish()
		}
	}()
	err = w.call(&p.ctx, k, p)
	returned = true
	finish()
}

// giveBack reports that a claimed job did not start. A store that has given it
// to somebody else by now refuses that.
func (w *Worker) giveBack(h held) {
	w.settler.add(&result{settlement: release(h.record, storeTime(h, time.Now())), record: h.record})
}

// storeTime is the store's time at now: that of the claim, plus what has passed
// since by the monotonic clock.
func storeTime(h held, now time.Time) time.Time {
	return h.record.ClaimedAt.Add(now.Sub(h.claim))
}

// timeout is how long each attempt of the job may take; 0: no limit.
func (w *Worker) timeout(r *job.Record, k *Kind) time.Duration {
	return cmp.Or(r.Timeout, k.Timeout, w.cfg.Timeout)
}

// limit is how long the attempt may run, and why no longer; 0: no limit.
func (w *Worker) limit(r *job.Record, k *Kind, started time.Time) (time.Duration, error) {
	limit, cause := w.timeout(r, k), ErrTimeout
	if !r.Deadline.IsZero() {
		if left := r.Deadline.Sub(started); limit == 0 || left < limit {
			limit, cause = left, ErrDeadline
		}
	}
	return limit, cause
}

// call runs the PreProcessing interceptors and then the handler. They share a
// record of their own: what they write to it does not reach the attempt's result.
func (w *Worker) call(ctx context.Context, k *Kind, p *slot) error {
	p.own = *p.job.record
	r := &p.own
	return protect(func() error {
		if r.Unreadable != nil {
			return Discard(r.Unreadable)
		}
		if w.cfg.Wrap != nil {
			ctx = w.cfg.Wrap(ctx, r, Reporter{w, p})
		}
		for i, before := range k.Stages.Before {
			next, err := before(ctx, &intercept.Context{Stage: intercept.PreProcessing, Job: r})
			if err != nil {
				return fmt.Errorf("pre-processing interceptor %d: %w", i+1, err)
			}
			if next != nil {
				ctx = next
			}
		}
		if len(w.cfg.Around) == 0 { // which spares the closure
			return k.Run(ctx, r)
		}
		return intercept.Work(ctx, w.cfg.Around, r, func(ctx context.Context) error { return k.Run(ctx, r) })
	})
}

// conclude decides what the attempt's result means and reports it, unless the
// slot has gone on without it.
func (w *Worker) conclude(p *slot, k *Kind, o outcome, run time.Duration) {
	if !p.settle() {
		w.overstaying.Add(-1)
		return
	}
	w.worked.Add(int64(run))
	last, bad := w.reporter.last(p)
	switch {
	case o.err != nil:
	case p.completed.Load() != nil:
		o.err = ErrNotCommitted
	default:
		o.err = bad
	}
	o.timeout = w.timeout(o.record, k)
	p.decided = w.decide(k, o)
	p.decided.Report = last
	w.report(p, k, &p.decided, o, run)
}

// report hands a result to the settler, and stays for the interceptors that act
// once it is stored.
func (w *Worker) report(p *slot, k *Kind, s *job.Settlement, o outcome, run time.Duration) {
	if act := w.hand(p, k, s, o, run); act != nil {
		act()
	}
}

// hand hands a result to the settler, and returns what waits until it is stored and
// runs the interceptors that act then; nil: none do.
func (w *Worker) hand(p *slot, k *Kind, s *job.Settlement, o outcome, run time.Duration) (act func()) {
	p.res = result{settlement: s, record: p.job.record, slot: p, err: lapsed(o.err, o.cause, o.timeout), cause: o.cause, run: run}
	res := &p.res
	inTx := p.completed.Load()
	if !k.actsAfter(s) && (inTx == nil || !k.actsAfter(inTx)) {
		w.settler.add(res)
		return nil
	}
	res.done = make(chan struct{})
	mortal := len(k.Stages.Death) > 0
	if mortal {
		w.mourning.hold(s.ID)
	}
	w.settler.add(res)
	return func() {
		<-res.done // the settler always answers, at the latest when it is closed
		if res.stored {
			w.after(k, res)
		}
		if mortal {
			w.mourning.release(s.ID)
		}
	}
}

// actsAfter tells whether an interceptor of the kind acts on the result.
func (k *Kind) actsAfter(s *job.Settlement) bool {
	switch {
	case s.To == job.Completed:
		return len(k.Stages.Success) > 0
	case s.To == job.Dead:
		return len(k.Stages.Death)+len(k.Stages.Failure) > 0
	}
	return s.Failure != nil && len(k.Stages.Failure) > 0
}

// after runs the interceptors that act once the result is stored.
func (w *Worker) after(k *Kind, res *result) {
	s := res.settlement
	r := settledRecord(res.record, s)
	details := detailsOf(s.Failure)
	if s.To == job.Completed {
		w.intercept(k.Stages.Success, &intercept.Context{Stage: intercept.Success, Job: r})
		return
	}
	if s.Failure != nil {
		w.intercept(k.Stages.Failure, &intercept.Context{Stage: intercept.Failure, Job: r, Error: details})
	}
	if s.To == job.Dead {
		w.mourn(s.Lease.Worker(), k, r, details)
	}
}

// intercept runs interceptors in order; one that fails or panics is an event,
// and the others still run.
func (w *Worker) intercept(all []intercept.After, ic *intercept.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.jobs), interceptTimeout)
	defer cancel()
	if w.cfg.Wrap != nil {
		ctx = w.cfg.Wrap(ctx, ic.Job, Reporter{})
	}
	for i, f := range all {
		call := *ic // one cannot spoil the next one's
		if err := contained(ctx, w.cfg.Overstay, func() error { return f(ctx, &call) }); err != nil {
			w.observe(event.Event{
				Type: event.InterceptFail, Job: ic.Job, Err: err,
				Note: fmt.Sprintf("%s interceptor %d", ic.Stage, i+1),
			})
		}
	}
}

func detailsOf(f *job.Failure) *intercept.ErrorDetails {
	if f == nil {
		return nil
	}
	return &intercept.ErrorDetails{Type: f.Type, Message: f.Message, Details: f.Stack, At: f.At}
}

// settledRecord is the record as it is once the result is stored.
func settledRecord(r *job.Record, s *job.Settlement) *job.Record {
	c := *r
	c.State, c.DeadReason = s.To, s.DeadReason
	c.Attempt, c.Failures, c.Crashes = s.Attempt, s.Failures, s.Crashes
	c.ClaimedAt, c.Lease, c.Worker = time.Time{}, 0, ""
	switch {
	case s.To.Final():
		c.EndedAt, c.Seq = s.EndedAt, s.Seq+1
	case s.To != job.Enqueued:
		c.RunAt = s.EndedAt.Add(s.Wait)
	}
	return &c
}

// overstay gives a handler whose context has ended a grace period, then frees
// its slot and settles its job without it.
func (w *Worker) overstay(p *slot, cause error) {
	time.AfterFunc(w.cfg.Overstay, func() {
		if act := w.abandon(p, cause); act != nil {
			act()
		}
	})
}

// abandon settles the job of a handler that goes on, and returns what hand does.
func (w *Worker) abandon(p *slot, cause error) (act func()) {
	w.overstaying.Add(1)
	if !w.slots.abandon(p) {
		w.overstaying.Add(-1)
		return nil
	}
	r, k := p.job.record, w.kinds[p.job.record.Kind]
	ended := storeTime(p.job, time.Now())
	err := fmt.Errorf("handler was abandoned, it ignored its context: %w", cause)
	w.observe(event.Event{Type: event.JobAbandoned, Job: r, Err: err})
	o := outcome{record: r, err: err, cause: cause, started: r.ClaimedAt, ended: ended}
	p.decided = w.decide(k, o)
	p.decided.Report, _ = w.reporter.last(p)
	return w.hand(p, k, &p.decided, o, ended.Sub(r.ClaimedAt))
}

// DeadlineError says that a job was claimed past its deadline and did not start.
type DeadlineError struct{ Deadline time.Time }

func (e *DeadlineError) Error() string {
	return "its deadline passed at " + e.Deadline.Format(time.RFC3339Nano)
}

// Is makes the error match ErrDeadline.
func (e *DeadlineError) Is(target error) bool { return errors.Is(ErrDeadline, target) }
