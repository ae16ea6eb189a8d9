package queue

import (
	"fmt"
	"maps"
)

// View is what a strategy sees when a worker has free slots. Plain data.
type View struct {
	// Slots is how many jobs the worker can take now, at least 1.
	Slots int
	// Claim counts the worker's claims from 0.
	Claim uint64
	// Running counts the jobs that this worker runs or holds, by queue.
	Running map[string]int
	// Credit is what Plan.Arrange left behind after the worker's last claim.
	Credit Credit
	// Seed is the worker's own number for strategies that draw lots.
	Seed uint64
}

// Plan says from which queues to take, in which order, and how many. An executor
// walks the steps in order, then the spill list, then applies the rest rule, and
// stops as soon as Slots jobs are taken. Unknown queue names are harmless; a
// paused, capped or empty queue counts as empty. A job is taken once.
type Plan struct {
	Steps []Step
	// Spill names queues that share, in order, what the steps left over.
	Spill []string
	// Rest is what happens to queues named in neither Steps nor Spill.
	Rest Rest
	// Shares, if any, interleave the jobs of their queues smoothly by weight
	// instead of step by step; see Arrange.
	Shares []Share
	// Caps limits how many jobs of a queue may be processing over all workers,
	// by queue; exact, whoever claims at the same moment.
	Caps map[string]int
	// Limits bounds how many jobs this claim may take from a queue.
	Limits map[string]int
}

// Step takes at most Quota jobs from the queues it names, which count as one.
type Step struct {
	Queues []string
	Quota  int
	Order  Order
	// MinWait, if positive, takes only jobs that have been due for so many microseconds.
	MinWaitMicros int64
}

// Order says which job of a step's queues comes first.
type Order string

const (
	// ByPriority is (priority desc, run_at, id): the order within any queue.
	ByPriority Order = "priority"
	// ByAge is (run_at, id): the oldest due first, whatever its priority.
	ByAge Order = "age"
)

// Rest is the rule for the queues a plan does not name.
type Rest string

const (
	// RestNone never takes from them.
	RestNone Rest = "none"
	// RestAlphaNumeric takes from them by name, bytewise.
	RestAlphaNumeric Rest = "alphanumeric"
	// RestByAge takes the oldest due job of all of them first, whatever its priority.
	RestByAge Rest = "age"
)

// Share is a queue's weight in a smooth weighted round robin.
type Share struct {
	Queue  string
	Weight int
}

// Check reports what an executor cannot obey; strategies' plans are checked
// before they are used. A queue may stand in one step only.
func (p Plan) Check() error {
	seen := map[string]bool{}
	for i, s := range p.Steps {
		if s.Quota < 0 {
			return fmt.Errorf("plan: step %d: quota %d is negative", i, s.Quota)
		}
		if s.Order != ByPriority && s.Order != ByAge {
			return fmt.Errorf("plan: step %d: unknown order %q", i, s.Order)
		}
		if s.MinWaitMicros > 0 {
			continue // an ageing step may repeat queues: it looks at other jobs
		}
		for _, q := range s.Queues {
			if seen[q] {
				return fmt.Errorf("plan: step %d: queue %q stands in two steps", i, q)
			}
			seen[q] = true
		}
	}
	switch p.Rest {
	case RestNone, RestAlphaNumeric, RestByAge:
	default:
		return fmt.Errorf("plan: unknown rest rule %q", p.Rest)
	}
	for _, s := range p.Shares {
		if s.Weight < 1 {
			return fmt.Errorf("plan: share of queue %q: weight %d; want at least 1", s.Queue, s.Weight)
		}
	}
	return nil
}

// WithCaps turns caps into limits, given how many jobs of each capped queue are
// processing over all workers. Stores call it inside the claim.
func (p Plan) WithCaps(processing map[string]int) Plan {
	if len(p.Caps) == 0 {
		return p
	}
	limits := maps.Clone(p.Limits)
	if limits == nil {
		limits = map[string]int{}
	}
	for q, most := range p.Caps {
		room := max(0, most-processing[q])
		if bound, ok := limits[q]; ok {
			room = min(room, bound)
		}
		limits[q] = room
	}
	p.Limits = limits
	return p
}
