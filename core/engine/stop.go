package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
)

// ending is how far a worker was asked to go towards its end. Every step holds
// those before it, and is taken once.
type ending struct {
	draining step // claim nothing more; what runs takes its time
	stopping step // what runs has the grace period
	hurried  step // what runs is given back now
}

func newEnding() *ending {
	return &ending{draining: newStep(), stopping: newStep(), hurried: newStep()}
}

func (e *ending) drain() { e.draining.take() }
func (e *ending) stop()  { e.drain(); e.stopping.take() }
func (e *ending) hurry() { e.stop(); e.hurried.take() }

// step is a signal that stays: the end of a context.
type step struct {
	context.Context
	take context.CancelFunc
}

func newStep() step {
	ctx, take := context.WithCancel(context.Background())
	return step{ctx, take}
}

func (s step) taken() bool { return s.Err() != nil }

// How long what is left to do may take once nothing runs any more, each counted
// from there; and in a hurry, counted from then.
const (
	claimsWait  = 2 * time.Second // claims under way; what they took is recalled after that
	resultsWait = 8 * time.Second
	lastWait    = 10 * time.Second // all, with the leave-taking

	hurriedMoment  = 200 * time.Millisecond // for handlers whose contexts have just ended
	hurriedResults = 1600 * time.Millisecond
	hurriedLast    = 2 * time.Second
)

// workerKey finds the worker in the contexts of its handlers.
type workerKey struct{}

// Stop ends Run as the end of Run's context does, and returns when Run has
// returned. If ctx ends first, so does the grace period: the contexts of the
// handlers end, and what does not return at once is given back.
//
// A stop takes at most the grace period, Overstay, which only handlers use up that
// ignore their contexts, and ten seconds if the store does not answer; once ctx has
// ended, little more than two seconds.
//
// A worker that does not run will not: Run then returns nil at once. ErrConflict:
// ctx is that of one of the worker's own handlers, whose end it would wait for;
// the worker stops nevertheless.
func (w *Worker) Stop(ctx context.Context) error {
	w.ending.stop()
	if ctx.Value(workerKey{}) == w {
		return fmt.Errorf("stop: %w: a handler cannot wait for the end of its own worker", job.ErrConflict)
	}
	if !w.running.Load() {
		return nil
	}
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
	}
	w.ending.hurry()
	<-w.ended
	return nil
}

// wind waits until the worker is asked to come to its end, and claims nothing more.
func (w *Worker) wind(c *crew) {
	<-w.ending.draining.Done()
	w.observe(event.Event{Type: event.WorkerDraining})
	w.registry.check.set() // so that others see it
	c.endClaims()
	c.results.Go(func() {
		c.claiming.Wait()
		w.fetcher.resolve(c.settling)
	})
}

// drain gives back what has not started and waits for what has. It takes as long as
// it may, whether the store answers or not.
func (w *Worker) drain(c *crew) {
	left := w.slots.stop()
	c.results.Go(func() {
		for _, h := range left {
			w.giveBack(h)
		}
	})
	if w.slots.emptyBefore(w.ending.stopping.Done()) || w.slots.emptyWithin(w.cfg.Grace, w.ending.hurried.Done()) {
		return
	}
	w.endJobs(ErrShutdown)
	if w.slots.emptyWithin(w.cfg.Overstay, w.ending.hurried.Done()) {
		return
	}
	if w.ending.hurried.taken() && w.slots.emptyWithin(min(w.cfg.Overstay, hurriedMoment), nil) {
		return
	}
	c.results.Go(func() {
		w.slots.each(func(p *slot) {
			if act := w.abandon(p, ErrShutdown); act != nil {
				c.acts.Go(act)
			}
		})
	})
}

// clear stores the last results, and waits for the interceptors of what was
// abandoned and of deaths left over, all for a while only. Beats go on meanwhile, so
// that nobody else mourns.
func (w *Worker) clear(ctx context.Context, c *crew) {
	ctx, cancel := w.within(ctx, resultsWait, hurriedResults)
	defer cancel()
	defer context.AfterFunc(ctx, c.giveUp)()
	defer time.AfterFunc(claimsWait, c.cutClaims).Stop()
	c.results.Wait()
	w.settler.close()
	c.storing.Wait()

	acted := make(chan struct{})
	go func() {
		defer close(acted)
		c.acts.Wait()
	}()
	for _, over := range []<-chan struct{}{acted, c.mourned} {
		select {
		case <-over:
		case <-ctx.Done(): // the interceptors' own bound ends them
		case <-w.ending.hurried.Done():
		}
	}
}

// within is a context that ends after patience, or once so much time has passed since
// the stop was hurried.
func (w *Worker) within(ctx context.Context, patience, hurry time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	stop := context.AfterFunc(w.ending.hurried, func() { time.AfterFunc(hurry, cancel) })
	return ctx, func() { stop(); cancel() }
}

// stop takes back what has not started and closes empty when the rest has ended.
func (s *slots) stop() []held {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	left := s.takeBack()
	s.stopped = true
	s.call.Broadcast()
	s.quit()
	return left
}

// emptyBefore waits until no slot is busy after stop; false if the signal came first.
func (s *slots) emptyBefore(signal <-chan struct{}) bool {
	select {
	case <-s.empty:
		return true
	case <-signal:
		return false
	}
}

// emptyWithin waits until no slot is busy after stop; false if d passed or the
// signal came first.
func (s *slots) emptyWithin(d time.Duration, signal <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.empty:
		return true
	case <-signal:
	case <-timer.C:
	}
	select {
	case <-s.empty:
		return true
	default:
		return false
	}
}

// leave takes the worker's name off the store's list.
func (w *Worker) leave(ctx context.Context) {
	_, number := w.registry.self()
	w.health.saw("deregister", w.cfg.Store.Deregister(ctx, number))
}
