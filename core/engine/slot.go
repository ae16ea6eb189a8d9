package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// slot is one running job's place.
type slot struct {
	job       held
	started   time.Time                      // by the store's clock; set before the handler is called
	told      atomic.Pointer[report]         // what the handler told; nil: nothing
	completed atomic.Pointer[job.Settlement] // by the handler, in a transaction of its own; nil: not so
	own       job.Record                     // the handler's; see Worker.call
	res       result                         // on its way to the store; see Worker.report

	abandoned bool // the slot goes on without its handler; guarded by slots.mu

	mu      sync.Mutex // of its own, since all jobs go through slots.mu
	settled bool       // a result was reported
	cancel  context.CancelCauseFunc
	ending  error // why its context is to end as soon as there is one
}

// arm makes the running job cancellable.
func (p *slot) arm(cancel context.CancelCauseFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cancel = cancel
	if p.ending != nil {
		cancel(p.ending)
	}
}

// end ends the job's context for a reason, at once or when the job has one.
func (p *slot) end(cause error) {
	p.mu.Lock()
	cancel := p.cancel
	if cancel == nil && p.ending == nil {
		p.ending = cause
	}
	p.mu.Unlock()
	if cancel != nil {
		cancel(cause)
	}
}

// settle claims the right to report the job's result; it is given once.
func (p *slot) settle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settled {
		return false
	}
	p.settled = true
	return true
}
