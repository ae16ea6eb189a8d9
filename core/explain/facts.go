package explain

import (
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
	Suspects        int  // of those ahead, that were in flight at a crash
	Running         int  // jobs of its queue that are processing, over all workers
	CancelRequested bool // while it is processing

	Workers []Worker // that are alive or were lately
}
