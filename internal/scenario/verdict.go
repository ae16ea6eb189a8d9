package scenario

import (
	"context"
	"errors"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/task-tower/tasktower"
	"github.com/task-tower/tasktower/core/event"
)

var verdict = map[string]func(*house){
	"Cancel ends the job cancelled, with its reason":  verdictCancel,
	"Discard ends the job dead(rejected) at once":     verdictDiscard,
	"Snooze runs it later and gives the attempt back": verdictSnooze,
	"RetryIn sets the wait before the retry":          verdictRetryIn,
	"a snooze below zero is a failed attempt":         func(h *house) { badSnooze(h, -time.Second) },
	"a snooze beyond a year is a failed attempt":      func(h *house) { badSnooze(h, tasktower.MaxSnooze+1) },
	"a wrapped verdict counts":                        verdictWrapped,
}

// answers starts a worker that gives one answer at the first run, and nil later.
func answers(h *house, answer error) *tasktower.Record {
	first := true
	h.work(tasktower.WorkerConfig{Concurrency: 1}, func(context.Context, *tasktower.Job[Work]) error {
		if first {
			first = false
			return answer
		}
		return nil
	})
	return h.enqueue(0)
}

func verdictCancel(h *house) {
	rec := answers(h, tasktower.Cancel(errors.New("user is gone")))
	h.reaches(rec.ID, tasktower.Cancelled)
	history, err := h.client.History(h.Context(), rec.ID)
	require.NoError(h, err)
	require.Equal(h, "cancel: user is gone", history[len(history)-1].Reason)
	require.Empty(h, h.failures(rec.ID))
}

func verdictDiscard(h *house) {
	rec := answers(h, tasktower.Discard(errors.New("no such account")))
	require.Equal(h, tasktower.DeadRejected, h.reaches(rec.ID, tasktower.Dead).DeadReason)
	require.Equal(h, "no such account", h.failures(rec.ID)[0].Message)
}

func verdictSnooze(h *house) {
	rec := answers(h, tasktower.Snooze(20*time.Millisecond))
	done := h.reaches(rec.ID, tasktower.Completed)
	require.Equal(h, 1, done.Attempt, "the snoozed attempt does not count")
	require.Empty(h, h.failures(rec.ID))
	require.Equal(h, 20*time.Millisecond, h.events.of(event.JobSnoozed)[0].Wait)
}

func verdictRetryIn(h *house) {
	rec := answers(h, tasktower.RetryIn(20*time.Millisecond, errors.New("busy")))
	done := h.reaches(rec.ID, tasktower.Completed)
	require.Equal(h, 2, done.Attempt)
	require.Equal(h, "busy", h.failures(rec.ID)[0].Message)
	require.Equal(h, 20*time.Millisecond, h.events.of(event.JobRetrying)[0].Wait)
}

func badSnooze(h *house, d time.Duration) {
	rec := answers(h, tasktower.Snooze(d))
	failed := h.reaches(rec.ID, tasktower.Retrying)
	require.Equal(h, 1, failed.Failures)
	require.Contains(h, h.failures(rec.ID)[0].Message, "is outside 0 to")
}

func verdictWrapped(h *house) {
	rec := answers(h, errors.Join(errors.New("context"), tasktower.Cancel(nil)))
	h.reaches(rec.ID, tasktower.Cancelled)
}
