package strategies

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Weighted shares the starts of jobs among the queues that have work, by weight:
// {"high": 60, "default": 30, "low": 10} starts six, three and one of ten. Over
// any run of starts of one worker with all queues full, each queue is off its
// ideal by less than one start. A queue's unused share goes to the others, and
// is not saved up. Queues without a weight are served, by name, only when all
// weighted ones are empty.
//
// Check wants at least one queue, well-formed names and weights of at least 1.
func Weighted(weights map[string]int) ports.Strategy {
	w := &weighted{given: maps.Clone(weights)}
	for name, weight := range weights {
		w.shares = append(w.shares, queue.Share{Queue: name, Weight: max(1, weight)})
	}
	slices.SortFunc(w.shares, func(a, b queue.Share) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Queue, b.Queue))
	})
	w.fit()
	total := 0
	for _, s := range w.shares {
		total += s.Weight
	}
	for _, s := range w.shares {
		w.single = append(w.single, []string{s.Queue})
		w.part = append(w.part, float64(s.Weight)/float64(total))
	}
	return w
}

type weighted struct {
	given  map[string]int
	shares []queue.Share // heaviest first, then by name
	single [][]string    // each share's queue, as a step's queues
	part   []float64     // each share's part of all, 0..1
}

// fit scales weights down whose sum a plan cannot hold; none falls below 1.
func (w *weighted) fit() {
	total := 0.0
	for _, s := range w.shares {
		total += float64(s.Weight)
	}
	most := float64(queue.MaxWeights - len(w.shares)) // each may round up to 1
	if total <= most {
		return
	}
	for i, s := range w.shares {
		w.shares[i].Weight = max(1, int(float64(s.Weight)/total*most))
	}
}

func (w *weighted) Name() string { return "weighted" }

// Plan first asks the queues that were empty for what they would get if they had
// work again, then the others for their quotas of all slots: so nobody's share is
// held back for a queue that stays empty. The heaviest come last, since they feel
// it least if those who are back take a slot of theirs; Arrange makes up for it.
func (w *weighted) Plan(v queue.View) queue.Plan {
	quotas, owed := v.Credit.Deal(w.shares, v.Slots)
	steps := make([]queue.Step, 0, len(quotas))
	for i, s := range w.shares {
		if v.Credit.Idle(s.Queue) && quotas[i] == 0 {
			steps = append(steps, w.step(i, max(1, int(float64(v.Slots)*w.part[i]))))
		}
	}
	for i, quota := range slices.Backward(quotas) {
		if quota > 0 {
			steps = append(steps, w.step(i, quota))
		}
	}
	return queue.Plan{Steps: steps, Spill: w.spill(owed), Rest: queue.RestAlphaNumeric, Shares: w.shares, Most: v.Slots}
}

func (w *weighted) step(i, quota int) queue.Step {
	return queue.Step{Queues: w.single[i], Quota: quota, Order: queue.ByPriority}
}

// spill names all queues, the one that is owed most first.
func (w *weighted) spill(owed []int) []string {
	order := make([]int, len(owed))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(owed[b], owed[a]) })
	names := make([]string, len(order))
	for place, i := range order {
		names[place] = w.shares[i].Queue
	}
	return names
}

// Check reports an empty map, bad names and bad weights, joined.
func (w *weighted) Check() error {
	errs := []error{checkQueues("weighted weights", w.given)}
	for _, name := range slices.Sorted(maps.Keys(w.given)) {
		if weight := w.given[name]; weight < 1 {
			errs = append(errs, job.Invalid(fmt.Sprintf("weighted weights[%q]", job.Clip(name, 40)), "is %d; want at least 1", weight))
		}
	}
	return errors.Join(errs...)
}
