package engine

import (
	"context"
	"errors"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// RunDue lets go of jobs whose retention is over and runs everything that is due
// now, one job after the other on the calling goroutine, until nothing is left. It
// returns how many attempts that took and how long until the next job falls due or recurs (negative: none will). It is for tests:
// no goroutine starts, and a handler that ends the goroutine ends the caller's.
//
// A worker that has used RunDue cannot Run, and the other way round. At most
// limit attempts are made; then the error says so.
func (w *Worker) RunDue(ctx context.Context, limit int) (attempts int, next time.Duration, err error) {
	if err := w.goInline(ctx); err != nil {
		return 0, 0, err
	}
	if err := errors.Join(w.pruner.retain(ctx), w.pruner.all(ctx)); err != nil {
		return 0, 0, err
	}
	for {
		instant, err := w.recurrer.look(ctx)
		if err != nil {
			return attempts, 0, err
		}
		next, err := w.promoter.promote(ctx)
		if err != nil {
			return attempts, 0, err
		}
		if next < 0 || instant >= 0 && instant < next {
			next = instant
		}
		jobs, err := w.claimInline(ctx)
		if err != nil || len(jobs) == 0 {
			return attempts, next, err
		}
		for i, h := range jobs {
			if attempts == limit {
				w.releaseInline(jobs[i:])
				return attempts, next, errors.New("the attempts do not come to an end")
			}
			attempts++
			p := w.slots.enter(h)
			w.attempt(p)
			w.slots.finish(p)
		}
	}
}

// goInline prepares the worker, at the first call and after its life has ended
// because the store's clock went on.
func (w *Worker) goInline(ctx context.Context) error {
	if w.ending.draining.taken() {
		return job.ErrClosed
	}
	if w.started.CompareAndSwap(false, true) {
		w.settler.inline, w.slots.inline = true, true
		w.jobs, w.endJobs = context.WithCancelCause(context.WithoutCancel(ctx))
		w.claims = context.WithoutCancel(ctx)
		return w.registry.register(ctx)
	}
	if !w.settler.inline {
		return job.ErrClosed
	}
	if err := w.registry.beat(ctx); !errors.Is(err, job.ErrLeaseLost) {
		return err
	}
	return w.registry.register(ctx)
}

// claimInline claims as a worker with all slots free would.
func (w *Worker) claimInline(ctx context.Context) ([]held, error) {
	if !w.fetcher.sure() {
		sent := time.Now()
		jobs, err := w.fetcher.recall(ctx, callTimeout)
		if err != nil || len(jobs) > 0 {
			w.fetcher.accept(jobs, sent)
			return w.slots.takeAll(), err
		}
	}
	if _, err := w.fetcher.claim(ctx, min(w.slots.size(), maxClaim)); err != nil {
		return nil, err
	}
	return w.slots.takeAll(), nil
}

func (w *Worker) releaseInline(jobs []held) {
	for _, h := range jobs {
		w.giveBack(h)
	}
}

// enter books a job that the caller runs itself; finish ends its stay.
func (s *slots) enter(h held) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &slot{job: s.book(h)}
	s.active.add(p)
	return p
}
