package tasktower

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// LogTo is an Observer that writes each event to log, or to slog.Default() if log
// is nil, as one line:
//
//	WARN attempt failed event=job.failed job=019… kind=welcome_email queue=mail attempt=1 state=retrying error="no route" …
//
// What every job goes through is debug, starts and stops are info, failed attempts
// are warn, dead jobs are error; event.Type.Level has all of them. A line's message is
// made for people, its attributes for machines. Payloads, context parameters and
// tags are never logged.
func LogTo(log *slog.Logger) Observer {
	if log == nil {
		log = slog.Default()
	}
	return logger{log.Handler()}
}

type logger struct{ to slog.Handler }

// Observe implements Observer.
func (l logger) Observe(e Event) {
	ctx, level := context.Background(), e.Type.Level()
	if !l.to.Enabled(ctx, level) {
		return
	}
	line := slog.NewRecord(e.At, level, e.Type.Words(), 0)
	line.AddAttrs(attributes(e)...)
	_ = l.to.Handle(ctx, line) // as slog itself does
}

// attributes are what an event says beside its words.
func attributes(e Event) []slog.Attr {
	attrs := []slog.Attr{slog.String("event", string(e.Type))}
	text := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	number := func(name string, n int) {
		if n != 0 {
			attrs = append(attrs, slog.Int(name, n))
		}
	}
	millis := func(name string, d time.Duration) {
		if d != 0 {
			attrs = append(attrs, slog.Float64(name, float64(d.Microseconds())/1e3))
		}
	}

	r, queue := e.Job, e.Queue
	if r == nil {
		r = &Record{Kind: e.Kind}
	} else {
		text("job", r.ID.String())
		if queue == "" {
			queue = r.Queue
		}
	}
	text("kind", r.Kind)
	text("queue", queue)
	number("attempt", r.Attempt)
	text("state", string(r.State))
	text("reason", string(r.DeadReason))
	text("worker", e.Worker)
	if e.Err != nil {
		text("error", errorText(e.Err))
	}
	text("note", e.Note)
	millis("wait_ms", e.Wait)
	millis("run_ms", e.Run)
	number("count", e.Count)
	return attrs
}

// errorText is an error's text as a store would keep it, even if Error panics.
func errorText(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("%T, whose Error method panics", err)
		}
	}()
	return job.Sanitize(err.Error(), job.MaxFailureMessage)
}

var _ Observer = logger{}
