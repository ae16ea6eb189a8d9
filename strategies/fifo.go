package strategies

import (
	"github.com/task-tower/tasktower/core/queue"
	"github.com/task-tower/tasktower/ports"
)

// FIFO serves the oldest due job first, over all queues: names of queues and
// priorities of jobs do not count. It is also known as "none". To let priorities
// count and nothing else change, take AlphaNumeric with one queue.
func FIFO() ports.Strategy { return rest{"fifo", queue.RestByAge} }

// AlphaNumeric serves queues by name, bytewise, as Hangfire does: a later queue
// only when every earlier one has nothing claimable. "Z" comes before "a".
func AlphaNumeric() ports.Strategy { return rest{"alphanumeric", queue.RestAlphaNumeric} }

// rest is a strategy that names no queue.
type rest struct {
	name string
	rule queue.Rest
}

func (r rest) Name() string               { return r.name }
func (r rest) Plan(queue.View) queue.Plan { return queue.Plan{Rest: r.rule} }
func (rest) Check() error                 { return nil }
