package engine

import (
	"context"
	"fmt"
	"sync"
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

// step is a signal that stays.
type step struct {
	once *sync.Once
	done chan struct{} // closed when it is taken
}

func newStep() step { return step{new(sync.Once), make(chan struct{})} }

func (s step) take() { s.once.Do(func() { close(s.done) }) }

func (s step) taken() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

const (
	lastMoment = 200 * time.Millisecond // for handlers whose contexts have just ended, in a hurry
	lastCall   = 2 * time.Second        // to the store, in a hurry
)

// workerKey finds the worker in the contexts of its handlers.
type workerKey struct{}

// Stop ends Run as the end of Run's context does, and returns when Run has
// returned. If ctx ends first, so does the grace period: the contexts of the
// handlers end, and what does not return at once is given back.
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
func (w *Worker) wind(endClaims context.CancelFunc) {
	<-w.ending.draining.done
	w.observe(event.Event{Type: event.WorkerDraining})
	w.registry.check.set() // so that others see it
	endClaims()
}

// drain gives back what has not started and waits for what has.
func (w *Worker) drain() {
	for _, h := range w.slots.stop() {
		w.giveBack(h)
	}
	if w.slots.emptyBefore(w.ending.stopping.done) || w.slots.emptyWithin(w.cfg.Grace, w.ending.hurried.done) {
		return
	}
	w.endJobs(ErrShutdown)
	if w.slots.emptyWithin(w.cfg.Overstay, w.ending.hurried.done) {
		return
	}
	if w.ending.hurried.taken() && w.slots.emptyWithin(min(w.cfg.Overstay, lastMoment), nil) {
		return
	}
	w.slots.each(func(p *slot) { w.abandon(p, ErrShutdown) })
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

// lastWait is how long the last results and the leave-taking may each take.
func (w *Worker) lastWait() time.Duration {
	if w.ending.hurried.taken() {
		return lastCall
	}
	return callTimeout
}

// leave takes the worker's name off the store's list.
func (w *Worker) leave(ctx context.Context) {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.lastWait())
	defer cancel()
	_, number := w.registry.self()
	w.health.saw("deregister", w.cfg.Store.Deregister(call, number))
}
