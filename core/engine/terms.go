package engine

import (
	"maps"
	"slices"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// terms are what the strategy lets this worker take, for people who wonder why a
// job does not run.
func (w *Worker) terms() ports.Terms {
	var out ports.Terms
	_ = protect(func() error { // a name that panics is a worker without one
		out.Strategy = job.Sanitize(w.cfg.Strategy.Name(), job.MaxNameBytes)
		return nil
	})
	if plan, err := w.fetcher.plan(queue.View{Slots: w.cfg.Concurrency, Seed: w.cfg.Seed}); err == nil {
		out.Caps, out.Limits, out.Reserved = plan.Caps, plan.Limits, plan.Reserved
	}
	// What it takes once all reserved slots are taken.
	if named, all := w.served(out.Reserved); !all {
		out.Takes = slices.Sorted(maps.Keys(named))
	}
	return out
}
