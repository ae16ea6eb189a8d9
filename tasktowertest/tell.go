package tasktowertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/task-tower/tasktower"
)

// Limits of what a failure shows.
const (
	shownJobs = 20
	shownArgs = 120 // bytes
)

// jobs are the jobs that the filter selects, the oldest first.
func (h *Harness) jobs(t testing.TB, f tasktower.Filter) []*tasktower.Record {
	t.Helper()
	var out []*tasktower.Record
	f.Limit = 200
	for {
		page, err := h.Client.List(context.WithoutCancel(t.Context()), f)
		if err != nil {
			t.Fatalf("tasktowertest: %v", err)
		}
		out = append(out, page.Jobs...)
		if page.Next == "" {
			slices.Reverse(out)
			return out
		}
		f.After = page.Next
	}
}

// table lists what is in the store, for people.
func (h *Harness) table(t testing.TB) string {
	t.Helper()
	jobs := h.jobs(t, tasktower.Filter{})
	if len(jobs) == 0 {
		return "; the store holds no jobs"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\nThe store holds %d jobs, it is %s:\n", len(jobs), h.Now().Format(time.RFC3339))
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  kind\tqueue\tstate\tdue in\tattempt\targs\tid")
	for _, r := range jobs[:min(len(jobs), shownJobs)] {
		due := "-"
		if r.State.Waiting() {
			due = r.RunAt.Sub(h.Now()).String()
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%d\t%s\t%s\n", r.Kind, r.Queue, r.State, due, r.Attempt, clip(r.Payload), r.ID)
	}
	w.Flush()
	if more := len(jobs) - shownJobs; more > 0 {
		fmt.Fprintf(&out, "  and %d more\n", more)
	}
	return out.String()
}

// story is a job's history and its last failure, for people.
func (h *Harness) story(t testing.TB, id tasktower.ID) string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	var out strings.Builder
	history, err := h.Client.History(ctx, id)
	if err != nil {
		return "\n" + err.Error()
	}
	out.WriteString("\nIts history:\n")
	for _, e := range history {
		fmt.Fprintf(&out, "  %s  %s, %s\n", e.At.Format(time.RFC3339), e.State, e.Reason)
	}
	if failures, err := h.Client.Failures(ctx, id); err == nil && len(failures) > 0 {
		last := failures[len(failures)-1]
		fmt.Fprintf(&out, "Its last error, in attempt %d: %s\n%s", last.Attempt, last.Message, last.Stack)
	}
	return out.String()
}

func clip(payload []byte) string {
	if len(payload) > shownArgs {
		return strings.ToValidUTF8(string(payload[:shownArgs]), "") + "…"
	}
	return string(payload)
}
