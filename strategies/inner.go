package strategies

import (
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// innerName and innerPlan make a decorator around nothing act as FIFO; its Check
// refuses it.
func innerName(inner ports.Strategy) string {
	if inner == nil {
		return FIFO().Name()
	}
	return inner.Name()
}

func innerPlan(inner ports.Strategy, v queue.View) queue.Plan {
	if inner == nil {
		return FIFO().Plan(v)
	}
	return inner.Plan(v)
}
