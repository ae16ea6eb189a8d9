package main

import (
	"sync/atomic"

	"github.com/task-tower/tasktower/adapters/system"
	"github.com/task-tower/tasktower/core/event"
)

// countdown closes done after n jobs were stored as completed.
type countdown struct {
	left atomic.Int64
	done chan struct{}
}

func newCountdown(n int) *countdown {
	c := &countdown{done: make(chan struct{})}
	c.left.Store(int64(n))
	return c
}

// Observe implements tasktower.Observer.
func (c *countdown) Observe(e event.Event) {
	if e.Type == event.JobCompleted && c.left.Add(-1) == 0 {
		close(c.done)
	}
}

func idMaker() *system.IDs { return &system.IDs{} }
