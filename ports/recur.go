package ports

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/schedule"
)

// Recurrer keeps recurring jobs. It knows nothing of schedules: core computes
// instants and hands them over. Unknown keys are ErrNotFound, ill-formed ones ErrInvalid.
type Recurrer interface {
	// SaveRecurring adds or changes the recurring job under its key: Spec, Zone,
	// Policy, Job and Declared; the other fields are the store's. A new key, and
	// one whose spec or zone changes, counts its instants from the store's now. A
	// declared one leaves alone what was saved undeclared. Pauses stay. What is
	// the same already does not change.
	SaveRecurring(ctx context.Context, r Recurring) error
	// RemoveRecurring forgets the key; jobs that it enqueued stay. If a declared one
	// was ever saved under it, only an undeclared one brings the key back.
	RemoveRecurring(ctx context.Context, key string) error
	// PauseRecurring keeps the key from firing, until the given time if that is
	// not zero; one that is not after the store's now is ErrInvalid. Pausing a
	// paused key renews who, why and until when.
	PauseRecurring(ctx context.Context, key, by, note string, until time.Time) error
	// ResumeRecurring ends the pause; instants count from the store's now. A key
	// that is not paused stays as it is.
	ResumeRecurring(ctx context.Context, key string) error
	// Recurring lists all recurring jobs, by key.
	Recurring(ctx context.Context) ([]Recurring, error)
	// DueRecurring looks for what is to be decided by the store's clock.
	DueRecurring(ctx context.Context, limit int) (DueRecurring, error)
	// Fire enqueues the jobs as Enqueue does and moves the recurring job on, in one
	// transaction, if its Version still is the one that f was decided on; else it
	// is ErrConflict and nothing changes. So every instant fires once, over any
	// number of workers. A pause that had ended by itself is forgotten.
	Fire(ctx context.Context, f Firing) error
}

// Recurring is a recurring job as it is stored.
type Recurring struct {
	Key      string           `json:"key"`
	Spec     string           `json:"spec"` // canonical, of core/schedule
	Zone     string           `json:"zone"`
	Misfire  schedule.Misfire `json:"misfire"`
	Overlap  schedule.Overlap `json:"overlap"`
	Job      *job.Spec        `json:"-"`        // what each instant enqueues, without ID and due time
	Declared bool             `json:"declared"` // in code; saved by a worker's start

	Version int64     `json:"-"`             // greater after each change, also of a key that was removed and saved again
	Anchor  time.Time `json:"anchor"`        // of @every: when the spec was saved
	Since   time.Time `json:"since"`         // instants count that come after it
	Next    time.Time `json:"next,omitzero"` // the first instant not dealt with; zero: the first after Since
	Held    time.Time `json:"held,omitzero"` // an instant that waits for a busy job

	PausedAt    time.Time `json:"paused_at,omitzero"` // zero: not paused
	PausedBy    string    `json:"paused_by,omitempty"`
	PauseNote   string    `json:"pause_note,omitempty"`
	PausedUntil time.Time `json:"paused_until,omitzero"` // zero: until it is resumed

	LastSlot  time.Time `json:"last_slot,omitzero"`   // the latest instant that enqueued a job
	LastJob   job.ID    `json:"last_job,omitzero"`    // that job
	LastState job.State `json:"last_state,omitempty"` // its state now; empty: there is none, or no longer
}

// DueRecurring is what one look at the recurring jobs has found.
type DueRecurring struct {
	Now time.Time // the store's
	// Due are recurring jobs that are not paused and whose next instant has come
	// or is not known yet, the earliest first; behind them those that hold one.
	Due []Recurring
	// Next is how long until another one falls due; negative: none will.
	Next time.Duration
}

// Firing moves a recurring job on.
type Firing struct {
	Key     string
	Version int64       // that the decision was made on
	Next    time.Time   // not zero
	Held    time.Time   // zero: none
	Slot    time.Time   // the latest instant that enqueues a job; zero: none does
	Jobs    []*job.Spec // one per instant, the latest last
}
