package explain

import (
	"fmt"
	"time"
)

func (f Facts) processing() []Reason {
	first := f.lost()
	if w := f.worker(f.Job.Worker); w.Live {
		first = f.claimed(w)
	}
	out := []Reason{first}
	if f.CancelRequested {
		out = append(out, Reason{Code: CancelRequested, Text: "Somebody asked to cancel it; its handler has yet to end."})
	}
	if at := f.Job.Deadline; !at.IsZero() {
		out = append(out, Reason{Code: Deadline, Until: at, Text: "Its handler's context ends at its deadline, " + f.when(at) + "."})
	}
	return out
}

// worker is the one of this id, as far as it is known.
func (f Facts) worker(id string) Worker {
	for _, w := range f.Workers {
		if w.ID == id {
			return w
		}
	}
	return Worker{ID: id}
}

// claimed says who has the job. When a handler starts, no store hears of it.
func (f Facts) claimed(w Worker) Reason {
	r := Reason{Code: Processing, Worker: w.ID, Since: f.Job.ClaimedAt}
	r.Text = fmt.Sprintf("Worker %s claimed it at %s; it runs it, or is about to", w.ID, f.when(r.Since))
	if held := w.held(); held > w.Slots {
		r.Jobs, r.Limit = held, w.Slots
		r.Text += fmt.Sprintf(": it has %s and runs %d at once", count(held, "job"), w.Slots)
	}
	r.Text += "."
	return r
}

// lost says when the job is taken back. The worker that does so must have reached
// the store for a whole lease; an outage in between, of which the store knows
// nothing, puts it off.
func (f Facts) lost() Reason {
	r := Reason{Code: WorkerLost, Worker: f.Job.Worker, Since: f.worker(f.Job.Worker).LiveUntil}
	r.Text = "Worker " + r.Worker + ", which ran it, is gone"
	if !r.Since.IsZero() {
		r.Text += " since " + stamp(r.Since)
	}
	at, ok := f.rescue()
	switch {
	case !ok:
		r.Text += "; no live worker is there to take the job back."
	case at.After(f.Now):
		r.Until = at
		r.Text += "; another one takes the job back at the earliest at " + f.when(at) + ", when it has reached the store for a whole lease."
	default:
		r.Text += fmt.Sprintf("; another one takes the job back at its next look, within %s, "+
			"unless the store was out of reach within the last lease.", RescueWithin)
	}
	return r
}

// rescue is when a live worker may at the earliest take back what lost ones hold.
func (f Facts) rescue() (at time.Time, ok bool) {
	for _, w := range filter(f.Workers, func(w Worker) bool { return w.Live && w.DrainingAt.IsZero() }) {
		if steady := w.StartedAt.Add(w.LiveUntil.Sub(w.BeatAt)); !ok || steady.Before(at) {
			at, ok = steady, true
		}
	}
	return at, ok
}
