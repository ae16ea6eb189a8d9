package strategies

import (
	"errors"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// ageingEvery is how often Ageing looks for jobs that waited too long.
const ageingEvery = 20

// Ageing keeps low queues from starving: every 20th claim of a worker starts
// with one job that has been due for longer than maxWait, if there is one, the
// oldest first, out of all queues that the inner strategy would serve. Under
// Strict, queues without a priority are still left alone.
//
// Check wants an inner strategy that passes its own, and a maxWait of at least a
// microsecond.
func Ageing(inner ports.Strategy, maxWait time.Duration) ports.Strategy {
	return &ageing{inner, maxWait}
}

type ageing struct {
	inner   ports.Strategy
	maxWait time.Duration
}

func (a *ageing) Name() string { return innerName(a.inner) + "+ageing" }

func (a *ageing) Plan(v queue.View) queue.Plan {
	p := innerPlan(a.inner, v)
	if v.Claim%ageingEvery != ageingEvery-1 || a.maxWait < time.Microsecond || v.Slots < 1 {
		return p
	}
	steps := make([]queue.Step, 0, len(p.Steps)+1)
	steps = append(steps, queue.Step{Quota: 1, Order: queue.ByAge, MinWaitMicros: a.maxWait.Microseconds()})
	p.Steps = append(steps, p.Steps...)
	return p
}

// Check reports what is wrong with the inner strategy or the wait.
func (a *ageing) Check() error {
	if a.maxWait < time.Microsecond {
		return errors.Join(checkInner("ageing", a.inner), job.Invalid("ageing max wait", "is %s; want at least 1µs", a.maxWait))
	}
	return checkInner("ageing", a.inner)
}
