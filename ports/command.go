package ports

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Commander changes jobs, queues and workers on somebody's behalf. Unknown jobs are
// ErrNotFound; moves that the transition table does not hold are ErrConflict
// (a *job.TransitionError) and change nothing.
type Commander interface {
	// Cancel moves a waiting job to cancelled, or asks the worker that holds it
	// to end it. It returns the state after the call: cancelled or processing.
	Cancel(ctx context.Context, id job.ID, note string) (job.State, error)
	// Requeue makes a job due now with a fresh retry budget. A unique key that
	// another job holds by now is ErrDuplicate.
	Requeue(ctx context.Context, id job.ID, note string) error
	// Delete forgets a job with its history and tags, in any state but processing.
	Delete(ctx context.Context, id job.ID) error
	// Tag adds tags to a job in any state; those it has stay. More than
	// job.MaxTags in all is ErrInvalid and adds none.
	Tag(ctx context.Context, id job.ID, tags []string) error
	// PauseQueue keeps workers from claiming from the queue, which need not
	// exist yet. Pausing a paused queue renews who and why.
	PauseQueue(ctx context.Context, queue, by, note string) error
	// ResumeQueue ends the pause. Resuming a running queue is harmless.
	ResumeQueue(ctx context.Context, queue string) error

	// The worker commands know a worker by its ID. They are ErrNotFound for one that
	// is not known, and ErrConflict for one that is lost or stopped.

	// PauseWorker keeps the worker from claiming; what it runs goes on. Pausing a
	// paused worker renews who and why.
	PauseWorker(ctx context.Context, id, by, note string) error
	// ResumeWorker ends the pause. Resuming a worker that claims is harmless.
	ResumeWorker(ctx context.Context, id string) error
	// DrainWorker asks the worker to claim nothing more, let what it runs end, and
	// stop. There is no way back; draining it again is harmless.
	DrainWorker(ctx context.Context, id string) error
	// SetConcurrency asks the worker to run up to slots jobs at once, at least 1.
	SetConcurrency(ctx context.Context, id string, slots int) error
}

// Inspector answers questions.
type Inspector interface {
	// Get returns one job, or ErrNotFound.
	Get(ctx context.Context, id job.ID) (*job.Record, error)
	// History returns a job's transitions, oldest first, or ErrNotFound.
	History(ctx context.Context, id job.ID) ([]job.Entry, error)
	// Failures returns a job's failed attempts, oldest first, or ErrNotFound.
	Failures(ctx context.Context, id job.ID) ([]job.Failure, error)
	// Reports returns what the handlers of a job's attempts told, oldest first, or
	// ErrNotFound. Attempts that told nothing have none.
	Reports(ctx context.Context, id job.ID) ([]job.Report, error)
	// Standing returns where a job stands among the others at this moment, or
	// ErrNotFound. Counting those ahead of it stops at limit.
	Standing(ctx context.Context, id job.ID, limit int) (Standing, error)
	// List returns a page of the jobs that f, which is checked, selects.
	List(ctx context.Context, f job.Filter) (job.Page, error)
	// Counts counts jobs by queue and state. A count stops at limit: a count
	// equal to limit means "at least". Queues are sorted by name, states without
	// jobs are left out.
	Counts(ctx context.Context, limit int) ([]Count, error)
	// Waiting lists the queues that have enqueued jobs, by name, with the kinds of
	// these, also by name. It counts nothing, and costs what it lists.
	Waiting(ctx context.Context) ([]Waiting, error)
	// Queues lists every queue that has or had jobs or is paused, by name.
	Queues(ctx context.Context) ([]Queue, error)
}

// Standing is where a job stands among the others.
type Standing struct {
	Now             time.Time // the store's
	Job             *job.Record
	Failure         *job.Failure // of the last failed attempt; nil: none failed
	Queue           Queue        // where it waits, or did
	Ahead           int          // enqueued jobs of its queue that come before it; 0 unless it is enqueued
	Suspects        int          // of those, that were in flight at a crash; maybe fewer than there are if Ahead is limit
	Holdings        []Holding    // of all workers, by number and queue; none unless it is enqueued or processing
	CancelRequested bool         // it is processing, and somebody asked to cancel it
}

// Holding is how many jobs of a queue are processing under leases of a worker.
type Holding struct {
	Worker   int64 // its number
	Queue    string
	Jobs     int
	Suspects int // of those, that were in flight at a crash
}

// Count is how many jobs of a queue are in a state.
type Count struct {
	Queue string    `json:"queue"`
	State job.State `json:"state"`
	Jobs  int       `json:"jobs"`
}

// Waiting says that a queue has enqueued jobs of some kinds.
type Waiting struct {
	Queue string
	Kinds []string
}

// Queue is what a store knows of a queue.
type Queue struct {
	Name     string    `json:"name"`
	PausedAt time.Time `json:"paused_at,omitzero"` // zero: running
	PausedBy string    `json:"paused_by,omitempty"`
	Note     string    `json:"note,omitempty"`
}

// Paused tells whether workers leave the queue alone.
func (q Queue) Paused() bool { return !q.PausedAt.IsZero() }
