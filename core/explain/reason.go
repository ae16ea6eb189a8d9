package explain

import (
	"strings"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Code names a reason, for programs. Codes do not change.
type Code string

// The reasons, in the words of the documentation.
const (
	Scheduled       Code = "scheduled"        // it runs at a later time
	BackingOff      Code = "backing_off"      // it failed and waits for its retry
	QueuePaused     Code = "queue_paused"     // somebody paused its queue
	NoWorker        Code = "no_worker"        // no worker is alive
	NoHandler       Code = "no_handler"       // no live worker has a handler for its kind
	QueueUnserved   Code = "queue_unserved"   // none of those serves its queue
	StrategySkips   Code = "strategy_skips"   // the strategies of those never take from its queue
	WorkersIdle     Code = "workers_idle"     // one that could take it is paused or stopping
	QueueAtCap      Code = "queue_at_cap"     // its queue runs as many jobs as it may, in all or on each worker
	WorkersBusy     Code = "workers_busy"     // those that could take it have no free slot
	SlotsReserved   Code = "slots_reserved"   // their free slots are kept for other queues
	Suspect         Code = "suspect"          // it was in flight at a crash; each worker runs such jobs one at a time
	Behind          Code = "behind"           // others of its queue come first
	Due             Code = "due"              // nothing is known that keeps it
	Processing      Code = "processing"       // a worker has claimed it, and runs it or is about to
	WorkerLost      Code = "worker_lost"      // the worker that ran it is gone
	CancelRequested Code = "cancel_requested" // its handler is asked to end
	Deadline        Code = "deadline"         // it has to start, or end, by a certain time
	Completed       Code = "completed"
	Cancelled       Code = "cancelled"
	Dead            Code = "dead"
)

// Reason is one of the reasons why a job is where it is: a code, a sentence, and
// the data in it. Fields that a reason has no use for are zero.
type Reason struct {
	Code    Code      `json:"code"`
	Text    string    `json:"text"` // a sentence, in English
	Kind    string    `json:"kind,omitempty"`
	Queue   string    `json:"queue,omitempty"`
	Worker  string    `json:"worker,omitempty"` // its id
	By      string    `json:"by,omitempty"`     // who paused the queue or the worker
	Note    string    `json:"note,omitempty"`   // why, where somebody said so
	Error   string    `json:"error,omitempty"`  // of the last failed attempt
	Since   time.Time `json:"since,omitzero"`
	Until   time.Time `json:"until,omitzero"`     // when it ends by itself, at the earliest; zero: nobody knows
	Jobs    int       `json:"jobs,omitempty"`     // ahead, or running
	Limit   int       `json:"limit,omitempty"`    // of those: a cap, or slots; or free slots
	AtLeast bool      `json:"at_least,omitempty"` // Jobs is where counting stopped
}

// Explanation says why a job is where it is, and what it waits for.
type Explanation struct {
	ID      job.ID    `json:"id"`
	State   job.State `json:"state"`
	At      time.Time `json:"at"`      // the moment of which it speaks, by the store's clock
	Reasons []Reason  `json:"reasons"` // at least one, the most decisive first
}

// String is every reason's sentence.
func (e Explanation) String() string {
	texts := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		texts[i] = r.Text
	}
	return strings.Join(texts, " ")
}
