package ports

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Registrar knows the workers.
type Registrar interface {
	// Register makes the worker known and live for ttl, and returns its number,
	// which is never given twice. A worker ID that is known is ErrConflict. A
	// worker that was given up and starts anew says which Number it had: a pause
	// and a drain of that one hold for the new one, too.
	Register(ctx context.Context, w Worker, ttl time.Duration) (number int64, err error)
	// Beat renews the worker's life for ttl and returns what it is asked to do.
	// ErrLeaseLost: the worker was given up; it must stop its jobs and register anew.
	Beat(ctx context.Context, b Beat, ttl time.Duration) (Orders, error)
	// Orders returns what Beat does, and renews nothing.
	Orders(ctx context.Context, number int64) (Orders, error)
	// Deregister ends the worker's life. Unknown numbers are harmless.
	Deregister(ctx context.Context, number int64) error
	// Workers lists workers that are live or were within the last day, newest first,
	// each with its state by the store's clock.
	Workers(ctx context.Context) ([]Worker, error)
}

// Beat is what a worker says of itself.
type Beat struct {
	Number      int64
	Running     int
	Overstaying int
	Slots       int  // how many it has chosen to run at once; 0: as many as it was asked to
	Draining    bool // it claims nothing more, and stops
}

// Orders are what a worker is asked to do.
type Orders struct {
	Cancel    []job.ID // jobs it holds whose handlers' contexts should end
	Slots     int      // how many jobs to run at once
	Paused    bool     // to claim nothing until this is over
	PausedBy  string
	PauseNote string
	Drain     bool // to claim nothing more, let what runs end, and stop
}
