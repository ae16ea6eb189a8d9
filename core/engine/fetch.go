package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// fetcher claims jobs into free slots. One goroutine runs it.
type fetcher struct {
	w      *Worker
	wake   flag // something may be claimable
	meter  meter
	took   [2]time.Duration // the last claims that brought jobs
	credit queue.Credit
	claims uint64
	asked  bool      // the last claim might bring a suspect; see suspects
	unsure job.Lease // of a claim whose answer was lost; no other is made before it is recalled
	dozed  time.Time // until when the store knows that this worker waits

	slowed atomic.Bool // jobs held ahead found no slot in time; the meter starts anew

	// capped: the strategy bounds queues or keeps slots free, as a plan has shown,
	// so the end of any job may make room that no hint tells of.
	capped atomic.Bool
}

// run claims until ctx ends.
func (f *fetcher) run(ctx context.Context) {
	var wait backoff
	for ctx.Err() == nil {
		if f.w.registry.paused() {
			f.hold(ctx)
			continue
		}
		if !f.sure() {
			sent := time.Now()
			jobs, err := f.recall(f.w.claims, callTimeout)
			f.w.health.saw("claim", ctxErr(ctx, err))
			if err != nil {
				f.failed(ctx, err, &wait)
				continue
			}
			f.accept(jobs, sent)
		}
		want := f.w.slots.want(f.ahead())
		if want == 0 || f.w.settler.crowded() {
			select {
			case <-f.w.slots.room:
			case <-ctx.Done():
			}
			continue
		}
		short, err := f.claim(ctx, want)
		f.w.health.saw("claim", ctxErr(ctx, err))
		if err != nil {
			f.failed(ctx, err, &wait)
			continue
		}
		wait.reset()
		if short {
			f.rest(ctx)
		}
	}
}

// sure tells whether no answer to a claim is missing. As long as one is, no other
// claim is made, whatever is thought of the lease meanwhile: a worker that looks
// lost may live on. Only under a new number it has nothing to recall, for what its
// former one holds is rescued.
func (f *fetcher) sure() bool {
	_, number := f.w.registry.self()
	return f.unsure == 0 || f.unsure.Worker() != number
}

// hold gives back what has not started, and waits while the worker is paused.
func (f *fetcher) hold(ctx context.Context) {
	trying, cancel := context.WithTimeout(ctx, callTimeout)
	f.resolve(trying)
	cancel()
	for _, h := range f.w.slots.takeAll() {
		f.w.giveBack(h)
	}
	if f.sure() {
		select {
		case <-f.wake:
		case <-ctx.Done():
		}
		return
	}
	pause(ctx, f.w.cfg.JobCheckInterval) // what a claim took is to be given back
}

// failed waits before another try.
func (f *fetcher) failed(ctx context.Context, err error, wait *backoff) {
	if errors.Is(err, job.ErrLeaseLost) {
		f.w.registry.check.set()
	}
	wait.sleep(ctx)
}

// recall learns what the claim took whose answer was lost.
func (f *fetcher) recall(ctx context.Context, limit time.Duration) ([]*job.Record, error) {
	call, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	jobs, err := f.w.cfg.Store.Recall(call, f.unsure)
	if err == nil {
		f.unsure = 0
	}
	return jobs, err
}

// resolve gives back what a claim took whose answer was lost. It tries until ctx
// ends; what it cannot give back is rescued.
func (f *fetcher) resolve(ctx context.Context) {
	var wait backoff
	for !f.sure() {
		sent := time.Now()
		jobs, err := f.recall(ctx, claimsWait)
		for _, r := range jobs {
			f.w.giveBack(held{record: r, claim: sent})
		}
		if errors.Is(err, job.ErrLeaseLost) || err != nil && !wait.sleep(ctx) {
			return
		}
	}
}

// ctxErr is err, unless the context's end explains it.
func ctxErr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// claim asks the strategy, claims up to want jobs and hands them to the slots; short
// tells that there are no more for this worker now.
func (f *fetcher) claim(ctx context.Context, want int) (short bool, err error) {
	lease, err := f.w.registry.lease()
	if err != nil {
		return false, err
	}
	want, suspects := f.suspects(want)
	byQueue, _, _ := f.w.slots.books()
	plan, err := f.plan(queue.View{
		Slots: want, Claim: f.claims, Running: byQueue, Credit: f.credit, Seed: f.w.cfg.Seed,
	})
	if err != nil {
		return false, err
	}
	asked := plan.Bound(want)
	if asked < want || len(plan.Caps)+len(plan.Limits) > 0 {
		f.capped.Store(true)
	}
	f.claims++

	// A claim under way is finished even if the worker stops meanwhile, unless in a
	// hurry: what it brings is then given back, instead of being held by nobody.
	call, cancel := context.WithTimeout(f.w.claims, callTimeout)
	defer cancel()
	sent := time.Now()
	jobs, err := f.w.cfg.Store.Claim(call, ports.ClaimRequest{
		Lease: lease, Plan: plan, Kinds: f.w.kindNames, Queues: f.w.cfg.Queues, Limit: asked,
		NoSuspects: suspects != welcome,
	})
	if err != nil {
		f.unsure = lease
		return false, err
	}
	if len(jobs) > 0 {
		f.took = [2]time.Duration{f.took[1], time.Since(sent)}
	}
	jobs, f.credit = plan.Arrange(jobs, f.credit)
	f.accept(jobs, sent)
	return len(jobs) < asked && suspects != later, nil
}

// accept hands jobs to the slots, and gives back those that they do not take.
func (f *fetcher) accept(jobs []*job.Record, sent time.Time) {
	if len(jobs) == 0 {
		return
	}
	for _, h := range f.w.slots.add(jobs, sent) {
		f.w.giveBack(h)
	}
}

// plan asks the strategy and does not trust it.
func (f *fetcher) plan(v queue.View) (plan queue.Plan, err error) {
	err = protect(func() error {
		plan = f.w.cfg.Strategy.Plan(v)
		return plan.Check()
	})
	if err != nil {
		err = fmt.Errorf("strategy %s: %w", f.w.cfg.Strategy.Name(), err)
		f.w.observe(event.Event{Type: event.StrategyMistaken, Err: err})
	}
	return plan, err
}

// rest waits until something may be claimable. It waits at once if the store has
// known all along that this worker waits for hints; else it says so and looks
// once more.
func (f *fetcher) rest(ctx context.Context) {
	if now := time.Now(); f.dozed.Sub(now) < dozeFor/2 {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		err := f.w.cfg.Store.Doze(call, dozeFor)
		cancel()
		f.w.health.saw("doze", ctxErr(ctx, err))
		if err == nil {
			known := now.Before(f.dozed)
			f.dozed = now.Add(dozeFor)
			if !known {
				return // look once more
			}
		}
	}
	var room <-chan struct{}
	if f.capped.Load() {
		room = f.w.slots.room
	}
	poll := time.NewTimer(f.w.cfg.JobCheckInterval)
	defer poll.Stop()
	select {
	case <-f.wake:
	case <-room:
	case <-f.w.slots.clear:
	case <-poll.C:
	case <-ctx.Done():
	}
}
