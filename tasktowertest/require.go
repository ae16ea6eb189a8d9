package tasktowertest

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/task-tower/tasktower"
)

// RequireEnqueued returns the one waiting job (scheduled, enqueued or retrying)
// of T's kind for which every match holds. None, or more than one, fails the
// test, and the failure lists the jobs that are there.
func RequireEnqueued[T tasktower.Args](t testing.TB, h *Harness, match ...func(*tasktower.Job[T]) bool) *tasktower.Job[T] {
	t.Helper()
	found := Enqueued(t, h, match...)
	if len(found) != 1 {
		t.Fatalf("tasktowertest: %d jobs of kind %s wait%s; want one%s",
			len(found), kindOf[T](), matching(len(match)), h.table(t))
	}
	return found[0]
}

// RequireNotEnqueued fails the test if a job of T's kind waits for which every
// match holds.
func RequireNotEnqueued[T tasktower.Args](t testing.TB, h *Harness, match ...func(*tasktower.Job[T]) bool) {
	t.Helper()
	if found := Enqueued(t, h, match...); len(found) != 0 {
		t.Fatalf("tasktowertest: %d jobs of kind %s wait%s; want none%s",
			len(found), kindOf[T](), matching(len(match)), h.table(t))
	}
}

// Enqueued returns the waiting jobs (scheduled, enqueued or retrying) of T's kind
// for which every match holds, in the order in which they were enqueued.
func Enqueued[T tasktower.Args](t testing.TB, h *Harness, match ...func(*tasktower.Job[T]) bool) []*tasktower.Job[T] {
	t.Helper()
	var out []*tasktower.Job[T]
	for _, r := range h.jobs(t, tasktower.Filter{Kinds: []string{kindOf[T]()}}) {
		if !r.State.Waiting() {
			continue
		}
		j := &tasktower.Job[T]{Record: r}
		if err := json.Unmarshal(r.Payload, &j.Args); err != nil {
			t.Fatalf("tasktowertest: args of job %s do not decode into %T: %v", r.ID, j.Args, err)
		}
		if !slices.ContainsFunc(match, func(m func(*tasktower.Job[T]) bool) bool { return !m(j) }) {
			out = append(out, j)
		}
	}
	return out
}

// RequireState returns the job, and fails the test unless it is in the state; the
// failure tells the job's history and its last error.
func (h *Harness) RequireState(t testing.TB, id tasktower.ID, want tasktower.State) *tasktower.Record {
	t.Helper()
	r, err := h.Store.Get(t.Context(), id)
	if err != nil {
		t.Fatalf("tasktowertest: %v%s", err, h.table(t))
	}
	if r.State != want {
		t.Fatalf("tasktowertest: job %s of kind %s is %s; want %s%s", id, r.Kind, r.State, want, h.story(t, id))
	}
	return r
}

// kindOf is the kind of args of type T, which may be a pointer.
func kindOf[T tasktower.Args]() string {
	var zero T
	if t := reflect.TypeFor[T](); t.Kind() == reflect.Pointer {
		zero = reflect.New(t.Elem()).Interface().(T)
	}
	return zero.Kind()
}

func matching(n int) string {
	if n == 0 {
		return ""
	}
	return " and match"
}

// Output decodes what the newest attempt of the job has left behind by SetOutput;
// none, or JSON that does not fit a T, fails the test.
func Output[T any](t testing.TB, h *Harness, id tasktower.ID) T {
	t.Helper()
	var out T
	reports, err := h.Client.Reports(context.WithoutCancel(t.Context()), id)
	if err != nil {
		t.Fatalf("tasktowertest: %v%s", err, h.table(t))
	}
	if len(reports) == 0 || reports[len(reports)-1].Output == nil {
		t.Fatalf("tasktowertest: job %s has no output%s", id, h.story(t, id))
	}
	if text := reports[len(reports)-1].Output; json.Unmarshal(text, &out) != nil {
		t.Fatalf("tasktowertest: output %s of job %s does not decode into %T", clip(text), id, out)
	}
	return out
}
