package explain

import (
	"slices"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// AheadLimit is where counting the jobs ahead of one stops.
const AheadLimit = 1000

// RescueWithin is how long after a worker was lost its jobs are looked for, at
// most: workers look at least so often.
const RescueWithin = 5 * time.Second

// Facts are what is known of a job and of those it depends on, at one moment.
type Facts struct {
	Now     time.Time // by the store's clock, as all times
	Job     *job.Record
	Failure *job.Failure // of the last failed attempt; nil: none failed
	Ending  string       // of a final job: the note that somebody left when it ended

	PausedAt  time.Time // of its queue; zero: running
	PausedBy  string
	PauseNote string

	Ahead           int  // jobs of its queue that come before it; AheadLimit: at least so many
	Running         int  // jobs of its queue that are processing, over all workers
	CancelRequested bool // while it is processing

	Workers []Worker // that are alive or were lately
}

// Worker is what matters of a worker.
type Worker struct {
	ID        string
	Live      bool           // its life has not ended
	LiveUntil time.Time      // when it ends, or has ended
	Idle      bool           // it claims nothing: somebody paused it, or it stops
	Kinds     []string       // it has handlers for them
	Queues    []string       // it serves; nil: every queue
	Takes     []string       // its strategy ever takes from them; nil: from all
	Caps      map[string]int // how many jobs of a queue may be processing, over all workers
	Slots     int
	Running   int
}

func (w Worker) handles(kind string) bool { return w.Live && slices.Contains(w.Kinds, kind) }

func (w Worker) serves(queue string) bool {
	return w.Queues == nil || slices.Contains(w.Queues, queue)
}

func (w Worker) takes(queue string) bool {
	return w.Takes == nil || slices.Contains(w.Takes, queue)
}

// capped tells whether so many running jobs are as many as the queue may have.
func (w Worker) capped(queue string, running int) bool {
	limit, bound := w.Caps[queue]
	return bound && running >= limit
}

func (w Worker) busy() bool { return w.Running >= w.Slots }

// filter keeps the workers for which ok holds.
func filter(all []Worker, ok func(Worker) bool) (kept []Worker) {
	for _, w := range all {
		if ok(w) {
			kept = append(kept, w)
		}
	}
	return kept
}
