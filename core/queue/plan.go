package queue

import (
	"fmt"
	"maps"
	"slices"
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
// stops as soon as Slots jobs are taken, or Most if that is less. Unknown queue
// names are harmless; a paused, capped or empty queue counts as empty. A job is
// taken once. A plan is read-only: strategies may share its parts between claims.
type Plan struct {
	Steps []Step
	// Spill names queues that share, in order, what the steps left over.
	Spill []string
	// Rest is what happens to queues named in neither Steps nor Spill.
	Rest Rest
	// Shares, if any, interleave the jobs of their queues smoothly by weight
	// instead of step by step; see Arrange. The quotas of their steps come from
	// Credit.Quotas; if the quotas add up to more than the free slots, Most says
	// how many those are.
	Shares []Share
	// Caps limits how many jobs of a queue may be processing over all workers,
	// by queue; exact, whoever claims at the same moment.
	Caps map[string]int
	// Limits bounds how many jobs this claim may take from a queue.
	Limits map[string]int
	// Reserved says for people how many of the worker's slots are kept for a queue.
	// Executors have no use for it: Steps and Most do the keeping.
	Reserved map[string]int
	// Most, if positive, bounds how many jobs this claim may take in all, so
	// that slots stay free for queues that are empty now; see Bound.
	Most int
}

// Step takes at most Quota jobs from the queues it names, which count as one.
type Step struct {
	// Queues that are served together. A step with MinWait and no queues covers
	// every queue that the rest of the plan would serve: those of the other steps
	// and the spill list, and by the rest rule all others. A step without either
	// takes nothing.
	Queues []string
	Quota  int
	Order  Order
	// MinWait, if positive, takes only jobs that have been due for so many microseconds.
	MinWaitMicros int64
}

// Order says which job of a step's queues comes first.
type Order string

const (
	// ByPriority is (priority desc, run_at, id): the order within a queue, but where
	// a plan goes by age.
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

// Bound is how many jobs a claim of a worker with that many free slots may take:
// the limit to hand to the store.
func (p Plan) Bound(slots int) int {
	if p.Most > 0 {
		return min(p.Most, slots)
	}
	return slots
}

// Takes tells whether the plan ever takes from the queue: in a step, by the spill
// list, or by the rest rule.
func (p Plan) Takes(name string) bool {
	return p.Rest != RestNone || slices.Contains(p.Spill, name) ||
		slices.ContainsFunc(p.Steps, func(s Step) bool { return slices.Contains(s.Queues, name) })
}

// Check reports what an executor cannot obey; strategies' plans are checked
// before they are used. A queue may stand in several steps: a later one goes on
// where the earlier ended.
func (p Plan) Check() error {
	for i, s := range p.Steps {
		if s.Quota < 0 {
			return fmt.Errorf("plan: step %d: quota %d is negative", i, s.Quota)
		}
		if s.Order != ByPriority && s.Order != ByAge {
			return fmt.Errorf("plan: step %d: unknown order %q", i, s.Order)
		}
		if s.MinWaitMicros < 0 {
			return fmt.Errorf("plan: step %d: least wait of %d µs is negative", i, s.MinWaitMicros)
		}
	}
	switch p.Rest {
	case RestNone, RestAlphaNumeric, RestByAge:
	default:
		return fmt.Errorf("plan: unknown rest rule %q", p.Rest)
	}
	if p.Most < 0 {
		return fmt.Errorf("plan: most %d is negative", p.Most)
	}
	return p.checkShares()
}

func (p Plan) checkShares() error {
	total := 0
	seen := make(map[string]bool, len(p.Shares))
	for _, s := range p.Shares {
		if s.Weight < 1 || s.Weight > MaxWeights {
			return fmt.Errorf("plan: share of queue %q: weight %d; want 1 to %d", s.Queue, s.Weight, MaxWeights)
		}
		if seen[s.Queue] {
			return fmt.Errorf("plan: queue %q has two shares", s.Queue)
		}
		seen[s.Queue] = true
		if total += s.Weight; total > MaxWeights {
			return fmt.Errorf("plan: the weights of all shares exceed %d", MaxWeights)
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
