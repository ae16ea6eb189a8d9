package engine

import (
	"context"
	"slices"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
)

// watchQueues says once of each queue that it has work which this worker's
// strategy never takes.
func (w *Worker) watchQueues(ctx context.Context) {
	served, all := w.served()
	if all {
		return
	}
	told := map[string]bool{}
	for pause(ctx, w.cfg.QueueAnnouncementInterval) {
		call, cancel := context.WithTimeout(ctx, callTimeout)
		counts, err := w.cfg.Store.Counts(call, 1)
		cancel()
		w.health.saw("counts", ctxErr(ctx, err))
		if err != nil {
			continue
		}
		waiting := map[string]bool{}
		for _, c := range counts {
			if c.State != job.Enqueued || served[c.Queue] || !w.meant(c.Queue) {
				continue
			}
			waiting[c.Queue] = true
			if !told[c.Queue] {
				w.observe(event.Event{Type: event.QueueUnserved, Queue: c.Queue, Count: c.Jobs})
			}
		}
		told = waiting
	}
}

// meant tells whether the configuration lets the worker serve the queue.
func (w *Worker) meant(name string) bool {
	return w.cfg.Queues == nil || slices.Contains(w.cfg.Queues, name)
}

// plansAsked is how many claims' plans tell which queues a strategy serves: some
// serve a queue only now and then.
const plansAsked = 32

// served are the queues that the strategy takes from when all slots are free; all
// is true if it leaves none out.
func (w *Worker) served() (named map[string]bool, all bool) {
	named = map[string]bool{}
	for claim := range uint64(plansAsked) {
		plan, err := w.fetcher.plan(queue.View{Slots: w.slots.size(), Claim: claim, Seed: w.cfg.Seed})
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
