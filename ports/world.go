package ports

import (
	"time"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/core/queue"
)

// Clock tells the time to stores that keep their own; see Store.
type Clock interface {
	Now() time.Time
}

// IDs makes job ids: UUIDv7, each greater than the one before in one process.
// Safe for many goroutines.
type IDs interface {
	NewID() job.ID
}

// Strategy decides which queues a worker serves first. Pure: the same view gives
// the same plan; no SQL, no clock, no I/O. Safe for many goroutines.
type Strategy interface {
	Name() string
	Plan(v queue.View) queue.Plan
}

// Observer hears of everything that happens. Observe is called on the goroutine
// to which it happens: it must be quick, must not block and must not panic. The
// record in the event is read-only.
type Observer interface {
	Observe(e event.Event)
}
