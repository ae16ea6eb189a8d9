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
