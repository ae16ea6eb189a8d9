package explain

import (
	"fmt"

	"github.com/task-tower/tasktower/core/job"
)

func (f Facts) waiting() (out []Reason) {
	switch due := f.Job.RunAt; {
	case f.Job.State == job.Retrying:
		out = append(out, f.backingOff())
	case f.Job.State == job.Scheduled:
		out = append(out, Reason{Code: Scheduled, Until: due, Text: "It is scheduled for " + f.when(due) + "."})
	}
	if r, ok := f.paused(); ok {
		out = append(out, r)
	}
	able, why := f.able()
	idle, ready := parted(able)
	switch {
	case why != nil:
		out = append(out, *why)
	case len(ready) == 0:
		out = append(out, f.idle(idle)...)
	case f.Job.State == job.Enqueued:
		out = append(out, f.queueing(ready, idle)...)
	}
	if len(out) == 0 {
		out = append(out, f.due(ready))
	}
	if at := f.Job.Deadline; !at.IsZero() {
		r := Reason{Code: Deadline, Until: at, Text: "It has to start before " + f.when(at) + ", or it is dead."}
		if !f.Job.RunAt.Before(at) {
			r.Text = "It will never run: its deadline, " + f.when(at) + ", comes before it is due."
		}
		out = append(out, r)
	}
	return out
}

func (f Facts) backingOff() Reason {
	r := Reason{Code: BackingOff, Until: f.Job.RunAt, Text: "It runs again at " + f.when(f.Job.RunAt) + ": "}
	r.Text += count(f.Job.Failures, "attempt") + " failed"
	if f.Job.MaxRetries >= 0 {
		r.Text += fmt.Sprintf(", of %d that may", f.Job.MaxRetries+1)
	}
	r.Text += "."
	if f.Failure != nil {
		r.Error, r.Since = f.Failure.Message, f.Failure.At
		r.Text += " The last error: " + brief(r.Error)
	}
	return r
}

func (f Facts) paused() (Reason, bool) {
	if f.PausedAt.IsZero() {
		return Reason{}, false
	}
	r := Reason{Code: QueuePaused, Queue: f.Job.Queue, By: f.PausedBy, Note: f.PauseNote, Since: f.PausedAt}
	r.Text = "Queue " + r.Queue + " is " + paused(r) + "."
	return r, true
}
