package strategies

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Cap bounds what one queue may take. Zero fields bound nothing.
type Cap struct {
	// Min keeps so many slots of this worker for the queue: it is served first
	// until it fills them, and other queues leave them free while it is empty.
	Min int
	// PerWorker is the most jobs of the queue that this worker runs at once.
	PerWorker int
	// Cluster is the most jobs of the queue that all workers run at once; exact,
	// whoever claims at the same moment. All workers should be told the same.
	Cluster int
}

// Caps bounds queues under any strategy. A queue at its cap counts as empty. One
// with a Min is served up to it even if the inner strategy would not; a paused
// queue keeps its slots. More slots reserved than a worker has means that it
// runs nothing else, the first queues by name going first.
//
// Check wants an inner strategy that passes its own, well-formed names, no
// negative numbers, and no Min above a maximum of the same queue.
func Caps(inner ports.Strategy, caps map[string]Cap) ports.Strategy {
	c := &capped{inner: inner, caps: maps.Clone(caps), mins: map[string]int{}}
	for _, name := range slices.Sorted(maps.Keys(caps)) {
		bound := caps[name]
		if bound.Min > 0 {
			c.reserved = append(c.reserved, reservation{[]string{name}, bound.Min})
			c.mins[name] = bound.Min
		}
		if bound.PerWorker > 0 {
			c.perWorker = append(c.perWorker, name)
		}
		if bound.Cluster > 0 {
			c.cluster = append(c.cluster, name)
		}
	}
	return c
}

type capped struct {
	inner     ports.Strategy
	caps      map[string]Cap
	reserved  []reservation
	mins      map[string]int
	perWorker []string
	cluster   []string
}

type reservation struct {
	queue []string // one
	slots int
}

func (c *capped) Name() string { return innerName(c.inner) + "+caps" }

func (c *capped) Plan(v queue.View) queue.Plan {
	steps, needed := c.reserve(v)
	open := v.Slots - needed // slots that everybody may take
	var p queue.Plan
	switch {
	case needed == 0:
		p = innerPlan(c.inner, v)
	case open <= 0:
		p = queue.Plan{Steps: steps, Rest: queue.RestNone}
	default:
		// A plan cannot say "these two together at most n", but a claim can be
		// small enough that nobody reaches into reserved slots. It comes back
		// full if there is more, and then the worker claims again at once.
		inner := v
		inner.Slots = open
		p = innerPlan(c.inner, inner)
		p.Steps = afterAgeing(p.Steps, steps)
		p.Most = p.Bound(open)
	}
	p.Limits = c.limits(p.Limits, v.Running)
	p.Caps = c.clusterCaps(p.Caps)
	p.Reserved = c.kept(p.Reserved)
	return p
}

// kept are the slots that this or the inner strategy reserves.
func (c *capped) kept(inner map[string]int) map[string]int {
	if len(c.mins) == 0 {
		return inner
	}
	if len(inner) == 0 {
		return c.mins
	}
	kept := maps.Clone(c.mins)
	for q, slots := range inner {
		kept[q] = max(kept[q], slots)
	}
	return kept
}

// reserve is a step for each queue whose reserved slots are not all taken, and
// how many slots that is.
func (c *capped) reserve(v queue.View) (steps []queue.Step, needed int) {
	for _, r := range c.reserved {
		free := min(r.slots-v.Running[r.queue[0]], max(0, v.Slots-needed))
		if free > 0 {
			steps = append(steps, queue.Step{Queues: r.queue, Quota: free, Order: queue.ByPriority})
			needed += free
		}
	}
	return steps, needed
}

// afterAgeing puts reserved steps behind ageing steps and before all others.
func afterAgeing(inner, reserved []queue.Step) []queue.Step {
	at := 0
	for at < len(inner) && inner[at].MinWaitMicros > 0 {
		at++
	}
	steps := make([]queue.Step, 0, len(inner)+len(reserved))
	steps = append(steps, inner[:at]...)
	steps = append(steps, reserved...)
	return append(steps, inner[at:]...)
}

func (c *capped) limits(inner, running map[string]int) map[string]int {
	if len(c.perWorker) == 0 {
		return inner
	}
	limits := make(map[string]int, len(inner)+len(c.perWorker))
	maps.Copy(limits, inner)
	for _, q := range c.perWorker {
		lower(limits, q, max(0, c.caps[q].PerWorker-running[q]))
	}
	return limits
}

func (c *capped) clusterCaps(inner map[string]int) map[string]int {
	if len(c.cluster) == 0 {
		return inner
	}
	caps := make(map[string]int, len(inner)+len(c.cluster))
	maps.Copy(caps, inner)
	for _, q := range c.cluster {
		lower(caps, q, c.caps[q].Cluster)
	}
	return caps
}

// lower sets a bound unless there is a lower one.
func lower(bounds map[string]int, q string, bound int) {
	if old, ok := bounds[q]; ok {
		bound = min(bound, old)
	}
	bounds[q] = bound
}

// Check reports what is wrong with the inner strategy or the caps, joined.
func (c *capped) Check() error {
	errs := []error{checkInner("caps", c.inner)}
	if len(c.caps) > 0 {
		errs = append(errs, checkQueues("caps", c.caps))
	}
	for _, name := range slices.Sorted(maps.Keys(c.caps)) {
		field := fmt.Sprintf("caps[%q]", job.Clip(name, 40))
		bound := c.caps[name]
		if bound.Min < 0 || bound.PerWorker < 0 || bound.Cluster < 0 {
			errs = append(errs, job.Invalid(field, "min %d, per worker %d, cluster %d; none may be negative", bound.Min, bound.PerWorker, bound.Cluster))
			continue
		}
		if bound.PerWorker > 0 && bound.Min > bound.PerWorker {
			errs = append(errs, job.Invalid(field, "min %d is above the %d per worker", bound.Min, bound.PerWorker))
		}
		if bound.Cluster > 0 && bound.Min > bound.Cluster {
			errs = append(errs, job.Invalid(field, "min %d is above the %d of the cluster", bound.Min, bound.Cluster))
		}
	}
	return errors.Join(errs...)
}
