package logging

import (
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/task-tower/tasktower/core/event"
	"github.com/task-tower/tasktower/core/job"
	"github.com/task-tower/tasktower/ports"
)

// Observer writes events to a logger. Safe for many goroutines, as the logger's
// writer is.
type Observer struct {
	log zerolog.Logger
}

var _ ports.Observer = (*Observer)(nil)

// New makes an observer that writes to log.
func New(log zerolog.Logger) *Observer { return &Observer{log: log} }

// Observe implements ports.Observer.
func (o *Observer) Observe(e event.Event) {
	line := o.log.WithLevel(Level(e.Type))
	if line == nil {
		return
	}
	line.Str("event", string(e.Type))
	queue := e.Queue
	if j := e.Job; j != nil {
		line.Str("job", j.ID.String()).Str("kind", j.Kind)
		if queue == "" {
			queue = j.Queue
		}
	} else {
		str(line, "kind", e.Kind)
	}
	str(line, "queue", queue)
	if j := e.Job; j != nil {
		if j.Attempt != 0 {
			line.Int("attempt", j.Attempt)
		}
		str(line, "state", string(j.State))
		str(line, "reason", string(j.DeadReason))
	}
	str(line, "worker", e.Worker)
	if e.Err != nil {
		line.Str("error", text(e.Err))
	}
	str(line, "note", e.Note)
	millis(line, "wait_ms", e.Wait)
	millis(line, "run_ms", e.Run)
	if e.Count != 0 {
		line.Int("count", e.Count)
	}
	line.Msg(e.Type.Words())
}

func str(line *zerolog.Event, field, value string) {
	if value != "" {
		line.Str(field, value)
	}
}

func millis(line *zerolog.Event, field string, d time.Duration) {
	if d != 0 {
		line.Float64(field, float64(d.Microseconds())/1e3)
	}
}

// text is an error's text as a store would keep it, even if Error panics.
func text(err error) (s string) {
	defer func() {
		if recover() != nil {
			s = fmt.Sprintf("%T, whose Error method panics", err)
		}
	}()
	return job.Sanitize(err.Error(), job.MaxFailureMessage)
}
