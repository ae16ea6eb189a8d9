package strategies

import (
	"maps"

	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// Index serves queues by priority, higher first. Queues of equal priority share
// a tier and count as one queue: by the jobs' own priority, then first in, first
// out. Queues without a priority are served last, by name.
//
// Check wants at least one queue and well-formed names; any int is a priority.
func Index(priorities map[string]int) ports.Strategy {
	return newTiers("index", priorities, queue.RestAlphaNumeric)
}

// Strict is like Index, but serves only the queues that have a priority; jobs of
// others wait until some worker serves them. A lower tier is served only when
// every higher one has nothing claimable at that moment, decided anew at each claim.
//
// Check wants at least one queue and well-formed names; any int is a priority.
func Strict(priorities map[string]int) ports.Strategy {
	return newTiers("strict", priorities, queue.RestNone)
}

type tiers struct {
	name       string
	priorities queue.Priorities
	levels     [][]string
	rest       queue.Rest
}

func newTiers(name string, priorities map[string]int, rest queue.Rest) *tiers {
	own := queue.Priorities(maps.Clone(priorities))
	return &tiers{name, own, own.Tiers(), rest}
}

func (t *tiers) Name() string { return t.name }

func (t *tiers) Plan(v queue.View) queue.Plan {
	steps := make([]queue.Step, len(t.levels))
	for i, level := range t.levels {
		steps[i] = queue.Step{Queues: level, Quota: max(0, v.Slots), Order: queue.ByPriority}
	}
	return queue.Plan{Steps: steps, Rest: t.rest}
}

// Check reports an empty map and bad names, joined.
func (t *tiers) Check() error { return checkQueues(t.name+" priorities", t.priorities) }
