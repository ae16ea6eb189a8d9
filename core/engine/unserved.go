package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// unservedKinds is how often workers are asked at most for the kinds that they handle.
const unservedKinds = 10 * time.Second

// watchWaiting says once of each queue that it has work which this worker's
// strategy never takes, and of each kind that it waits in a queue of this worker
// while no live worker has a handler for it.
func (w *Worker) watchWaiting(ctx context.Context) {
	served, all := w.served(nil)
	var queues, kinds told
	var asked time.Time
	for pause(ctx, w.cfg.QueueAnnouncementInterval) {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		found, err := w.cfg.Store.Waiting(call)
		cancel()
		w.health.saw("waiting", ctxErr(ctx, err))
		if err != nil {
			continue
		}
		var unserved, foreign []event.Event
		for _, f := range found {
			switch {
			case !w.meant(f.Queue):
			case !all && !served[f.Queue]:
				unserved = append(unserved, event.Event{Type: event.QueueUnserved, Queue: f.Queue})
			default:
				for _, kind := range f.Kinds {
					if w.kinds[kind] == nil {
						foreign = append(foreign, event.Event{Type: event.KindUnserved, Queue: f.Queue, Kind: kind})
					}
				}
			}
		}
		queues.tell(w, unserved)
		switch {
		case len(foreign) == 0:
			kinds = nil
		case time.Since(asked) >= unservedKinds:
			asked = time.Now()
			kinds.tell(w, w.handledByNobody(ctx, foreign))
		}
	}
}

// told remembers what was said, as long as it holds.
type told map[event.Event]bool

func (t *told) tell(w *Worker, all []event.Event) {
	now := told{}
	for _, e := range all {
		now[e] = true
		if !(*t)[e] {
			w.observe(e)
		}
	}
	*t = now
}

// handledByNobody leaves out the kinds for which a live worker has a handler.
func (w *Worker) handledByNobody(ctx context.Context, foreign []event.Event) []event.Event {
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	workers, err := w.cfg.Store.Workers(call)
	w.health.saw("workers", ctxErr(ctx, err))
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(foreign, func(e event.Event) bool {
		return slices.ContainsFunc(workers, func(other ports.Worker) bool {
			return other.State != ports.WorkerLost && other.State != ports.WorkerStopped && slices.Contains(other.Kinds, e.Kind)
		})
	})
}

// meant tells whether the configuration lets the worker serve the queue.
func (w *Worker) meant(name string) bool {
	return w.cfg.Queues == nil || slices.Contains(w.cfg.Queues, name)
}

// plansAsked is how many claims' plans tell which queues a strategy serves: some
// serve a queue only now and then.
const plansAsked = 32

// served are the queues that the strategy takes from when all slots are free beside
// so many running jobs; all is true if it leaves none out.
func (w *Worker) served(running map[string]int) (named map[string]bool, all bool) {
	named = map[string]bool{}
	for claim := range uint64(plansAsked) {
		plan, err := w.fetcher.plan(queue.View{Slots: w.slots.size(), Claim: claim, Running: maps.Clone(running), Seed: w.cfg.Seed})
		if err != nil {
			continue
		}
		if plan.Rest != queue.RestNone {
			return nil, true
		}
		for _, s := range plan.Steps {
			for _, q := range s.Queues {
				named[q] = true
			}
		}
		for _, q := range plan.Spill {
			named[q] = true
		}
	}
	return named, len(named) == 0
}
