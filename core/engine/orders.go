package engine

import (
	"context"
	"errors"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// look asks what the worker is to do, between beats and without one.
func (g *registry) look(ctx context.Context) error {
	if g.left() <= 0 {
		return g.renew(ctx)
	}
	_, number := g.self()
	call, cancel := g.bounded(ctx)
	defer cancel()
	orders, err := g.w.cfg.Store.Orders(call, number)
	if errors.Is(err, job.ErrLeaseLost) {
		return g.renew(ctx)
	}
	if err == nil {
		g.obey(orders)
	}
	return err
}

// obey carries out what the worker is asked to do.
func (g *registry) obey(o ports.Orders) {
	if len(o.Cancel) > 0 {
		g.w.cancel(o.Cancel)
	}
	g.mu.Lock()
	before, own := g.orders, g.chosen > 0
	g.orders = o
	g.mu.Unlock()
	if !own && o.Slots > 0 {
		g.w.resize(o.Slots)
	}
	if o.Drain {
		g.w.ending.drain()
	}
	switch {
	case o.Paused && !before.Paused:
		g.w.observe(event.Event{Type: event.WorkerPaused, Note: pauseNote(o)})
		g.w.slots.signal() // should the fetcher wait for room
	case !o.Paused && before.Paused:
		g.w.observe(event.Event{Type: event.WorkerResumed})
	default:
		return
	}
	g.w.fetcher.wake.set() // it claims or, while the worker is paused, gives back
}

// pauseNote is who paused the worker and why.
func pauseNote(o ports.Orders) string {
	switch {
	case o.PausedBy == "":
		return o.PauseNote
	case o.PauseNote == "":
		return o.PausedBy
	}
	return o.PausedBy + ": " + o.PauseNote
}

// paused tells whether somebody keeps the worker from claiming.
func (g *registry) paused() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.orders.Paused
}

// choose notes how many jobs the worker itself wants to run at once, until the
// store has heard of it.
func (g *registry) choose(n int) {
	g.mu.Lock()
	g.chosen = n
	g.mu.Unlock()
	g.check.set()
}

// told forgets a choice that the store has heard of, unless there is a new one.
func (g *registry) told(chosen int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.chosen == chosen {
		g.chosen = 0
	}
}

// SetConcurrency makes the worker run up to n jobs at once from now on. Jobs that
// run beyond that go on.
func (w *Worker) SetConcurrency(n int) {
	w.resize(n)
	w.registry.choose(n)
}

// resize changes the number of slots.
func (w *Worker) resize(n int) {
	if w.slots.resize(n) {
		w.observe(event.Event{Type: event.WorkerResized, Count: n})
	}
}

// resize changes how many jobs run at once; false: it is so many already. Slots
// beyond that end with the job they run.
func (s *slots) resize(max int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.max == max {
		return false
	}
	s.max = max
	s.spawn()
	s.signal()
	return true
}

// size is how many jobs run at once.
func (s *slots) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.max
}
