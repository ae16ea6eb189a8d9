package ports

import (
	"context"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Registrar knows the workers.
type Registrar interface {
	// Register makes the worker known and live for ttl, and returns its number,
	// which is never given twice. A worker ID that is known is ErrConflict.
	Register(ctx context.Context, w Worker, ttl time.Duration) (number int64, err error)
	// Beat renews the worker's life for ttl and returns what it is asked to do.
	// ErrLeaseLost: the worker was given up; it must stop its jobs and register anew.
	Beat(ctx context.Context, b Beat, ttl time.Duration) (Orders, error)
	// Deregister ends the worker's life. Unknown numbers are harmless.
	Deregister(ctx context.Context, number int64) error
	// Workers lists workers that are live or were within the last day, newest first.
	Workers(ctx context.Context) ([]Worker, error)
}

// Worker is one worker process's entry.
type Worker struct {
	ID          string    `json:"id"` // a UUID made afresh at each start
	Number      int64     `json:"number"`
	Host        string    `json:"host"`
	PID         int       `json:"pid"`
	Version     string    `json:"version"` // of the program
	Queues      []string  `json:"queues"`  // nil: every queue
	Kinds       []string  `json:"kinds"`
	Slots       int       `json:"slots"`
	Running     int       `json:"running"`
	StartedAt   time.Time `json:"started_at"`
	BeatAt      time.Time `json:"beat_at"`
	LiveUntil   time.Time `json:"live_until"`
	StoppedAt   time.Time `json:"stopped_at,omitzero"`
	Overstaying int       `json:"overstaying"` // abandoned handlers that still run
}

// Beat is what a worker says of itself.
type Beat struct {
	Number      int64
	Running     int
	Overstaying int
}

// Orders are what a worker is asked to do.
type Orders struct {
	Cancel []job.ID // jobs it holds whose handlers' contexts should end
}
