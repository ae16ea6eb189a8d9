package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/task-tower/tasktower/core/job"
)

// Explain turns facts into reasons. A job that waits is told everything that
// would still keep it from running, once what comes first is over.
func Explain(f Facts) Explanation {
	e := Explanation{ID: f.Job.ID, State: f.Job.State, At: f.Now}
	switch {
	case f.Job.State.Final():
		e.Reasons = []Reason{f.final()}
	case f.Job.State == job.Processing:
		e.Reasons = f.processing()
	default:
		e.Reasons = f.waiting()
	}
	return e
}

func (f Facts) final() Reason {
	r := Reason{Code: Code(f.Job.State), Since: f.Job.EndedAt, Note: f.Ending}
	switch f.Job.State {
	case job.Completed:
		r.Text = fmt.Sprintf("It completed at %s, in attempt %d.", stamp(r.Since), f.Job.Attempt)
	case job.Cancelled:
		r.Text = fmt.Sprintf("It was cancelled at %s%s.", stamp(r.Since), because(f.Ending))
	default:
		r.Text = fmt.Sprintf("It is dead since %s: %s.", stamp(r.Since), f.cause())
		r.Note = string(f.Job.DeadReason)
		if f.Failure != nil {
			r.Error = f.Failure.Message
			r.Text += " Its last error: " + brief(r.Error)
		}
	}
	return r
}

// cause says why a dead job died.
func (f Facts) cause() string {
	switch f.Job.DeadReason {
	case job.DeadRetries:
		return count(f.Job.Failures, "attempt") + " failed, and no retry is left"
	case job.DeadDeadline:
		return "its deadline of " + stamp(f.Job.Deadline) + " passed"
	case job.DeadPoison:
		return fmt.Sprintf("its worker was lost %d times while it ran", f.Job.Crashes)
	case job.DeadRejected:
		return "its handler, or the decoder of its args, rejected it"
	}
	return "nobody knows why"
}

func (f Facts) processing() []Reason {
	since := f.Job.ClaimedAt
	r := Reason{Code: Processing, Worker: f.Job.Worker, Since: since}
	r.Text = fmt.Sprintf("Worker %s runs it since %s, for %s so far.", r.Worker, stamp(since), round(f.Now.Sub(since)))
	out := []Reason{r}
	if !f.held() {
		out = []Reason{f.lost()}
	}
	if f.CancelRequested {
		out = append(out, Reason{Code: CancelRequested, Text: "Somebody asked to cancel it; its handler has yet to end."})
	}
	if at := f.Job.Deadline; !at.IsZero() {
		out = append(out, Reason{Code: Deadline, Until: at, Text: "Its handler's context ends at its deadline, " + f.when(at) + "."})
	}
	return out
}

// held tells whether the worker that runs the job is alive.
func (f Facts) held() bool {
	for _, w := range f.Workers {
		if w.ID == f.Job.Worker {
			return w.Live
		}
	}
	return false
}

func (f Facts) lost() Reason {
	r := Reason{Code: WorkerLost, Worker: f.Job.Worker}
	for _, w := range f.Workers {
		if w.ID == r.Worker {
			r.Since = w.LiveUntil
		}
	}
	r.Text = "Worker " + r.Worker + ", which ran it, is gone"
	if !r.Since.IsZero() {
		r.Text += " since " + stamp(r.Since)
	}
	if len(filter(f.Workers, func(w Worker) bool { return w.Live })) == 0 {
		r.Text += "; no live worker is there to take the job back."
		return r
	}
	r.Until = r.Since.Add(RescueWithin)
	if r.Until.Before(f.Now) {
		r.Until = f.Now.Add(RescueWithin)
	}
	r.Text += "; another one takes the job back by " + stamp(r.Until) + "."
	return r
}

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
	able, r, blocked := f.able()
	switch {
	case blocked:
		out = append(out, r)
	case f.Job.State == job.Enqueued:
		out = append(out, f.queueing(able)...)
	}
	if len(out) == 0 {
		out = append(out, Reason{
			Code: Due, Since: f.Job.RunAt, Jobs: len(able),
			Text: "It is due since " + stamp(f.Job.RunAt) + ", and nothing keeps it: it starts any moment.",
		})
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
	r.Text = "Queue " + r.Queue + " is paused"
	if r.By != "" {
		r.Text += " by " + r.By
	}
	r.Text += " since " + stamp(r.Since) + because(r.Note) + "."
	return r, true
}

