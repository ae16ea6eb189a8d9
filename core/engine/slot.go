package engine

import (
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
	decided   job.Settlement                 // what becomes of the job; whoever claimed the right to settle writes it
	res       result                         // on its way to the store; see Worker.hand

	ctx     jobContext  // the handler's
	settled atomic.Bool // a result was reported

	// Guarded by slots.mu.
	abandoned    bool  // the slot goes on without its handler
	newer, older *slot // see running
}

// settle claims the right to report the job's result; it is given once.
func (p *slot) settle() bool { return p.settled.CompareAndSwap(false, true) }