// able are the workers that may ever take the job; if there are none, blocked is
// true and the reason says why.
func (f Facts) able() (able []Worker, why Reason, blocked bool) {
	kind, queue := f.Job.Kind, f.Job.Queue
	for _, sieve := range []struct {
		code Code
		text string
		ok   func(Worker) bool
	}{
		{NoWorker, "No worker is alive.", func(w Worker) bool { return w.Live }},
		{NoHandler, "No live worker has a handler for kind " + kind + ".", func(w Worker) bool { return w.handles(kind) }},
		{QueueUnserved, "No live worker that handles kind " + kind + " serves queue " + queue + ".", func(w Worker) bool { return w.serves(queue) }},
		{StrategySkips, "The strategy of the workers that serve queue " + queue + " never takes from it.", func(w Worker) bool { return w.takes(queue) }},
		{WorkersIdle, "The workers that could take it are paused or stopping.", func(w Worker) bool { return !w.Idle }},
	} {
		before := f.Workers
		if sieve.code != NoWorker {
			before = able
		}
		if able = filter(before, sieve.ok); len(able) == 0 {
			return nil, Reason{Code: sieve.code, Text: sieve.text, Kind: kind, Queue: queue}, true
		}
	}
	return able, Reason{}, false
}

// queueing says for what a due job waits that workers could take.
func (f Facts) queueing(able []Worker) (out []Reason) {
	queue := f.Job.Queue
	if free := filter(able, func(w Worker) bool { return !w.capped(queue, f.Running) }); len(free) == 0 {
		limit := able[0].Caps[queue]
		out = append(out, Reason{
			Code: QueueAtCap, Queue: queue, Jobs: f.Running, Limit: limit,
			Text: fmt.Sprintf("Queue %s runs %d jobs, and %d is its cap.", queue, f.Running, limit),
		})
	} else if free := filter(free, func(w Worker) bool { return !w.busy() }); len(free) == 0 {
		r := Reason{Code: WorkersBusy}
		for _, w := range able {
			r.Jobs, r.Limit = r.Jobs+w.Running, r.Limit+w.Slots
		}
		r.Text = fmt.Sprintf("The workers that could take it are busy: %d jobs in %d slots.", r.Jobs, r.Limit)
		out = append(out, r)
	}
	if f.Ahead > 0 {
		r := Reason{Code: Behind, Queue: queue, Jobs: f.Ahead, AtLeast: f.Ahead >= AheadLimit}
		r.Text = count(r.Jobs, "job") + " of queue " + queue + " before it."
		if r.AtLeast {
			r.Text = "At least " + r.Text
		}
		out = append(out, r)
	}
	return out
}

// when is an instant, and how far away it is.
func (f Facts) when(at time.Time) string {
	if d := at.Sub(f.Now); d > 0 {
		return fmt.Sprintf("%s (in %s)", stamp(at), round(d))
	}
	return fmt.Sprintf("%s (%s ago)", stamp(at), round(f.Now.Sub(at)))
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 MST") }

// round keeps what matters of a duration.
func round(d time.Duration) time.Duration {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second)
	case d >= time.Second:
		return d.Round(time.Second / 10)
	}
	return d.Round(time.Millisecond)
}

func because(note string) string {
	if note == "" {
		return ""
	}
	return ": " + strings.TrimRight(note, ".")
}

// count is a number of things in words.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// brief is the first line of a text, cut where a sentence gets too long.
func brief(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if short := job.Clip(line, 200); short != line {
		return short + "…"
	}
	return line
}
